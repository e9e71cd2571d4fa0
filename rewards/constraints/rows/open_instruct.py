"""Tasks from the rows of open-instruct's data sets: allenai/RLVR-IFeval and allenai/IF_multi_constraints_upto5."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

from rlvr import Message, Task
from rlvr.errors import DataError
from rlvr.rewards.constraints.catalogue import find
from rlvr.rewards.constraints.rows.ifeval import constrained, named_row, without_nulls
from rlvr.sample import is_list, is_object, is_sequence


def rlvr_ifeval(row: Mapping[str, Any]) -> Task:
    """A row of allenai/RLVR-IFeval: `messages`, and in `ground_truth` one function of Tülu 3 with its arguments.

    Raises:
        DataError: It cannot be read; the message names its key, or how its prompt begins where it has none.

    >>> row = {"messages": [{"role": "user", "content": "Hi."}], "ground_truth": '{"func_name": "validate_title"}'}
    >>> rlvr_ifeval(row).reference
    {'instruction_id_list': ['validate_title'], 'kwargs': [{}]}
    """
    truth = _truth(row)
    name = truth.get("func_name")
    if not isinstance(name, str):
        raise DataError(f"Row {named_row(row)}: `ground_truth` names no `func_name`.")
    given = {key: value for key, value in truth.items() if key != "func_name" and value is not None}
    if isinstance(options := given.get("options"), str):
        given["options"] = _options(options)
    return constrained(row, _messages(row), [name], [given])


def if_multi_constraints(row: Mapping[str, Any]) -> Task:
    """A row of allenai/IF_multi_constraints_upto5: `messages`, and in `ground_truth` ids with their arguments.

    Raises:
        DataError: It cannot be read; the message names its key.

    >>> truth = "[{'instruction_id': ['last_word:last_word_answer'], 'kwargs': [{'last_word': ['end']}]}]"
    >>> row = {"key": "7", "messages": [{"role": "user", "content": "Hi."}], "ground_truth": truth}
    >>> if_multi_constraints(row).reference
    {'instruction_id_list': ['last_word:last_word_answer'], 'kwargs': [{'last_word': 'end'}]}
    """
    truth = _truth(row)
    ids, kwargs = truth.get("instruction_id"), truth.get("kwargs")
    if not is_list(ids) or not is_list(kwargs):
        raise DataError(f"Row {named_row(row)}: `ground_truth` lacks `instruction_id` or `kwargs`.")
    given = [without_nulls(row, one) for one in kwargs]
    if len(ids) == len(given):
        given = [_unlisted(str(id), one) for id, one in zip(ids, given, strict=True)]
    return constrained(row, _messages(row), ids, given)


def _unlisted(id: str, given: dict[str, Any]) -> dict[str, Any]:
    """Arguments without the lists of one that some rows put around a word."""
    try:
        texts = {name for name, (kind, _) in find(id).kinds.items() if kind is str}
    except DataError:
        return given  # the reference says it with the row's key
    return {
        name: value[0] if name in texts and is_list(value) and len(value) == 1 else value
        for name, value in given.items()
    }


def _truth(row: Mapping[str, Any]) -> dict[str, Any]:
    """The ground truth, which is JSON, or the text of a Python list of one, or either already read."""
    truth = row.get("ground_truth")
    for _ in range(3):
        if is_list(truth) and len(truth) == 1:
            truth = truth[0]
        if isinstance(truth, str):
            truth = _literal(truth)
    if not is_object(truth):
        raise DataError(
            f"Row {named_row(row)}: `ground_truth` is no JSON object and no Python list of one.",
            hint='It is {"func_name": ...} or [{"instruction_id": [...], "kwargs": [...]}].',
        )
    return truth


def _literal(text: str) -> object:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def _options(text: str) -> list[Any]:
    found = _literal(text)
    if is_sequence(found):
        return list(found)
    return [part.strip() for part in text.strip("[]() ").replace("/", ",").split(",") if part.strip()]


def _messages(row: Mapping[str, Any]) -> tuple[Message, ...]:
    given = row.get("messages")
    if isinstance(given, str):
        given = _literal(given)
    if not is_list(given):
        raise DataError(f"Row {named_row(row)} lacks `messages`.")
    messages = [
        Message(str(one["role"]), str(one["content"]))
        for one in given
        if is_object(one) and {"role", "content"} <= set(one)
    ]
    while messages and messages[-1].role == "assistant":
        messages.pop()
    if not messages:
        raise DataError(f"Row {named_row(row)}: no message of a user in `messages`.")
    return tuple(messages)
