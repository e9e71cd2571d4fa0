# ruff: noqa: RUF001 - separators of other scripts
"""Numbers in a text, read as its language writes them.

`1.500` in German and `1,500` in English are both 1500. Constraints compare the numbers of a source and its translation
in `rewards/constraints/checks/translation/numbers.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from rlvr.rewards.languages.formats.locales import scale_words, separators
from rlvr.rewards.languages.numbers.digits import ascii_digits, read_digits
from rlvr.rewards.languages.numbers.han import han_numbers

__all__ = ["Numeral", "han_numbers", "numerals_of", "spelled"]

_GAP = "\u00a0\u202f\u2009 "
_LETTERS = "A-Za-z\u00c0-\u024f\u0370-\u052f"
_NUMBER: Final = re.compile(
    rf"(?<![{_LETTERS}_\d])(?<![{_LETTERS}]-)\d{{1,40}}(?:[.,'’٬٫]\d{{1,40}}|[{_GAP}]\d{{3}}(?!\d)){{0,12}}"
)
_SEPARATOR = re.compile(rf"[.,'’٬٫{_GAP}]")
_SPACED: Final = re.compile(rf"[{_GAP}]")
_WORD = re.compile(r"[^\W\d_]{1,20}")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in a text.

    Args:
        value: Its value, a word like `million` behind it counted in.
        start: Where it begins.
        end: Where it ends, with the word.
        text: As it stands there.
        separated: It has a decimal mark or parted groups.
        proper: They are those of the language.
    """

    value: Decimal
    start: int
    end: int
    text: str
    separated: bool = False
    proper: bool = True


def numerals_of(text: str, language: str) -> list[Numeral]:
    """The numbers of a text.

    `1,5` and `1.5` are one number in German and another in English; what fits neither is read as its parts. Digits
    within a name (`LE7ELS`) are none.

    >>> [str(one.value) for one in numerals_of("1.234,5 km, 3 Millionen, am 24.12.2020", "de")]
    ['1234.5', '3000000', '24', '12', '2020']
    >>> numerals_of("1.5 km", "de")[0].proper
    False
    """
    group, mark = separators(language)
    found = list[Numeral]()
    for match in _NUMBER.finditer(text):
        for start, written in _cut(match[0], match.start(), group):
            found += _read(written, start, group, mark)
    return [_scaled(one, text, language) for one in found]


def _cut(written: str, start: int, group: str) -> list[tuple[int, str]]:
    """A space parts groups only where the language parts them so; elsewhere it parts numbers."""
    if group == " " or not _SPACED.search(written):
        return [(start, written)]
    pieces, at = list[tuple[int, str]](), 0
    for piece in _SPACED.split(written):
        pieces.append((start + at, piece))
        at += len(piece) + 1
    return pieces


def _read(written: str, start: int, group: str, mark: str) -> list[Numeral]:
    parts, marks = _SEPARATOR.split(written), _SEPARATOR.findall(written)
    marks = [" " if one in _GAP else "'" if one == "’" else one for one in marks]
    if not marks:
        return [Numeral(Decimal(ascii_digits(written)), start, start + len(written), written)]
    for own, (its_group, its_mark) in (
        (True, (group, mark)),
        (False, (mark, group)),
        (False, (" ", mark)),
        (False, ("'", mark)),
    ):
        value = read_digits(written, its_group, its_mark) if its_mark != " " else None
        if value is not None:
            proper = own or (its_group == "'" and len(marks) > 1) or (its_group == " " and " " in marks)
            return [Numeral(Decimal(value), start, start + len(written), written, separated=True, proper=proper)]
    found, at = list[Numeral](), start
    for part in parts:
        found.append(Numeral(Decimal(ascii_digits(part)), at, at + len(part), part))
        at += len(part) + 1
    return found


def _scaled(one: Numeral, text: str, language: str) -> Numeral:
    words = scale_words(language)
    at = one.end + (text[one.end : one.end + 1] in tuple(_GAP))
    word = _WORD.match(text, at)
    if word is None:
        return one
    said = word[0].casefold()
    known = next((said[:length] for length in range(len(said), 0, -1) if said[:length] in words), "")
    if not known or (said != known and said[0].isascii()):
        return one
    return Numeral(
        one.value * words[known],
        one.start,
        at + len(known),
        text[one.start : at + len(known)],
        one.separated,
        one.proper,
    )


@cache
def spelled(number: int, language: str) -> frozenset[str]:
    """How a small number is written in words, as cardinal and ordinal; empty where that is not known.

    >>> "drei" in spelled(3, "de"), "xix" in spelled(19, "ro")
    (True, True)
    """
    from num2words import num2words  # pyright: ignore[reportUnknownVariableType]

    base = language.partition("-")[0]
    if number > _LARGEST_SPELLED:
        return frozenset()
    words = {_roman(number)} if number else set[str]()
    for to in ("cardinal", "ordinal"):
        try:
            words.add(str(num2words(number, lang=base, to=to)).casefold())
        except (NotImplementedError, KeyError, IndexError, TypeError, ValueError):
            continue
    return frozenset(
        words | ({"eine", "einen", "einem", "einer", "eines", "ein"} if base == "de" and number == 1 else set())
    )


_LARGEST_SPELLED: Final = 100
_ROMAN: Final = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def _roman(number: int) -> str:
    found = ""
    for value, letters in _ROMAN:
        found += letters * (number // value)
        number %= value
    return found
