"""What CLDR says of a language: separators, scale words, plural forms, units; through Babel."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from rlvr.errors import DataError

if TYPE_CHECKING:
    from babel import Locale

_SPACES: Final = "\u00a0\u202f\u2009 "


@cache
def locale_of(tag: str) -> Locale:
    """Babel's locale of a language tag, that of the language alone where it has none for the region.

    Raises:
        DataError: Babel knows nothing of the language.

    >>> locale_of("pt-BR").territory, locale_of("zh-Hant").script
    ('BR', 'Hant')
    """
    from babel import Locale, UnknownLocaleError

    for name in (tag, tag.partition("-")[0]):
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise DataError(f"CLDR has no data for `{tag}`.", hint="Leave out constraints on numbers, dates, units and money.")


@cache
def separators(tag: str) -> tuple[str, str]:
    """What parts groups of digits, and the decimal mark.

    >>> separators("de"), separators("en")
    (('.', ','), (',', '.'))
    """
    symbols: Any = locale_of(tag).number_symbols
    latin = symbols["latn"] if "latn" in symbols else next(iter(symbols.values()))
    group = str(latin["group"])
    return (" " if group in _SPACES else group), str(latin["decimal"])


@cache
def scale_words(tag: str) -> dict[str, int]:
    """Words after a number that multiply it, in small letters.

    >>> scale_words("de")["millionen"], scale_words("zh")["万"]
    (1000000, 10000)
    """
    formats: Any = locale_of(tag).compact_decimal_formats
    found: dict[str, int] = {}
    for length in ("short", "long"):
        for by_size in formats[length].values() if length in formats else ():
            for size, pattern in by_size.items():
                zeros = pattern.pattern.count("0")
                word = pattern.pattern.replace("'", "").strip("0").strip(_SPACES).rstrip(".").casefold()
                word = word.removeprefix("de ")  # Romanian: 20 de milioane
                if zeros and (len(word) > 1 or not word.isascii()):
                    found[word] = int(size) // 10 ** (zeros - 1)
    if tag.partition("-")[0] == "zh":
        found |= {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "万亿": 10**12, "千": 10**3, "百万": 10**6}
    return {word: size for word, size in found.items() if size > 1}


_SPOKEN: Final = "de es fr it nl pl pt ru uk cs ro hu sv da nb fi is zh ja ko hi ar bn tr vi id el he fa bg hr sk sl th"


@cache
def scales_of_any_language() -> dict[str, int]:
    """Scale words of some thirty languages; 0 for one that is of one size here and of another there.

    >>> known = scales_of_any_language()
    >>> known["millionen"], known["billion"]
    (1000000, 0)
    """
    found: dict[str, int] = {"billion": 10**9}
    for tag in _SPOKEN.split():
        for word, size in scale_words(tag).items():
            found[word] = size if found.get(word, size) == size else 0
    return found


def plural_categories(tag: str) -> frozenset[str]:
    """The plural forms of a language that whole numbers take.

    >>> sorted(plural_categories("ru")), sorted(plural_categories("zh"))
    (['few', 'many', 'one', 'other'], ['other'])
    """
    rule = locale_of(tag).plural_form
    return frozenset(rule(number) for number in range(201)) | {"other"}


@cache
def unit_words(tag: str) -> dict[str, tuple[str, ...]]:
    """How units are written after a number, by CLDR's name of the unit.

    >>> unit_words("de")["length-kilometer"]
    ('kilometer', 'km')
    """
    found: dict[str, tuple[str, ...]] = {}
    kin = ("en-GB", "en-US") if tag.partition("-")[0] == "en" else (tag,)  # litre and liter
    for unit in UNITS:
        words = {*_ALSO.get(unit, ()), *(word for one in kin for word in _forms_of(unit, one))}
        found[unit] = tuple(sorted(words, key=lambda word: (-len(word), word)))
    return found


def _forms_of(unit: str, tag: str) -> Iterator[str]:
    patterns: Any = locale_of(tag)._data["unit_patterns"]  # pyright: ignore[reportPrivateUsage]
    known: Any = patterns.get(unit, {})
    for length in ("long", "short", "narrow"):
        forms: Any = known.get(length, {})
        for name, form in forms.items():
            word = form.replace("{0}", "").strip(_SPACES).lower() if name not in ("per", "compound") else ""
            # One letter after a number is mostly something else: the 1920s.
            if form.startswith("{0}") and word and (len(word) > 1 or not word.isalpha()) and word not in _AMBIGUOUS:
                yield word.removeprefix("de ")


UNITS: Final = (
    "length-kilometer", "length-meter", "length-centimeter", "length-millimeter", "length-mile", "length-foot",
    "length-inch", "mass-kilogram", "mass-gram", "mass-tonne", "mass-pound", "area-square-kilometer", "area-hectare",
    "volume-liter", "temperature-celsius", "temperature-fahrenheit", "speed-kilometer-per-hour", "speed-mile-per-hour",
    "duration-year", "duration-month", "duration-week", "duration-day", "duration-hour", "duration-minute",
    "duration-second", "digital-byte", "digital-kilobyte", "digital-megabyte", "digital-gigabyte", "power-watt",
    "power-kilowatt", "power-megawatt", "concentr-percent", "frequency-hertz", "frequency-megahertz",
)  # fmt: skip
"""The units that are looked for, by CLDR's names."""

_AMBIGUOUS: Final = frozenset(("in", "st", "mi", "″", "\u2032"))
"""Forms that are words of their own, or marks of other things."""

_ALSO: Final = {
    "concentr-percent": ("%",),
    "length-kilometer": ("km",),
    "length-centimeter": ("cm",),
    "length-millimeter": ("mm",),
    "mass-kilogram": ("kg", "公斤"),
    "temperature-celsius": ("°c",),
    "digital-megabyte": ("mb",),
    "digital-gigabyte": ("gb",),
}
"""Symbols that are the same everywhere; the Latin ones are used beside a script's own."""
