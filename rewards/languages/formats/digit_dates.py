"""Dates in digits: a date is no division, and no other date."""

from __future__ import annotations

import re

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})([/.])(\d{1,2})\5(\d{4})")

_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH_FIRST = re.compile(rf"(?P<month>[A-Za-z]{{3,9}}\.?) {_DAY}(?: (?P<year>\d{{4}}))?")
_DAY_FIRST = re.compile(rf"{_DAY} (?:of )?(?P<month>[A-Za-z]{{3,9}}\.?)(?: (?P<year>\d{{4}}))?")
_EASTERN = re.compile("(\\d{4})\u5e74 ?(\\d{1,2})\u6708 ?(\\d{1,2})\u65e5")
_FULL = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_NAMES = frozenset((*_FULL, *(name[:3] for name in _FULL), "sept"))
_MONTHS = {name[:3]: place for place, name in enumerate(_FULL, start=1)}


def date_of(text: str) -> tuple[int, int, int, str] | None:
    """Year and the two other numbers as they stand, with the sign between them; `None` where it is no date.

    Which of the two is the month depends on the country; that is not guessed.

    >>> date_of("2024-01-05"), date_of("3/4/2024"), date_of("3/4")
    ((2024, 1, 5, '-'), (2024, 3, 4, '/'), None)
    >>> date_of("March 5, 2024") == date_of("5 March 2024") == date_of("2024-03-05")
    True
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        return _in_words(" ".join(text.replace(",", " ").split()))
    if match[1]:
        return int(match[1]), int(match[2]), int(match[3]), "-"
    return int(match[7]), int(match[4]), int(match[6]), match[5]


def _in_words(text: str) -> tuple[int, int, int, str] | None:
    if match := _EASTERN.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3]), "-"
    match = _MONTH_FIRST.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    month = _MONTHS.get(match["month"].lower()[:3]) if match else None
    full = match is not None and match["month"].lower().rstrip(".") in _NAMES
    if not match or not month or not full:
        return None
    return int(match["year"] or 0), month, int(match["day"]), "-"
