"""The best of several candidate answers to each prompt, as demonstrations to learn from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, cast

from rlvr.data.rows import Row, open_rows
from rlvr.errors import DataError, did_you_mean
from rlvr.review.scoring import in_batches
from rlvr.sample import Prompt, Sample, Task, sample_of
from rlvr.tasks.fields import kind
from rlvr.tasks.reading import KEYS, task_of_row

Judge = Callable[[Sequence[Sample]], Sequence[float | None]]
"""Scores samples; None for one that could not be scored."""

_PROMPTS = 64  # judged together


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


@dataclass
class Tally:
    """What came of a curation.

    Attributes:
        prompts: How many there were.
        candidates: How many answers to them.
        failed: Answers that could not be scored.
        kept: Prompts with a demonstration now.
        dropped: Prompts without one, by reason.
        mean: Sum of the scores of all answers that have one.
        best: Sum of the scores of those that were kept.
    """

    prompts: int = 0
    candidates: int = 0
    failed: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter[str])
    mean: float = 0.0
    best: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """As JSON data, with means instead of sums."""
        return {
            "prompts": self.prompts,
            "candidates": self.candidates,
            "failed": self.failed,
            "kept": self.kept,
            "dropped": dict(self.dropped),
            "mean_score": self.mean / max(self.candidates - self.failed, 1),
            "mean_score_kept": self.best / max(self.kept, 1),
        }


def read_candidates(rows: Iterable[Row]) -> Iterator[Candidates]:
    """Prompts with their answers: rows with `candidates`, or rows with `completion`, those of one prompt together.

    Raises:
        DataError: A row is neither; the message names it.

    >>> rows = [Row({"prompt": "2 + 2 =", "completion": text}, f"a.jsonl:{i}") for i, text in enumerate("45")]
    >>> [found.answers for found in read_candidates(rows)]
    [('4', '5')]
    """
    for (_, prompt), group in groupby(enumerate(rows), _prompt_of):
        members = [row for _, row in group]
        first = members[0]
        own = {key: value for key, value in first.fields.items() if key in KEYS and value is not None}
        given = {key: value for key, value in own.items() if key != "candidates"}
        if prompt is None:
            answers = _texts(first)
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


def _prompt_of(numbered: tuple[int, Row]) -> tuple[int, str | None]:
    """What rows of one prompt have in common; a row with its own candidates has it with no other."""
    number, row = numbered
    if "candidates" in row.fields:
        return number, None
    if "completion" not in row.fields:
        listed = ", ".join(list(row.fields)[:8]) or "nothing"
        guess = did_you_mean("candidates", row.fields)
        raise DataError(f"{row.place} has neither `candidates` nor `completion`.{guess} It has {listed}.")
    return -1, json.dumps([row.fields.get("prompt"), row.fields.get("reference"), row.fields.get("data")])


def _texts(row: Row) -> tuple[str, ...]:
    given: Any = row.fields["candidates"]
    answers = cast("list[object]", given) if isinstance(given, list) else []
    if not answers:
        what = "an empty list" if given == [] else kind(cast("object", given))
        raise DataError(f"{row.place}: `candidates` is {what}; it is a list of texts.")
    return tuple(_text(one, "candidates", row.place) for one in answers)


def _text(value: object, name: str, place: str) -> str:
    if not isinstance(value, str):
        raise DataError(f"{place}: {kind(value)} in `{name}`; it is a text.")
    return value


def curate(
    found: Iterable[Candidates], judge: Judge, tally: Tally, *, min_score: float | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of a tasks file: each prompt with its best answer as its demonstration.

    Of equally good answers the shortest is taken: rewards that are learned lean towards length, and a tie is no reason
    to follow them. The score, and how many there were to choose from, stand in `data.curation`.

    Args:
        found: Prompts with their answers.
        judge: Scores answers.
        tally: Counts what comes of it, as it goes.
        min_score: The best answer must have it.
    """
    for batch in in_batches(found, _PROMPTS):
        samples = [sample_of(each.task, answer) for each in batch for answer in each.answers]
        scores = iter(judge(samples))
        for each in batch:
            own = [(next(scores), answer) for answer in each.answers]
            if row := _best(each, own, min_score, tally):
                yield row


def _best(
    each: Candidates, own: Sequence[tuple[float | None, str]], min_score: float | None, tally: Tally
) -> dict[str, Any] | None:
    scored = [(score, answer) for score, answer in own if score is not None]
    tally.prompts += 1
    tally.candidates += len(own)
    tally.failed += len(own) - len(scored)
    tally.mean += sum(score for score, _ in scored)
    if not scored:
        tally.dropped["no answer could be scored"] += 1
        return None
    score, answer = max(scored, key=lambda pair: (pair[0], -len(pair[1])))
    if min_score is not None and score < min_score:
        tally.dropped[f"best below {min_score:g}"] += 1
        return None
    tally.kept += 1
    tally.best += score
    curation = {"score": score, "candidates": len(own)}
    return {**each.fields, "demonstration": answer, "data": {**each.task.data, "curation": curation}}
