"""Prompts with several candidate answers each, as files hold them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from rlvr.errors import DataError, did_you_mean
from rlvr.rows.fields import kind
from rlvr.rows.files import Row, open_rows
from rlvr.sample import Prompt, Task, is_list
from rlvr.tasks.reading import KEYS, task_of_row


@dataclass(frozen=True, slots=True)
class Candidates:
    """A prompt with several answers.

    Attributes:
        task: The prompt, and what a reward needs to know.
        fields: Of its row, without the answers.
        answers: To choose from.
    """

    task: Task
    fields: Mapping[str, Any]
    answers: tuple[str, ...]


def read_candidates(rows: Iterable[Row], *, bare: bool = False) -> Iterator[Candidates]:
    """Prompts with their answers: rows with `candidates`, or rows with `completion`, those of one prompt together.

    Args:
        rows: Of a file.
        bare: Rows with neither are prompts without answers, and no error.

    Raises:
        DataError: A row is neither; the message names it.

    >>> rows = [Row({"prompt": "2 + 2 =", "completion": text}, f"a.jsonl:{i}") for i, text in enumerate("45")]
    >>> [found.answers for found in read_candidates(rows)]
    [('4', '5')]
    """
    for (_, prompt), group in groupby(enumerate(rows), partial(_prompt_of, bare)):
        members = [row for _, row in group]
        first = members[0]
        own = {key: value for key, value in first.fields.items() if key in KEYS and value is not None}
        given = {key: value for key, value in own.items() if key != "candidates"}
        if prompt is None:
            answers = _texts(first) if "candidates" in first.fields else ()
        else:
            answers = tuple(_text(row.fields["completion"], "completion", row.place) for row in members)
        try:
            task = task_of_row(given, first.place)
        except ValueError as error:
            raise DataError(f"{first.place}: {error}") from None
        yield Candidates(task, given, answers)


def answers_by_prompt(file: str) -> dict[Prompt, tuple[str, ...]]:
    """The candidate answers in a file, by the prompt that they answer.

    Raises:
        DataError: A row is of another kind; the message names it.
    """
    found: dict[Prompt, tuple[str, ...]] = {}
    for each in read_candidates(open_rows(file).read(0)):
        found[each.task.prompt] = (*found.get(each.task.prompt, ()), *each.answers)
    return found


def _prompt_of(bare: bool, numbered: tuple[int, Row]) -> tuple[int, str | None]:
    """What rows of one prompt have in common; a row with its own candidates has it with no other."""
    number, row = numbered
    if "candidates" in row.fields or (bare and "completion" not in row.fields):
        return number, None
    if "completion" not in row.fields:
        listed = ", ".join(list(row.fields)[:8]) or "nothing"
        guess = did_you_mean("candidates", row.fields)
        raise DataError(f"{row.place} has neither `candidates` nor `completion`.{guess} It has {listed}.")
    return -1, json.dumps([row.fields.get("prompt"), row.fields.get("reference"), row.fields.get("data")])


def _texts(row: Row) -> tuple[str, ...]:
    given: Any = row.fields["candidates"]
    answers = given if is_list(given) else []
    if not answers:
        what = "an empty list" if given == [] else kind(given)
        raise DataError(f"{row.place}: `candidates` is {what}; it is a list of texts.")
    return tuple(_text(one, "candidates", row.place) for one in answers)


def _text(value: object, name: str, place: str) -> str:
    if not isinstance(value, str):
        raise DataError(f"{place}: {kind(value)} in `{name}`; it is a text.")
    return value
