# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Numbers in digits, by how their language groups them and where it puts the decimal mark."""

from __future__ import annotations

import re
from functools import cache


def written_numbers(text: str, language: str) -> list[str]:
    """The numbers of a text, as written; groups and decimals belong to theirs.

    Marks are those of the locale (CLDR). Where it groups by a space, a plain one groups as well. In other languages
    the marks of English are read besides those of the locale, for what is no group or decimal in it.

    >>> written_numbers("12,50 lei și 1.250 km", "ro"), written_numbers("1 250,5 € et 3", "fr")
    (['12,50', '1.250'], ['1 250,5', '3'])
    >>> written_numbers("1, 2, 3", "en"), written_numbers("1,250.50", "en")
    (['1', '2', '3'], ['1,250.50'])
    """
    return _pattern(language).findall(text)


@cache
def _pattern(language: str) -> re.Pattern[str]:
    decimal, group = _marks(language)
    if decimal != ",":
        return re.compile(
            r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?(?!\d)|\d{1,3}(?:[,.٬'’\u00a0\u202f]\d{3})+(?:[,.٫]\d+)?(?!\d)|\d+\.\d+(?!\.?\d)|\d+"
        )
    spaces = r" \u00a0\u202f" if group.isspace() else r"\u00a0\u202f"
    return re.compile(
        rf"\d{{1,3}}(?:,\d{{3}}){{2,}}(?!\d)|\d{{1,3}}(?:[.'’{spaces}]\d{{3}})+(?:,\d+)?(?!\d)"
        r"|\d+,\d+(?![\d,])|\d+\.\d+(?!\.?\d)|\d+(?:٫\d+)?"
    )


def _marks(language: str) -> tuple[str, str]:
    """Decimal mark and mark of groups of a locale; those of English where CLDR does not know it."""
    from babel import Locale, UnknownLocaleError

    try:
        symbols = Locale.parse(language, sep="-").number_symbols["latn"]
    except (UnknownLocaleError, ValueError, KeyError):
        return ".", ","
    return symbols["decimal"], symbols["group"]
