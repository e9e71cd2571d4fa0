"""Tasks from the rows of known data sets, as they are published. Nothing here downloads anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlvr import Message, Task
from rlvr.errors import DataError
from rlvr.rewards.constraints.request import read_reference
from rlvr.sample import Json, is_list, is_mapping


def ifeval(row: Mapping[str, Any]) -> Task:
    """A row of google/IFEval: `key`, `prompt`, `instruction_id_list`, `kwargs`, the latter with or without nulls.

    Raises:
        DataError: It cannot be read; the message names its key.

    >>> row = {"key": 1, "prompt": "Hi.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{"N": None}]}
    >>> ifeval(row).reference
    {'instruction_id_list': ['punctuation:no_comma'], 'kwargs': [{}]}
    """
    prompt, ids, kwargs = row.get("prompt"), row.get("instruction_id_list"), row.get("kwargs")
    if not isinstance(prompt, str) or not is_list(ids) or not is_list(kwargs):
        raise DataError(f"Row {named_row(row)} lacks `prompt`, `instruction_id_list` or `kwargs`.")
    given = [without_nulls(row, one) for one in kwargs]
    return constrained(row, (Message("user", prompt),), ids, given)


def ifbench(row: Mapping[str, Any]) -> Task:
    """A row of allenai/IFBench_test: that of google/IFEval with a text for key and numbers written as `2.0`.

    Raises:
        DataError: It cannot be read; the message names its key.

    >>> row = {"key": "9", "prompt": "Hi.", "instruction_id_list": ["count:numbers"], "kwargs": [{"N": 2.0, "m": None}]}
    >>> ifbench(row).id, ifbench(row).reference["kwargs"]
    ('9', [{'N': 2.0}])
    """
    return ifeval(row)


def constrained(
    row: Mapping[str, Any],
    prompt: tuple[Message, ...],
    ids: Sequence[Json],
    kwargs: Sequence[Mapping[str, Json]],
    *,
    language: str = "en",
) -> Task:
    """The task of a row, its constraints read.

    Raises:
        DataError: A check is unknown or its arguments are wrong; the message names the row.

    >>> constrained({"key": 3}, (Message("user", "Hi."),), ["startend:quotation"], [{}], language="de").id
    '3'
    """
    reference: dict[str, Json] = {"instruction_id_list": list(ids), "kwargs": [dict(one) for one in kwargs]}
    try:
        read_reference(reference)
    except DataError as error:
        raise DataError(f"Row {named_row(row)}: {error.message}", hint=error.hint) from None
    id = str(row["key"]) if row.get("key") is not None else ""
    return Task(prompt, reference, {"language": language}, reward="instructions.follow", id=id)


def named_row(row: Mapping[str, Any]) -> str:
    """How a message names a row: by its key, or by how its prompt begins.

    >>> named_row({"key": 7}), named_row({"messages": [{"role": "user", "content": "Write a poem."}]})
    ('7', "'Write a poem.'")
    """
    if (key := row.get("key", row.get("id"))) is not None:
        return str(key)
    messages = row.get("messages")
    first = messages[0] if is_list(messages) and messages else None
    said = first.get("content") if is_mapping(first) else row.get("prompt")
    return repr(str(said)[:60]) if said else "?"


def without_nulls(row: Mapping[str, Any], given: object) -> dict[str, Any]:
    """The arguments of one check in a row, which published tables fill up with nulls.

    Raises:
        DataError: They are none; the message names the row.

    >>> without_nulls({"key": 7}, {"N": None, "word": "rain"}), without_nulls({"key": 7}, None)
    ({'word': 'rain'}, {})
    """
    if given is None:
        return {}
    if not is_mapping(given):
        raise DataError(f"Row {named_row(row)}: {given!r} in the kwargs is no object.")
    return {name: value for name, value in given.items() if value is not None}
