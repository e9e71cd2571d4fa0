# ruff: noqa: RUF001 - letters of many scripts
"""Numbers as languages write them: separators by locale, words, and Chinese numerals."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from rlvr.rewards.languages.numbers.digits import read_run
from rlvr.rewards.languages.numbers.exact import MOST_DIGITS
from rlvr.rewards.languages.numbers.han import han_number

_RUN = re.compile(r"([-+]?)(\d[\d.,' \u00a0\u202f’٬٫،]*)")
_PLAIN = re.compile(r"([-+]?)(?:([1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3}|\d+)(\.\d*)?|(\.\d+))")
_POINTS = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+|[-+]?\d{1,3}(?:\.\d{3}){2,}")
_COMMA = re.compile(r"[-+]?\d+,\d+")
_SPACED = re.compile(r"[-+]?\d{1,3}(?:[ '’_\u00a0\u202f]\d{3})+(?:[.,]\d+)?")


def plain_number(text: str) -> Fraction | None:
    """A number in digits, English or Indian groups included; `None` for anything else.

    >>> plain_number("-1,234.50"), plain_number("12,34,567"), plain_number("3,5")
    (Fraction(-2469, 2), Fraction(1234567, 1), None)
    """
    match = _PLAIN.fullmatch(text)
    if not match or len(text) > MOST_DIGITS:
        return None
    sign, whole, decimals, bare = match.groups()
    digits = whole.replace(",", "") if whole else "0"
    value = Fraction(int(digits)) if not decimals and not bare else Fraction(f"{digits}{decimals or bare}0")
    return -value if sign == "-" else value


def localized_number(text: str, language: str = "") -> Fraction | None:
    """A number in the separators of a language; where none is known, in whatever can be read in one way only.

    Args:
        text: Digits and separators.
        language: A language or locale code, as Babel knows them (`de`, `en_IN`).

    >>> localized_number("1.234,5"), localized_number("3,5"), localized_number("1.234", "de")
    (Fraction(2469, 2), Fraction(7, 2), Fraction(1234, 1))
    """
    if len(text) > MOST_DIGITS:
        return None
    if language and (run := _RUN.fullmatch(text)):
        found = read_run(run[2], language)
        return None if found is None else Fraction(found) * (-1 if run[1] == "-" else 1)
    if _POINTS.fullmatch(text):
        return plain_number(text.replace(".", "").replace(",", "."))
    if _SPACED.fullmatch(text):
        return plain_number(re.sub(r"[ '’_\u00a0\u202f]", "", text).replace(",", "."))
    if _COMMA.fullmatch(text) and plain_number(text) is None:
        return plain_number(text.replace(",", "."))
    return None


def number_in_words(text: str, language: str = "") -> Fraction | None:
    """A number written out, in Chinese numerals or in the words of a language (English where none is known).

    >>> number_in_words("forty-two"), number_in_words("\u4e8c\u5341\u4e94"), number_in_words("vingt", "fr")
    (Fraction(42, 1), Fraction(25, 1), Fraction(20, 1))
    """
    text = text.strip().lower()
    if (written := han_number(text)) is not None:
        return written
    if not text or len(text) > 80 or not re.fullmatch(r"[^\W\d_][^\W\d_ '-]*(?:[ '-]+[^\W\d_]+)*", text):
        return None
    found = _words(language.replace("-", "_").partition("_")[0] or "en").get(_squeezed(text))
    return None if found is None else Fraction(found)


def ordinal_in_words(text: str, language: str = "") -> Fraction | None:
    """An ordinal up to a hundred in words.

    >>> ordinal_in_words("third"), ordinal_in_words("twenty-first")
    (Fraction(3, 1), Fraction(21, 1))
    """
    found = _ordinals(language.replace("-", "_").partition("_")[0] or "en").get(_squeezed(text.strip()))
    return None if found is None else Fraction(found)


@lru_cache(maxsize=16)
def _ordinals(language: str) -> dict[str, int]:
    from num2words import num2words  # pyright: ignore[reportUnknownVariableType]

    try:
        return {_squeezed(str(num2words(value, lang=language, to="ordinal"))): value for value in range(1, 101)}
    except (NotImplementedError, TypeError, ValueError, KeyError):
        return {}


def _squeezed(text: str) -> str:
    return re.sub(r"[\s'-]+|\band\b", "", text.lower())


@lru_cache(maxsize=16)
def _words(language: str) -> dict[str, int]:
    from num2words import num2words  # pyright: ignore[reportUnknownVariableType]

    try:
        return {
            _squeezed(str(num2words(value, lang=language))): value  # pyright: ignore[reportUnknownArgumentType]
            for value in (*range(1001), *range(1100, 10_000, 100), *range(10_000, 100_001, 1000), 10**6, 10**9)
        }
    except NotImplementedError:
        return {}
