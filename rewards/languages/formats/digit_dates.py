"""Dates in digits: a date is no division, and no other date."""

from __future__ import annotations

import re

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})([/.])(\d{1,2})\5(\d{4})")


def date_of(text: str) -> tuple[int, int, int, str] | None:
    """Year and the two other numbers as they stand, with the sign between them; `None` where it is no date.

    Which of the two is the month depends on the country; that is not guessed.

    >>> date_of("2024-01-05"), date_of("3/4/2024"), date_of("3/4")
    ((2024, 1, 5, '-'), (2024, 3, 4, '/'), None)
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    if match[1]:
        return int(match[1]), int(match[2]), int(match[3]), "-"
    return int(match[7]), int(match[4]), int(match[6]), match[5]
