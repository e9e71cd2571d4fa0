"""Which of several scored answers to one prompt make a pair, without a lean towards length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

NoPair: TypeAlias = Literal["unscored", "equal", "narrow", "unfinished"]
"""Why a prompt gives no pair: fewer than two scores; all scores equal; the best and the worst too near each other; no
finished answer better than the worst."""


def choose_pair(
    scores: Sequence[float], lengths: Sequence[int], finished: Sequence[bool] | None = None, *, min_gap: float = 0.0
) -> tuple[int, int] | NoPair:
    """The places of the chosen and of the rejected answer: the best and the worst.

    Learned rewards lean towards length, and a tie is no reason to follow them: of equally good answers the shortest is
    chosen, of equally bad ones the one is rejected whose length is nearest to it (the second data set of WPO's authors,
    github.com/wzhouad/WPO). An answer that was cut at the length limit has no end to be learned, so it may be rejected
    and is never chosen; that is ours.

    Args:
        scores: Of N answers; NaN for one that could not be scored, which is as if it were not there.
        lengths: Of them, in tokens.
        finished: Which of them ended by themselves; all when left out.
        min_gap: The two must differ by as much; equal scores never make a pair.

    Returns:
        Places of the chosen and the rejected answer, or why there is no pair.

    Raises:
        ValueError: The arguments differ in length.

    >>> choose_pair([1.0, 1.0, 0.0, 0.0], [9, 5, 2, 6])
    (1, 3)
    >>> choose_pair([0.5, 0.5, math.nan], [3, 4, 5])
    'equal'
    """
    finished = [True] * len(scores) if finished is None else finished
    if not len(scores) == len(lengths) == len(finished):
        raise ValueError(f"{len(scores)} scores, {len(lengths)} lengths and {len(finished)} ends.")
    there = [place for place, score in enumerate(scores) if not math.isnan(score)]
    if len(there) < 2:
        return "unscored"
    lowest = min(scores[place] for place in there)
    if max(scores[place] for place in there) == lowest:
        return "equal"
    whole = [place for place in there if finished[place] and scores[place] > lowest]
    if not whole:
        return "unfinished"
    chosen = min(whole, key=lambda place: (-scores[place], lengths[place], place))
    worst = [place for place in there if scores[place] == lowest]
    rejected = min(worst, key=lambda place: (abs(lengths[place] - lengths[chosen]), place))
    return (chosen, rejected) if scores[chosen] - lowest >= min_gap else "narrow"
