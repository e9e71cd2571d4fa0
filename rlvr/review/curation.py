"""The best of several candidate answers to each prompt, as demonstrations to learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlvr.review.scoring import in_batches
from rlvr.sample import Sample, sample_of
from rlvr.tasks.candidates import Candidates

Judge = Callable[[Sequence[Sample]], Sequence[float | None]]
"""Scores samples; None for one that could not be scored."""

_PROMPTS = 64  # judged together


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
