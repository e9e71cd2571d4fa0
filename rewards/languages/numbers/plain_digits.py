"""Text with its numbers in plain digits: `1.234,50 €` as `1234.50 €`, whatever its language writes."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

from rlvr.rewards.languages.formats.locales import scale_words
from rlvr.rewards.languages.numbers.digits import APART, GAP, convention, read_digits, read_run
from rlvr.rewards.languages.numbers.han import spell_out_scales

_LETTERS = "A-Za-z\u00c0-\u024f\u0370-\u052f"
RUN: Final = re.compile(
    rf"(?<![{_LETTERS}_\d])(?<![{_LETTERS}]-)(?<!\d[.,])\d{{1,40}}(?:[{re.escape(APART)}]\d{{1,40}}|[{GAP}]\d{{3}}(?!\d)){{0,12}}"
)
"""Digits of any script, and what may stand between them."""
_SEPARATED = re.compile(rf"\d[{re.escape(APART)}]\d|\d[{GAP}]\d{{3}}(?!\d)")
_CLOSED = re.compile(r"\{\s*,\s*\}")
_WORD = re.compile(r"[\s\u00a0\u202f]?([^\s\d.,;:!?()%]{1,20})")
_ENGLISH: Final = (",", ".")


def has_separators(text: str) -> bool:
    """Whether a text has a number with signs between its digits, so that its language tells."""
    return _SEPARATED.search(text) is not None


def has_foreign(text: str) -> bool:
    """Whether a text has a number that English does not write so, and that is no list.

    >>> has_foreign("1,234.50 and 72,71"), has_foreign("1.234,50")
    (False, True)
    """
    return not text.isascii() or any(
        read_digits(match[0], *_ENGLISH) is None and _is_foreign(match[0]) for match in RUN.finditer(text)
    )


_SCALED = re.compile(
    r"\d\s?(?:milion|mili[aoõã]|millon|millón|milliard|milliá|miljo|miljard|miljon|millioner|millionen|milljón|mln|mld|mrd|mio\b|"
    r"tausend|duizend|tusen|tusind|tisíc|tys|tuhat|ezer|þúsund|mii\b|mil\b|тыс|тис|млн|млрд|миллион|мільйон|लाख|करोड़|हज़ार|ألف|آلاف|مليون|مليار)",
    re.IGNORECASE,
)


def has_scale_word(text: str) -> bool:
    """Whether a word behind a number may multiply it, so that its language must be known; a quick look.

    >>> has_scale_word("12 Millionen"), has_scale_word("12 miles")
    (True, False)
    """
    return _SCALED.search(text) is not None


def signs_of(text: str) -> list[str]:
    """The separators of the numbers of a text, one by one.

    >>> signs_of("1.234,50 and 7")
    ['.,', '']
    """
    return [re.sub(r"\d", "", match[0]) for match in RUN.finditer(text)]


def in_plain_digits(text: str, language: str = "") -> str:
    """The text with its numbers in ASCII digits and a decimal point.

    Args:
        text: Any text.
        language: What it is written in. Where it is not known, only numbers that every convention reads alike are
            changed. Lists like `72,71` stay lists where the comma groups thousands.

    >>> in_plain_digits("R$ 1.234,50"), in_plain_digits("2,5 Millionen", "de"), in_plain_digits("1.234")
    ('R$ 1234.50', '2500000 Millionen', '1.234')
    """
    if not any(char.isdigit() for char in text):
        return text
    text = spell_out_scales(_CLOSED.sub(",", text) if language and convention(language) != _ENGLISH else text)
    scales = _scales(language)
    english = language[:2] == "en"

    def plain(match: re.Match[str]) -> str:
        run = match[0]
        if english and read_digits(run, *_ENGLISH) is None and not _is_foreign(run):
            return run
        found = read_run(run, language)
        if found is None:
            return run
        if scales and (word := _WORD.match(text, match.end())) and (scale := _scale(word[1], scales)):
            value = Fraction(found) * scale
            return str(value) if value.denominator == 1 else f"{float(value):.12g}"
        return found if found != run else run

    return RUN.sub(plain, text)


def _is_foreign(run: str) -> bool:
    """Whether a number of an English text cannot be a list: two kinds of separators, or one that parts no list."""
    return ("." in run and "," in run) or any(sign in run for sign in GAP + "'\u2019") or run.count(".") > 1


@lru_cache(maxsize=64)
def _scales(language: str) -> dict[str, int]:
    base = language.replace("_", "-").partition("-")[0]
    return {} if base in ("", "en", "zh", "ja", "ko") else scale_words(language.replace("_", "-"))


def _scale(word: str, scales: dict[str, int]) -> int:
    said = word.casefold()
    if said not in scales and (len(said) < 2 or said.isascii()):
        return 0
    return scales.get(said) or next((scales[said[:end]] for end in range(len(said), 2, -1) if said[:end] in scales), 0)
