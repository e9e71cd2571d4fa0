"""What a corpus filter asks about the lengths of a pair; the guards ask the same of a translation."""

from __future__ import annotations

import math

from rlvr.rewards.translation.guards.length import bounds_of

_LONG = 10_000  # of a text so long that its length says nothing of the bounds' middle


def length_ratio(source_language: str, target_language: str) -> float:
    """Characters of the target language that say what one of the source language does, roughly.

    >>> round(length_ratio("en", "de"), 2), round(length_ratio("en", "zh-Hans"), 2), length_ratio("en", "qaa")
    (1.17, 0.36, 1.0)
    """
    low, high = bounds_of(source_language, target_language, _LONG)
    return math.sqrt(low * high)
