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

from rlvr.rewards.languages.formats.unit_dimensions import is_known, is_symbol, meaning

_SCALES: Final = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_LEADING = re.compile(r"^(?P<sign>[-+]?)\s*(?:US|AU|CA|R)?(?P<currency>[$€£¥₹₽₩]|Rs\.?|USD|EUR)\s*(?=[-+\d.\\(])")
_TRAILING = re.compile(
    r"""(?P<unit>
        (?: \ ?[$€£¥₹₽₩%¢]
          | \s*\^\s*(?:\\circ|\{\s*\\circ\s*\}) (?:\s*(?:\\text\{\s*)?[CF](?![A-Za-z])\s*\}?)?
          | \s*\\text\s*\{[^{}]*\}
          | (?<![\\A-Za-z_{^]) \s*[^\W\d_]+\.?
        )
        (?: \s?\^\s*(?:-?[1-4]|\{\s*-?[1-4]\s*\}) )?
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
_OVER = re.compile(r"(?<=[A-Za-z}])\s*/$")


_NO_ANGLE = re.compile(r"[A-Za-z,]|\\(?:sin|cos|tan|cot|sec|csc)")
"""Before a sign of degrees: they belong to a part of the formula, as in `\\sin 30^\\circ`."""
_MICRO = re.compile(r"\\mu\s*(?=[A-Za-z]{1,3}(?![A-Za-z]))")
_IN_BRACKETS = re.compile(r"(?<=\d)(\s*)\(\s*([^\W\d_]{2,20}(?:\s[^\W\d_]{1,20}){0,2})\s*\)$")
_WORDS_ONLY = r"(?:\\text\s*\{[^{}\d]{1,20}\}|[A-Za-zµ]{1,12})(?:\s*\^\s*\{?\s*-?\d\s*\}?)?"
_UNIT_FRACTION = re.compile(rf"(?<=[\d}} ])\\frac\s*\{{\s*({_WORDS_ONLY})\s*\}}\s*\{{\s*({_WORDS_ONLY})\s*\}}$")
_ONE = r"(\d+(?:\.\d+)?)\s*(?:\\text\s*\{\s*([^\W\d_]{1,12})\s*\}|([^\W\d_]{1,12}))"
_SEVERAL = re.compile(rf"{_ONE}\s*(?:,|and\b|,\s*and\b)?\s*{_ONE}(?:\s*(?:,|and\b|,\s*and\b)?\s*{_ONE})?")


def _of_several(text: str) -> Quantity | None:
    """Of `1 hour 30 minutes` and `5 feet 6 inches`: the amount in the first unit."""
    if not text[:1].isdigit() or not (match := _SEVERAL.fullmatch(text.strip())):
        return None
    found = match.groups()
    amounts = [(found[at], found[at + 1] or found[at + 2]) for at in range(0, 9, 3) if found[at]]
    if not all(is_known(unit) for _, unit in amounts):
        return None
    meanings = [meaning(unit) for _, unit in amounts]
    sizes = [size for _, size in meanings]
    if len({dimension for dimension, _ in meanings}) > 1 or sizes != sorted(sizes, reverse=True):
        return None
    if any(
        Fraction(amount) * size >= larger
        for (amount, _), size, larger in zip(amounts[1:], sizes[1:], sizes, strict=False)
    ):
        return None  # 1 hour 90 minutes is no way to say it
    total = sum((Fraction(amount) * size for (amount, _), size in zip(amounts, sizes, strict=True)), Fraction(0))
    return Quantity(str(total / sizes[0]), amounts[0][1])


def _slashed(found: re.Match[str]) -> str:
    above, below = (re.sub(r"\\text\s*\{([^{}]*)\}", r"\1", part).strip() for part in found.groups())
    return rf"\text{{{above}/{below}}}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number's text, and its unit as it stood there."""

    core: str
    unit: str = ""
    scale: int = 1


NO_QUANTITY: Final = Quantity("")


@lru_cache(maxsize=4096)
def split(text: str, *, joined: bool = False) -> Quantity:
    r"""Cuts the unit off a tidied text.

    Args:
        text: What was tidied.
        joined: One letter right behind digits may be a unit too: `5m`, where a number of meters was asked for.

    >>> split(r"15\text{ cm}^2"), split("$5"), split("x + 1").unit
    (Quantity(core='15', unit='cm^2', scale=1), Quantity(core='5', unit='$', scale=1), '')
    """
    if (several := _of_several(text)) is not None:
        return several
    units: list[str] = []
    core = _UNIT_FRACTION.sub(_slashed, _IN_BRACKETS.sub(r"\1 \2", _MICRO.sub("µ", text.strip())))
    if leading := _LEADING.match(core):
        units.append("rs" if leading["currency"].startswith("Rs") else leading["currency"].lower())
        core = leading["sign"] + core[leading.end() :]
    core, behind, scale = _cut(core, joined=joined)
    units += behind
    if any(unit.startswith("%") for unit in units):
        units = ["%"]  # and the rest of the sentence: 35%입니다
    if (not units and scale == 1) or not (_NUMBER_BEFORE.search(core) or _is_pi_before_words(core, text)):
        return Quantity(text)
    return Quantity(core, _plain(" ".join(units)), scale)


def _is_pi_before_words(core: str, text: str) -> bool:
    return core.endswith(r"\pi") and text[len(core) :].lstrip().startswith((r"\text", "^"))


def _cut(core: str, *, joined: bool) -> tuple[str, list[str], int]:
    """What stands before the units, the units in their order, and the product of words like `million` among them."""
    units: list[str] = []
    scale = 1
    for _ in range(8):
        found = _TRAILING.search(core)
        if not found or not found.start() or not _is_unit(found["unit"], core[: found.start()], joined=joined):
            break
        if "\\circ" in found["unit"] and _NO_ANGLE.search(core[: found.start()]):
            break
        word = re.sub(r"\\text\s*\{([^{}]*)\}", r" \1 ", found["unit"]).strip()
        core = core[: found.start()].rstrip()
        if over := _OVER.search(core):
            core, word = core[: over.start()], f"/{word}"
        if word.lower() in _SCALES:
            scale *= _SCALES[word.lower()]
        elif word:
            units.insert(0, word)
    return core, units, scale


def _is_unit(piece: str, before: str, *, joined: bool) -> bool:
    word = piece.strip()
    if "\\text" in word:
        inside = re.sub(r"\\text\s*\{([^{}]*)\}.*", r"\1", word, flags=re.DOTALL)
        return not re.search(r"(?<!\^)(?<!\^-)\d|\b(?:or|and|maybe|perhaps|not)\b", inside)
    if not word[0].isalpha():
        return True
    letters = re.match(r"[^\W\d_]+", word)
    name = letters[0] if letters else ""
    if name.lower() in _NO_UNIT:
        return False
    known = is_symbol(name) if len(name) < 3 else is_known(name)
    spaced = piece[:1].isspace() or before[-1:].isspace()
    after_word = bool(re.search(r"[A-Za-z}]\s*$", before)) and spaced
    after_number = bool(_NUMBER_BEFORE.search(before)) or before.rstrip()[-1:] in "$/%" or before.endswith("per ")
    if len(name) >= 3 or not name.isascii():
        return after_number or after_word
    joined = joined or before.rstrip()[-1:] in "/*" or len(name) > 1
    return known and (spaced or joined) and (after_number or after_word)


def _plain(unit: str) -> str:
    unit = re.sub(r"\s*\^\s*\{?\s*(-?[1-4])\s*\}?", r"^\1", unit)
    unit = re.sub(r"\^\s*\{?\s*\\circ\s*\}?\s*", "°", unit).replace("\\cdot", "*")
    unit = re.sub(r"\s*/\s*", "/", unit.replace("{", "").replace("}", ""))
    return " ".join(unit.split()).strip(" .")
