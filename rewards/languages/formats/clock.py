"""Times of the day."""

from __future__ import annotations

import re

_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>[ap])\.?\s?m\.?|(?P<h>\d{1,2}):(?P<m>\d{2})", re.IGNORECASE)
_NOON = 12


def clock_of(text: str) -> tuple[int, int, bool] | None:
    """Hour and minute, and whether the half of the day is known; `None` where it is no time.

    >>> clock_of("7:30 p.m."), clock_of("19:30"), clock_of("7:30"), clock_of("7")
    ((19, 30, True), (19, 30, True), (7, 30, False), None)
    """
    match = _CLOCK.fullmatch(" ".join(text.split()))
    if not match:
        return None
    hour, minute = int(match["hour"] or match["h"]), int(match["minute"] or match["m"] or 0)
    if match["half"]:
        if not 1 <= hour <= _NOON:
            return None
        return hour % _NOON + (_NOON if match["half"].lower() == "p" else 0), minute, True
    return hour, minute, _NOON < hour < 2 * _NOON


def same_time(reference: str, answer: str) -> bool | None:
    """Whether two times are the same; where one leaves the half of the day open, either is meant.

    >>> same_time("7:30 p.m.", "19:30"), same_time("4:30", "4:30 p.m."), same_time("7 pm", "7 am"), same_time("7", "7")
    (True, True, False, None)
    """
    wanted, given = clock_of(reference), clock_of(answer)
    if wanted is None or given is None:
        return None
    if wanted[2] and given[2]:
        return wanted == given
    if not wanted[2] and not given[2]:
        return wanted[:2] == given[:2]
    return (wanted[0] % _NOON, wanted[1]) == (given[0] % _NOON, given[1])
