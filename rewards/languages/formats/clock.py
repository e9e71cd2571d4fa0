"""Times of the day."""

from __future__ import annotations

import re

_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>[ap])\.?\s?m\.?|(?P<h>\d{1,2}):(?P<m>\d{2})", re.IGNORECASE
)
_NOON = 12
_LAST_MINUTE = 59


def clock_of(text: str) -> tuple[int, int, bool] | None:
    """Hour and minute, and whether "a.m." or "p.m." is said; `None` where it is no time.

    >>> clock_of("7:30 p.m."), clock_of("19:30"), clock_of("7:30"), clock_of("7"), clock_of("73:31")
    ((19, 30, True), (19, 30, False), (7, 30, False), None, None)
    """
    match = _CLOCK.fullmatch(" ".join(text.split()))
    if not match:
        return None
    hour, minute = int(match["hour"] or match["h"]), int(match["minute"] or match["m"] or 0)
    if hour >= 2 * _NOON or minute > _LAST_MINUTE:
        return None
    if match["half"]:
        if not 1 <= hour <= _NOON:
            return None
        return hour % _NOON + (_NOON if match["half"].lower() == "p" else 0), minute, True
    return hour, minute, False


def same_time(reference: str, answer: str) -> bool | None:
    """Whether two times are the same, where one of them says which half of the day; a bare hour may be of either.

    `None` where none says it: `7:30` may be a ratio.

    >>> same_time("7:30 p.m.", "19:30"), same_time("4:30", "4:30 p.m."), same_time("7 pm", "7 am"), same_time("7", "7")
    (True, True, False, None)
    """
    wanted, given = clock_of(reference), clock_of(answer)
    if wanted is None or given is None or not (wanted[2] or given[2]):
        return None
    if wanted[:2] == given[:2]:
        return True
    open_ = [one for one in (wanted, given) if not one[2]]
    return bool(open_) and open_[0][0] <= _NOON and wanted[1] == given[1] and (wanted[0] - given[0]) % _NOON == 0
