"""Outcomes that many checks share: a count against what was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation

T = TypeVar("T")


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


def compare_counts(missing: Counter[T], extra: Counter[T], show: Callable[[T], str], otherwise: str) -> str:
    """What is missing and what is too many, three of each at most, or the text for where nothing is.

    >>> compare_counts(Counter("ab"), Counter(), str, "all are there")
    'missing: a, b'
    """
    listed = {"missing": missing, "too many": extra}
    said = [f"{name}: {', '.join(map(show, list(items)[:3]))}" for name, items in listed.items() if items]
    return "; ".join(said) or otherwise
