# ruff: noqa: RUF001, RUF002 - Chinese characters
"""Numbers in Chinese characters, and digits with the scales of Chinese, Japanese and Korean behind them."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

_DIGITS: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "兩": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_UNITS: Final = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_GROUPS: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_WRITTEN = re.compile(rf"[{''.join((*_DIGITS, *_UNITS, *_GROUPS))}]+")
_RUN = re.compile("[零一二三四五六七八九〇两兩十百千万萬亿億]{1,30}")
_SCALES: Final = {
    **_GROUPS, "만": 10**4, "억": 10**8, "조": 10**12, "千": 1000, "百": 100, "천": 1000, "백": 100, "십": 10, "十": 10,
}  # fmt: skip
_SCALE = r"[十百千십백천]?[万萬亿億兆만억조]|千(?![克米瓦焦卡帕伏赫字])|百(?!分)|[천백](?![\uac00-\ud7a3]{2})"
_AMOUNT = re.compile(
    rf"\d[\d,]{{0,30}}(?:\.\d{{1,20}})?\s?(?:{_SCALE})(?:\s?\d[\d,]{{0,30}}(?:\.\d{{1,20}})?\s?(?:{_SCALE}))*(?:\d{{1,4}}(?![\d.,]))?"
)
_TERM = re.compile(rf"(\d[\d,]*(?:\.\d+)?)\s?({_SCALE})?")


def han_number(text: str) -> Fraction | None:
    """A number written out in Chinese characters, a fraction or percentage included; `None` for anything else.

    >>> han_number("二十五"), han_number("三分之二"), han_number("百分之二十"), han_number("25")
    (Fraction(25, 1), Fraction(2, 3), Fraction(1, 5), None)
    >>> han_number("一亿二千万")
    Fraction(120000000, 1)
    """
    below, fraction, above = text.partition("分之")
    if fraction:
        parts = [han_number(part) for part in (below, above)]
        return parts[1] / parts[0] if parts[0] and parts[1] is not None else None
    whole, point, decimals = text.partition("点")
    if not _WRITTEN.fullmatch(whole) or (point and not all(char in _DIGITS for char in decimals)):
        return None
    tail = Fraction(int("".join(str(_DIGITS[char]) for char in decimals)), 10 ** len(decimals)) if decimals else 0
    return _value(whole) + tail


def han_numbers(text: str) -> list[int]:
    """Numbers written in Chinese characters.

    >>> han_numbers("五千美元，二十二日，一百零三，三万五千")
    [5000, 22, 103, 35000]
    """
    return [int(_value(match[0])) for match in _RUN.finditer(text)]


def _value(letters: str) -> Fraction:
    if len(letters) > 1 and all(letter in _DIGITS for letter in letters):
        return Fraction(int("".join(str(_DIGITS[letter]) for letter in letters)))
    total = section = digit = 0
    for letter in letters:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        elif letter in _UNITS:
            section, digit = section + (digit or 1) * _UNITS[letter], 0
        else:
            group = _GROUPS[letter]
            below = max(1, section + digit)
            total = (total + section + digit) * group if 0 < total < group else total + below * group
            section = digit = 0
    return Fraction(total + section + digit)


def spell_out_scales(text: str) -> str:
    """Digits with 万, 億, 만 and their like behind them as plain digits.

    >>> spell_out_scales("3万元, 1億2000万円, 5천만 원, 3千克")
    '30000元, 120000000円, 50000000 원, 3千克'
    """
    return _AMOUNT.sub(lambda found: _plain(_amount(found[0])), text)


def has_scale(text: str) -> bool:
    """Whether a text has one of those scales behind digits."""
    return not text.isascii() and _AMOUNT.search(text) is not None


def _amount(text: str) -> Fraction:
    total = Fraction(0)
    for term in _TERM.finditer(text):
        factor = 1
        for letter in term[2] or "":
            factor *= _SCALES[letter]
        total += Fraction(term[1].replace(",", "")) * factor
    return total


def _plain(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):.12g}"
