# ruff: noqa: RUF001, RUF003 - the Russian year
"""Dates in a text, by CLDR's patterns of its language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from rlvr.rewards.languages.formats.locales import locale_of

Style = Literal["long", "short", "iso"]
"""With the name of the month (`29. Dezember 2013`, `2013年12月29日`), in numbers (`29.12.2013`), or `2013-12-29`."""

_KIN: Final = {
    "en": ("en-US", "en-GB"),
    "pt": ("pt-BR", "pt-PT"),
    "es": ("es-ES", "es-MX"),
    "fr": ("fr-FR", "fr-CA"),
}
_FIELD = re.compile(r"'([^']*)'|(y+|M+|L+|d+|E+)|([^yMLdE']+)")
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|°|-?го)?"
_LETTERS = re.compile(r"[^\W\d_]+")
_GAP = r"[\s\u00a0\u202f]{0,3}"


@dataclass(frozen=True, slots=True)
class Date:
    """A day in a text; `year` is `None` where it gives none."""

    year: int | None
    month: int
    day: int
    style: Style
    start: int
    end: int

    @property
    def key(self) -> tuple[int | None, int, int]:
        """Which day it is, however it is written."""
        return self.year, self.month, self.day


def dates_of(text: str, language: str) -> list[Date]:
    """The dates of a text, the longest where they overlap.

    >>> [(one.key, one.style) for one in dates_of("On 29 December 2013, and on 8/31/2014", "en-US")]
    [((2013, 12, 29), 'long'), ((2014, 8, 31), 'short')]
    >>> [one.key for one in dates_of("2013 年 12 月 29 日", "zh")]
    [(2013, 12, 29)]
    """
    found = list[Date]()
    for style, pattern in _patterns(language):
        for match in pattern.finditer(text.casefold()):
            if one := _date(match, style, language):
                found.append(one)
    kept = list[Date]()
    for one in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def months_of(text: str, language: str) -> set[int]:
    """The months that a text names.

    >>> months_of("in July 2003 and in May", "en") == {5, 7}
    True
    """
    names = _months(language)
    return {names[word] for word in _LETTERS.findall(text.casefold()) if word in names}


def written(date: tuple[int | None, int, int], style: Style, language: str) -> str:
    """A day as CLDR writes it in a language.

    >>> written((2013, 12, 29), "long", "de"), written((2013, 12, 29), "short", "pt-BR")
    ('29. Dezember 2013', '29/12/2013')
    """
    import datetime

    from babel.dates import format_date, format_skeleton

    year, month, day = date
    when = datetime.date(year or 2000, month, day)
    if style == "iso":
        return when.isoformat()
    locale = locale_of(language)
    if year is None:
        return str(format_skeleton("MMMMd", when, locale=locale))  # pyright: ignore[reportArgumentType]
    if style == "short":
        return format_date(when, re.sub(r"(?<!y)yy(?!y)", "y", locale.date_formats["short"].pattern), locale=locale)
    return format_date(when, "long", locale=locale)


def _date(match: re.Match[str], style: Style, language: str) -> Date | None:
    parts = match.groupdict()
    month = int(parts["m"]) if parts.get("m") else _months(language).get((parts.get("name") or "").rstrip("."), 0)
    day, year = int(parts["d"]), parts.get("y")
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    number = int(year) if year else None
    if number is not None and number < 100:
        number += 2000 if number < 50 else 1900
    return Date(number, month, day, style, match.start(), match.end())


@cache
def _months(language: str) -> dict[str, int]:
    names: dict[str, int] = {}
    months: Any = locale_of(language).months
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            names |= {str(name).casefold().rstrip("."): number for number, name in months[context][width].items()}
    return {name: number for name, number in names.items() if name and not name.isdigit()}


@cache
def _patterns(language: str) -> list[tuple[Style, re.Pattern[str]]]:
    found: dict[str, Style] = {r"(?<!\d)(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)": "iso"}
    own = locale_of(language)
    for kin in dict.fromkeys((language, *_KIN.get(own.language, ()))):
        locale = locale_of(kin)
        skeletons: Any = locale.datetime_skeletons
        formats: Any = locale.date_formats
        patterns = [formats[length].pattern for length in ("full", "long", "medium", "short")]
        for key in ("yMMMMd", "yMMMd", "MMMMd", "MMMd"):
            if key in skeletons:
                patterns.append(getattr(skeletons[key], "pattern", str(skeletons[key])))
        # CLDR's long date without its year, for languages whose skeletons lack it.
        patterns.append(
            re.sub(r"[\s,]*(?:'[^']*')?[\s\u202f]*y+(?:[\s\u202f]*'[^']*'\.?)?", "", formats["long"].pattern)
        )
        for pattern in patterns:
            if "d" in pattern and ("M" in pattern or "L" in pattern):
                expression, numeric = _expression(pattern, language)
                # Only in words can the order of another region be told.
                if kin == language or not numeric:
                    found.setdefault(expression, "short" if numeric else "long")
    return [(style, re.compile(expression)) for expression, style in found.items()]


def _expression(pattern: str, language: str) -> tuple[str, bool]:
    """A regular expression for a CLDR pattern, and whether it is made of numbers and marks alone."""
    names = "|".join(sorted(map(re.escape, _months(language)), key=len, reverse=True))
    made, numeric = list[str](), True
    for quoted, letters, literal in _FIELD.findall(pattern):
        if letters.startswith("y"):
            made.append(r"(?P<y>\d{4}|\d{2})" if len(letters) == 2 else r"(?P<y>\d{4})")
        elif letters.startswith("d"):
            made.append(_DAY)
        elif letters[:1] in ("M", "L") and len(letters) <= 2:
            made.append(r"(?P<m>\d{1,2})")
        elif letters[:1] in ("M", "L"):
            made.append(rf"(?P<name>{names})(?!\w)\.?")
            numeric = False
        elif not letters:
            numeric = numeric and not any(map(str.isalpha, quoted or literal))
            made.append(_literal(quoted or literal))
    whole = "".join(made).strip()
    whole = re.sub(r"^(?:\[\\s.*?\]\{0,3\}|,\??)+", "", whole)
    return rf"(?<![\d.,/])(?<!\d-){whole}(?!\d)(?![./-]\d)", numeric


def _literal(text: str) -> str:
    made = ""
    for letter in text:
        made += (
            _GAP
            if letter.isspace()
            else "[,،]?"
            if letter in ",،"
            else re.escape(letter.casefold()) + ("?" if letter == "." else "")
        )
        made += _GAP if letter.isalpha() and letter > "\u2e80" else ""
    # What follows the year, such as the Russian `г.`, is often left out.
    return (
        f"(?:{_GAP}г\\.?)?" if "г" in text else f"{_GAP}{made}{_GAP}" if text.strip() and text[0] > "\u2e80" else made
    )
