r"""Units behind a number: cut off, and compared where both sides have one.

A number without its unit is the number (`5` for `5 cm`); another unit is another quantity, unless it is the same one
in other words (`2 hours`, `120 minutes`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

_DIMENSIONS: Final[dict[str, dict[str, str]]] = {
    "length": {
        "mm millimeter millimetre": "1/1000", "cm centimeter centimetre": "1/100", "dm decimeter": "1/10",
        "m meter metre": "1", "km kilometer kilometre": "1000", "in inch": "0.0254", "ft foot feet": "0.3048",
        "yd yard": "0.9144", "mi mile": "1609.344", "nm nanometer": "1/1000000000",
    },
    "time": {
        "ms millisecond": "1/1000", "s sec second": "1", "min minute": "60", "h hr hour": "3600", "day": "86400",
        "week": "604800",
    },
    "months": {"month": "1", "yr year": "12", "decade": "120", "century": "1200"},
    "mass": {
        "mg milligram": "1/1000000", "g gram": "1/1000", "kg kilogram kilo": "1", "t ton tonne": "1000",
        "oz ounce": "0.028349523125", "lb lbs pound": "0.45359237",
    },
    "volume": {
        "ml milliliter millilitre": "1/1000", "cl": "1/100", "l liter litre": "1", "gal gallon": "3.785411784",
        "qt quart": "0.946352946", "pt pint": "0.473176473", "cup": "0.2365882365",
    },
    "money $": {"$ dollar usd buck": "1", "cent ¢": "1/100"},
    "money €": {"€ euro eur": "1"}, "money £": {"£ gbp": "1"}, "money ¥": {"¥ yen jpy": "1"},
    "money ₹": {"₹ rupee rs inr": "1"}, "money yuan": {"yuan rmb cny": "1"},
    "angle": {"degree deg °": "1"}, "radian": {"rad radian": "1"},
    "celsius": {"°c celsius": "1"}, "fahrenheit": {"°f fahrenheit": "1"}, "kelvin": {"k kelvin": "1"},
    "percent": {"% percent percentage pct procent prozent": "1"},
    "speed": {"mph": "0.44704", "kph kmh kmph": "5/18", "knot": "463/900"},
    "energy": {"j joule": "1", "kj kilojoule": "1000", "kwh": "3600000"},
    "power": {"w watt": "1", "kw kilowatt": "1000"}, "force": {"n newton": "1"}, "frequency": {"hz hertz": "1"},
    "dozen": {"dozen": "1"},
}  # fmt: skip
_KNOWN: Final = {
    name: (dimension, Fraction(factor))
    for dimension, names in _DIMENSIONS.items()
    for spelled, factor in names.items()
    for name in spelled.split()
}
_SCALES: Final = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_CASED: Final = {"C": "°c", "F": "°f", "K": "k", "L": "l", "N": "n", "J": "j", "W": "w", "kJ": "kj", "kW": "kw"}
_LEADING = re.compile(r"^(?P<sign>[-+]?)\s*(?:US|AU|CA|R)?(?P<currency>[$€£¥₹]|Rs\.?|USD|EUR)\s*(?=[-+\d.\\(])")
_TRAILING = re.compile(
    r"""(?P<unit>
        (?: \ ?[$€£¥₹%¢]
          | \s*\^\s*(?:\\circ|\{\s*\\circ\s*\}) (?:\s*(?:\\text\{\s*)?[CF](?![A-Za-z])\}?)?
          | \s*\\text\s*\{[^{}]*\}
          | (?<![\\A-Za-z_{^]) \s*[A-Za-z]+\.?
        )
        (?: \s?\^\s*(?:[23]|\{\s*[23]\s*\}) )?
        (?: \s*(?:/|\\cdot|per\b) (?=\s*\\?[A-Za-z]) )?
    )$""",
    re.VERBOSE,
)  # fmt: skip
_WORDS = (
    "or and pi i e x y z n k theta maybe perhaps not but infinity inf infty then if to sqrt sin cos tan log ln exp oo "
    "mod about"
)
_NO_UNIT: Final = frozenset(_WORDS.split())
_NUMBER_BEFORE = re.compile(r"[\d.)}!\]]\s*$")
_PER = re.compile(r"(?<=\S)\s+per\s+(?=\S)")
_OVER = re.compile(r"(?<=[A-Za-z}])\s*/$")
_SQUARED: Final = {"square": "2", "sq": "2", "cubic": "3"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number's text, and its unit as it stood there."""

    core: str
    unit: str = ""
    scale: int = 1


NO_QUANTITY: Final = Quantity("")


@lru_cache(maxsize=4096)
def split(text: str) -> Quantity:
    r"""Cuts the unit off a tidied text.

    >>> split(r"15\text{ cm}^2"), split("$5"), split("x + 1").unit
    (Quantity(core='15', unit='cm^2', scale=1), Quantity(core='5', unit='$', scale=1), '')
    """
    units: list[str] = []
    core = text.strip()
    if leading := _LEADING.match(core):
        units.append("rs" if leading["currency"].startswith("Rs") else leading["currency"].lower())
        core = leading["sign"] + core[leading.end() :]
    scale = 1
    for _ in range(8):
        found = _TRAILING.search(core)
        if not found or not found.start() or not _is_unit(found["unit"], core[: found.start()]):
            break
        word = re.sub(r"\\text\s*\{([^{}]*)\}", r" \1 ", found["unit"]).strip()
        core = core[: found.start()].rstrip()
        if over := _OVER.search(core):
            core, word = core[: over.start()], f"/{word}"
        if word.lower() in _SCALES:
            scale *= _SCALES[word.lower()]
        elif word:
            units.insert(0 if not leading else len(units), word)
    if not units and scale == 1:
        return Quantity(text)
    if not _NUMBER_BEFORE.search(core):
        return Quantity(text)
    return Quantity(core, _plain(" ".join(units)), scale)


def _is_unit(piece: str, before: str) -> bool:
    word = piece.strip()
    if "\\text" in word:
        inside = re.sub(r"\\text\s*\{([^{}]*)\}.*", r"\1", word, flags=re.DOTALL)
        return not re.search(r"\d|\b(?:or|and|maybe|perhaps|not)\b", inside)
    if not word[0].isalpha():
        return True
    letters = re.match(r"[A-Za-z]+", word)
    name = letters[0] if letters else ""
    if name.lower() in _NO_UNIT:
        return False
    known = name.lower() in _KNOWN or name.lower().rstrip("s") in _KNOWN
    spaced = piece[:1].isspace() or before[-1:].isspace()
    after_word = bool(re.search(r"[A-Za-z}]\s*$", before)) and spaced
    after_number = bool(_NUMBER_BEFORE.search(before)) or before.rstrip()[-1:] in "$/%" or before.endswith("per ")
    if len(name) >= 3:
        return after_number or after_word
    joined = before.rstrip()[-1:] in "/*" or len(name) > 1
    return known and (spaced or joined) and (after_number or after_word)


def _plain(unit: str) -> str:
    unit = re.sub(r"\s*\^\s*\{?\s*([23])\s*\}?", r"^\1", unit)
    unit = re.sub(r"\^\s*\{?\s*\\circ\s*\}?\s*", "°", unit).replace("\\cdot", "*")
    unit = re.sub(r"\s*/\s*", "/", unit.replace("{", "").replace("}", ""))
    return " ".join(unit.split()).strip(" .")


@lru_cache(maxsize=1024)
def meaning(unit: str) -> tuple[str, Fraction]:
    """What a unit measures, and how much of it; an unknown word measures itself.

    >>> meaning("km")[0] == meaning("miles")[0], meaning("apples") == meaning("apple")
    (True, True)
    """
    above, over, below = _PER.sub("/", unit).partition("/")
    if over and above.strip() and below.strip() and "/" not in below:
        top, bottom = meaning(above.strip()), meaning(below.strip())
        if (top[0], bottom[0]) == ("length", "time"):
            return "speed", top[1] / bottom[1]
        return f"{top[0]}/{bottom[0]}", top[1] / bottom[1]
    words, power = unit.split(), 1
    if words and words[0].lower() in _SQUARED:
        power = int(_SQUARED[words.pop(0).lower()])
    name = " ".join(words)
    name, _, raised = name.partition("^")
    power = int(raised) if raised.isdigit() else power
    dimension, factor = _one(name.strip())
    return (dimension, factor) if power == 1 else (f"{dimension}^{power}", factor**power)


def _one(name: str) -> tuple[str, Fraction]:
    for spelled in (_CASED.get(name, name.lower()), *_singular(name.lower())):
        if spelled in _KNOWN:
            return _KNOWN[spelled]
    words = name.lower().split()
    return (next(iter(_singular(words[-1])), words[-1]) if len(words) == 1 else " ".join(words), Fraction(1))


def _singular(name: str) -> list[str]:
    forms: list[str] = []
    if name.endswith("ies"):
        forms.append(f"{name[:-3]}y")
    if name.endswith("es") and name[:-2].endswith(("ch", "sh", "x", "s")):
        forms.append(name[:-2])
    if name.endswith("s") and not name.endswith("ss"):
        forms.append(name[:-1])
    return forms
