"""Outcomes that many checks share: a count against what was asked for."""

from __future__ import annotations

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation


def compared(count: int, relation: Relation, threshold: int, what: str) -> Outcome:
    """A count against its threshold.

    >>> compared(2, "at least", 3, "words")
    Outcome(score=False, reason='2 words, at least 3 wanted')
    """
    followed = count >= threshold if relation == "at least" else count < threshold
    return Outcome(followed, f"{count} {what}, {relation} {threshold} wanted")


def exactly(count: int, wanted: int, what: str) -> Outcome:
    """A count that must be met.

    >>> exactly(2, 1, "words")
    Outcome(score=False, reason='2 words, 1 wanted')
    """
    return Outcome(count == wanted, f"{count} {what}, {wanted} wanted")
