# ruff: noqa: RUF001 - separators of other scripts
"""Digits and separators as conventions write them: the one reader that mathematics, constraints and translation share.

A run of digits is read with the separators of a language (CLDR's, through Babel); where the language is not known, by
every convention in use, and whoever asks decides what to make of two readings.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

from rlvr.rewards.languages.formats.locales import separators

GAP: Final = "\u00a0\u202f\u2009 "
"""Spaces that part groups of digits."""

APART: Final = ".,'’٬٫،"
"""Other signs that do, or that stand before decimals."""

_SIGN = re.compile(rf"[{re.escape(APART)}{GAP}]")
_SAME_SIGN: Final = str.maketrans({"’": "'", **dict.fromkeys(GAP, " ")})
_CONVENTIONS: Final = (
    (",", "."), (".", ","), (" ", ","), (" ", "."), ("'", "."), ("'", ","), ("٬", "٫"), ("،", ","), ("،", "٫"),
)  # fmt: skip
"""Sign between groups, and before decimals."""


def read_digits(run: str, group: str, mark: str, *, indian: bool = True) -> str | None:
    """A run of digits as plain ASCII digits with a decimal point, `None` where the convention does not write it so.

    Args:
        run: Digits of any script, and what stands between them.
        group: The sign between groups.
        mark: The sign before decimals.
        indian: Groups of two above the thousands are read as well.

    >>> read_digits("1.234,50", ".", ","), read_digits("1,5", ",", "."), read_digits("12,34,567", ",", ".")
    ('1234.50', None, '1234567')
    """
    parts, marks = _SIGN.split(run), [sign.translate(_SAME_SIGN) for sign in _SIGN.findall(run)]
    if not marks:
        return ascii_digits(run)
    decimals = ascii_digits(parts.pop()) if marks[-1] == mark and group != mark else ""
    grouping = marks[:-1] if decimals else marks
    if any(sign != group for sign in grouping) or (grouping and not _are_groups(parts, indian=indian)):
        return None
    whole = ascii_digits("".join(parts))
    return f"{whole}.{decimals}" if decimals else whole


def _are_groups(parts: list[str], *, indian: bool) -> bool:
    first, *middle, last = parts
    if ascii_digits(first).startswith("0") or len(last) != 3:
        return False
    if all(len(part) == 3 for part in middle):
        return 1 <= len(first) <= 3
    return indian and all(len(part) == 2 for part in middle) and 1 <= len(first) <= 2


def ascii_digits(digits: str) -> str:
    """Digits of any script as ASCII."""
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


@lru_cache(maxsize=256)
def convention(language: str) -> tuple[str, str]:
    """The sign between groups of digits and the one before decimals, as a language writes them.

    Raises:
        DataError: CLDR has no data for the language.

    >>> convention("de"), convention("fr")
    (('.', ','), (' ', ','))
    """
    group, mark = (sign.translate(_SAME_SIGN) for sign in separators(language.replace("_", "-")))
    return group, mark


def read_run(run: str, language: str) -> str | None:
    """A run of digits as a language reads it: by its own convention, else where only one other reading exists.

    Args:
        run: Digits and separators.
        language: A language tag; empty where the language is not known.

    >>> read_run("1.234", "de"), read_run("1.5", "de"), read_run("12 500", "fr"), read_run("1.234", "fr")
    ('1234', '1.5', '12500', None)
    """
    if language and (own := read_digits(run, *convention(language))) is not None:
        return own
    values = {Fraction(one): one for group, mark in _CONVENTIONS if (one := read_digits(run, group, mark)) is not None}
    return next(iter(values.values())) if len(values) == 1 else None


@lru_cache(maxsize=4096)
def readings(run: str) -> frozenset[Fraction]:
    """What a run of digits may be, where the language is not known.

    >>> sorted(map(str, readings("1,234"))), sorted(map(str, readings("1.234,50")))
    (['1234', '617/500'], ['2469/2'])
    """
    found = (read_digits(run, group, mark) for group, mark in _CONVENTIONS)
    return frozenset(Fraction(one) for one in found if one is not None)
