# ruff: noqa: E501, RUF001 - tables of units of many scripts
"""What units measure: their dimension and their size, prefixes in their own letter case (mW is no MW)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Final

_PREFIXES: Final = {
    "p": "1e-12", "n": "1e-9", "µ": "1e-6", "u": "1e-6", "m": "1e-3", "c": "1e-2", "d": "1e-1", "h": "1e2", "k": "1e3",
    "M": "1e6", "G": "1e9", "T": "1e12",
}  # fmt: skip
_LONG_PREFIXES: Final = {
    "pico": "1e-12", "nano": "1e-9", "micro": "1e-6", "milli": "1e-3", "centi": "1e-2", "deci": "1e-1",
    "hecto": "1e2", "kilo": "1e3", "mega": "1e6", "giga": "1e9", "tera": "1e12",
}  # fmt: skip
_SI: Final = {  # symbol, names, size, dimensions
    "m": ("meter metre", "1", "m"), "g": ("gram gramme", "1/1000", "kg"), "s": ("second", "1", "s"),
    "L": ("liter litre", "1/1000", "m3"), "W": ("watt", "1", "kg m2 s-3"), "J": ("joule", "1", "kg m2 s-2"),
    "N": ("newton", "1", "kg m s-2"), "Pa": ("pascal", "1", "kg m-1 s-2"), "Hz": ("hertz", "1", "s-1"),
    "V": ("volt", "1", "kg m2 s-3 A-1"), "A": ("ampere amp", "1", "A"), "Ω": ("ohm", "1", "kg m2 s-3 A-2"),
    "F": ("farad", "1", "kg-1 m-2 s4 A2"), "mol": ("mole", "1", "mol"), "eV": ("electronvolt", "1", "eV"),
    "cal": ("calorie", "1", "cal"), "B": ("byte", "8", "bit"), "bit": ("bit", "1", "bit"), "C": ("coulomb", "1", "s A"),
    "T": ("tesla", "1", "kg s-2 A-1"), "Wh": ("watt-hour", "3600", "kg m2 s-2"), "bar": ("bar", "100000", "kg m-1 s-2"),
}  # fmt: skip
_SYMBOLS: Final = {  # no prefixes; letter case counts
    "min": ("60", "s"), "h": ("3600", "s"), "d": ("86400", "s"), "in": ("0.0254", "m"), "ft": ("0.3048", "m"),
    "yd": ("0.9144", "m"), "mi": ("1609.344", "m"), "t": ("1000", "kg"), "oz": ("0.028349523125", "kg"),
    "lb": ("0.45359237", "kg"), "gal": ("0.003785411784", "m3"), "qt": ("0.000946352946", "m3"),
    "pt": ("0.000473176473", "m3"), "ha": ("10000", "m2"), "cc": ("1e-6", "m3"), "l": ("1/1000", "m3"),
    "ml": ("1e-6", "m3"), "cl": ("1e-5", "m3"), "dl": ("1e-4", "m3"), "K": ("1", "kelvin"),
    "mph": ("0.44704", "m s-1"), "kph": ("5/18", "m s-1"), "kmh": ("5/18", "m s-1"), "°": ("1", "angle"),
    "°C": ("1", "celsius"), "°F": ("1", "fahrenheit"), "%": ("1", "percent"), "rad": ("1", "radian"),
    "C": ("1", "celsius"), "F": ("1", "fahrenheit"), "$": ("1", "usd"), "€": ("1", "eur"), "£": ("1", "gbp"), "¥": ("1", "yen or yuan"), "₹": ("1", "inr"),
    "¢": ("1/100", "usd"), "₽": ("1", "rub"), "₩": ("1", "krw"), "kcal": ("1000", "cal"),
}  # fmt: skip
_WORDS: Final = {  # any letter case
    "sec": ("1", "s"), "minute": ("60", "s"), "hour": ("3600", "s"), "hr": ("3600", "s"), "day": ("86400", "s"),
    "week": ("604800", "s"), "month": ("1", "month"), "year": ("12", "month"), "yr": ("12", "month"),
    "decade": ("120", "month"), "century": ("1200", "month"), "inch": ("0.0254", "m"), "foot": ("0.3048", "m"),
    "feet": ("0.3048", "m"), "yard": ("0.9144", "m"), "mile": ("1609.344", "m"), "lbs": ("0.45359237", "kg"),
    "ton": ("1000", "kg"), "tonne": ("1000", "kg"), "ounce": ("0.028349523125", "kg"), "pound": ("0.45359237", "kg"),
    "kilo": ("1", "kg"), "gallon": ("0.003785411784", "m3"), "quart": ("0.000946352946", "m3"),
    "pint": ("0.000473176473", "m3"), "cup": ("0.0002365882365", "m3"), "hectare": ("10000", "m2"),
    "acre": ("4046.8564224", "m2"), "cent": ("1/100", "usd"), "dollar": ("1", "usd"), "usd": ("1", "usd"),
    "buck": ("1", "usd"), "euro": ("1", "eur"), "eur": ("1", "eur"), "gbp": ("1", "gbp"), "yen": ("1", "yen"),
    "jpy": ("1", "yen"), "rupee": ("1", "inr"), "rs": ("1", "inr"), "inr": ("1", "inr"), "yuan": ("1", "yuan"),
    "rmb": ("1", "yuan"), "cny": ("1", "yuan"), "degree": ("1", "angle"), "deg": ("1", "angle"),
    "radian": ("1", "radian"), "celsius": ("1", "celsius"), "fahrenheit": ("1", "fahrenheit"),
    "kelvin": ("1", "kelvin"), "percent": ("1", "percent"), "percentage": ("1", "percent"), "pct": ("1", "percent"),
    "procent": ("1", "percent"), "prozent": ("1", "percent"), "knot": ("463/900", "m s-1"),
    "kmph": ("5/18", "m s-1"), "dozen": ("1", "dozen"),
    "米": ("1", "m"), "厘米": ("1e-2", "m"), "毫米": ("1e-3", "m"), "分米": ("1e-1", "m"), "千米": ("1e3", "m"),
    "公里": ("1e3", "m"), "克": ("1e-3", "kg"), "千克": ("1", "kg"), "公斤": ("1", "kg"), "毫克": ("1e-6", "kg"),
    "吨": ("1e3", "kg"), "升": ("1e-3", "m3"), "毫升": ("1e-6", "m3"), "公顷": ("1e4", "m2"), "秒": ("1", "s"),
    "分钟": ("60", "s"), "小时": ("3600", "s"), "天": ("86400", "s"), "度": ("1", "angle"), "元": ("1", "yuan"),
    "人民币": ("1", "yuan"), "美元": ("1", "usd"), "欧元": ("1", "eur"), "円": ("1", "yen"), "日元": ("1", "yen"),
    "メートル": ("1", "m"), "センチメートル": ("1e-2", "m"), "キロメートル": ("1e3", "m"), "時間": ("3600", "s"),
    "分間": ("60", "s"), "秒間": ("1", "s"), "キログラム": ("1", "kg"), "グラム": ("1e-3", "kg"), "원": ("1", "krw"),
    "미터": ("1", "m"), "센티미터": ("1e-2", "m"), "킬로미터": ("1e3", "m"), "시간": ("3600", "s"),
    "рубль": ("1", "rub"), "рублей": ("1", "rub"), "рубля": ("1", "rub"), "руб": ("1", "rub"),
    "км": ("1e3", "m"), "м": ("1", "m"), "см": ("1e-2", "m"), "мм": ("1e-3", "m"), "кг": ("1", "kg"),
    "г": ("1e-3", "kg"), "л": ("1e-3", "m3"), "мл": ("1e-6", "m3"), "ч": ("3600", "s"), "мин": ("60", "s"),
}  # fmt: skip
_POWERS: Final = {
    "square": 2, "sq": 2, "squared": 2, "cubic": 3, "cubed": 3, "cu": 3, "平方": 2, "立方": 3, "平方メートル": 2,
}  # fmt: skip
_LOOSE: Final = frozenset(("tall", "long", "wide", "high", "deep", "old", "away", "apart", "each", "thick"))
"""Words behind a unit that leave it what it is: `5 meters tall`."""
_PIECE = re.compile(r"(?P<over>/|\bper\b)|(?P<word>[^\s/*^()\d]+)\s*(?:\^\s*(?P<power>-?\d+))?|[*()]|\S")
_DEGREES = re.compile(
    r"\bdeg(?:rees?)?\.?\s+(?=(?:celsius|centigrade|fahrenheit|[CF]$))|\b(?:angular )(?=degrees?)", re.IGNORECASE
)
_TERM = re.compile(r"([A-Za-z]+?)(-?\d+)?$")

Dimension = str
"""What is measured: base units with their powers, `kg m2 s-3`; an unknown word measures itself."""


def _sizes() -> Iterator[tuple[str, Fraction, str]]:
    for symbol, (names, size, dimension) in _SI.items():
        yield symbol, Fraction(size), dimension
        for prefix, by in _PREFIXES.items():
            yield prefix + symbol, Fraction(size) * Fraction(by), dimension
        for name in names.split():
            yield name, Fraction(size), dimension
            for prefix, by in _LONG_PREFIXES.items():
                yield prefix + name, Fraction(size) * Fraction(by), dimension
    for table in (_SYMBOLS, _WORDS):
        for name, (size, dimension) in table.items():
            yield name, Fraction(size), dimension


_KNOWN: Final = {name: (size, dimension) for name, size, dimension in _sizes()}
_SMALL: Final = {
    name.lower(): name for name in sorted(_KNOWN, key=lambda name: (name.lower() == name, len(name))) if len(name) > 1
}
"""Names by their small letters: `KM` is `km`, where no other unit is written so."""


_BARE: Final = re.compile(
    r"[nµmcdkMG]?m|[nµmkM]?g|[nµm]?s|[mcd]?[lL]|[mkMGT]?W|[mkM]?J|[kMGT]?Hz|[mkMGh]?Pa|[kMG]?Wh|[kM]?N|[mkM][VA]|[kMG]?eV|[hKCFt]"
)
"""Short symbols that stand for units without a mark of words; `3 A` and `2 kT` may be products."""


def is_symbol(name: str) -> bool:
    """Whether a short word behind a number is a unit, though nothing marks it as words.

    >>> is_symbol("km"), is_symbol("A"), is_symbol("kT")
    (True, False, False)
    """
    return _BARE.fullmatch(name) is not None or (
        is_known(name) and (len(name) > 2 or not name.isalpha() or name in _SYMBOLS)
    )


def is_known(name: str) -> bool:
    """Whether a word is a unit, alone or in the plural.

    >>> is_known("km"), is_known("Meters"), is_known("apples")
    (True, True, False)
    """
    return _of_name(name) is not None


@lru_cache(maxsize=1024)
def meaning(unit: str) -> tuple[Dimension, Fraction]:
    """What a unit measures, and how much of it; an unknown word measures itself.

    >>> meaning("km")[0] == meaning("miles")[0], meaning("apples") == meaning("apple")
    (True, True)
    >>> meaning("m s^-2") == meaning("m/s^2"), meaning("mW")[1] / meaning("MW")[1]
    (True, Fraction(1, 1000000000))
    """
    factor, powers, sign, waiting = Fraction(1), dict[str, int](), 1, 1
    for piece in _PIECE.finditer(_DEGREES.sub("", unit)):
        if piece["over"]:
            sign = -1
            continue
        word = piece["word"]
        if not word:
            continue
        if word.lower() in _POWERS:
            if word.lower().endswith("d") and powers:  # squared, cubed: of what stands before it
                powers, factor = _last_raised(powers, factor, _POWERS[word.lower()])
            else:
                waiting = _POWERS[word.lower()]
            continue
        if word.lower() in _LOOSE and powers:
            continue
        power = int(piece["power"] or waiting) * sign
        waiting = 1
        size, dimension = _measured(word)
        factor *= size**power
        for base, times in _terms(dimension):
            powers[base] = powers.get(base, 0) + times * power
    return _spelled(powers), factor


def _last_raised(powers: dict[str, int], factor: Fraction, by: int) -> tuple[dict[str, int], Fraction]:
    return ({base: power * by for base, power in powers.items()}, factor**by) if len(powers) == 1 else (powers, factor)


def _spelled(powers: dict[str, int]) -> Dimension:
    return " ".join(base if power == 1 else f"{base}^{power}" for base, power in sorted(powers.items()) if power)


def _terms(dimension: str) -> Iterator[tuple[str, int]]:
    if dimension in _OPAQUE:
        yield dimension, 1
        return
    for term in dimension.split():
        match = _TERM.match(term)
        yield (match[1], int(match[2] or 1)) if match else (term, 1)


_OPAQUE: Final = frozenset(("yen or yuan",))


def _measured(word: str) -> tuple[Fraction, str]:
    found = _of_name(word)
    if found is not None:
        return found
    for prefix in ("平方", "立方"):
        if word.startswith(prefix) and (inner := _of_name(word[2:])):
            dimension = " ".join(f"{base}{power * _POWERS[prefix]}" for base, power in _terms(inner[1]))
            return inner[0] ** _POWERS[prefix], dimension
    small = word.lower().rstrip(".")
    return Fraction(1), next(iter(singular(small)), small)


def _of_name(name: str) -> tuple[Fraction, str] | None:
    name = name.replace("μ", "µ").rstrip(".")
    if name in _KNOWN:
        return _KNOWN[name]
    small = name.lower()
    for spelled in (small, *singular(small)):
        known = spelled if spelled in _KNOWN else _SMALL.get(spelled, "")
        # A capital M or a small m where the other is meant is a million: never guessed in a symbol.
        sure = len(spelled) > 3 or name[0] not in "mM" or known[:1] == name[0] or known in ("mi", "min", "mph")
        if known and sure and (len(spelled) > 1 or spelled == name):
            return _KNOWN[known]
    return None


def singular(name: str) -> list[str]:
    """The forms a word may have the plural of."""
    forms: list[str] = []
    if name.endswith("ies"):
        forms.append(f"{name[:-3]}y")
    if name.endswith("es") and name[:-2].endswith(("ch", "sh", "x", "s")):
        forms.append(name[:-2])
    if name.endswith("s") and not name.endswith("ss"):
        forms.append(name[:-1])
    return forms


def same_dimension(one: Dimension, other: Dimension) -> bool:
    """Whether two units measure the same; ¥ is both the sign of the yen and of the yuan.

    >>> same_dimension("yen or yuan", "yuan"), same_dimension("yen", "yuan")
    (True, False)
    """
    return one == other or {one, other} in ({"yen or yuan", "yen"}, {"yen or yuan", "yuan"})
