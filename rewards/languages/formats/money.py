"""Sums of money in a text: value, currency, and on which side of the number its symbol stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal

from rlvr.rewards.languages.formats.locales import locale_of
from rlvr.rewards.languages.numbers.numerals import numerals_of

Side = Literal["before", "after", "word"]
"""Where the currency stands; its name, as against a symbol or code, is a `word`."""

_SYMBOLS: Final = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "JP¥": "JPY", "￥": "CNY", "CN¥": "CNY", "CA$": "CAD",
    "AU$": "AUD", "₽": "RUB", "₹": "INR", "₩": "KRW", "zł": "PLN", "R$": "BRL", "₴": "UAH", "₺": "TRY", "Kč": "CZK",
    "Ft": "HUF", "₪": "ILS", "₫": "VND", "฿": "THB",
}  # fmt: skip
_CODES: Final = ("USD", "EUR", "GBP", "JPY", "CNY", "RMB", "RUB", "INR", "KRW", "PLN", "BRL", "CHF", "SEK", "NOK",
                 "DKK", "CZK", "HUF", "RON", "UAH", "TRY", "CAD", "AUD", "MXN", "ILS", "VND", "THB")  # fmt: skip
_NAMES: Final = {
    "USD": "dollar dollars dollari доллар доллара долларов долларах dólar dólares dolari dolarów 美元 ドル 달러",
    "EUR": "euro euros евро 欧元 ユーロ 유로",
    "GBP": "sterling 英镑 ポンド",
    "RUB": "ruble rubles rouble roubles rubel рубль рубля рублей rublos roubles ruble 卢布 ルーブル",
    "JPY": "yen иена иены иен 日元 円",
    "CNY": "yuan юань юаня юаней 人民币 元",
    "RON": "lei leu леев 列伊",
    "CHF": "franken francs franchi франк франка франков 瑞士法郎",
}
_SIGN = "|".join(sorted((re.escape(one) for one in (*_SYMBOLS, *_CODES)), key=len, reverse=True))
_BEFORE = re.compile(rf"(?<![A-Za-z])({_SIGN})[\u00a0\u202f ]?\Z")
_AFTER = re.compile(rf"[\u00a0\u202f ]?({_SIGN})(?![A-Za-z])")
_WORD = re.compile(r"[\u00a0\u202f ]?(?:US[- ]|de )?([^\W\d_]{1,20})")


@dataclass(frozen=True, slots=True)
class Money:
    """A sum of money."""

    value: Decimal
    currency: str
    side: Side
    proper: bool


def money_of(text: str, language: str) -> list[Money]:
    """The sums of a text.

    >>> [(str(one.value), one.currency, one.side) for one in money_of("$5 million or 3,50 €", "en")]
    [('5000000', 'USD', 'before'), ('3.50', 'EUR', 'after')]
    """
    found = list[Money]()
    for number in numerals_of(text, language):
        before = _BEFORE.search(text, max(0, number.start - 5), number.start)
        after = _AFTER.match(text, number.end)
        word = _WORD.match(text, number.end)
        if before:
            found.append(Money(number.value, _currency(before[1]), "before", number.proper))
        elif after:
            found.append(Money(number.value, _currency(after[1]), "after", number.proper))
        elif word and (named := _named(word[1].casefold())):
            found.append(Money(number.value, named, "word", number.proper))
    return found


@cache
def side_of(language: str) -> Side:
    """On which side of the number a language has the symbol.

    >>> side_of("de"), side_of("en")
    ('after', 'before')
    """
    formats: Any = locale_of(language).currency_formats
    return "before" if str(formats["standard"].pattern).partition(";")[0].startswith("¤") else "after"


def _currency(sign: str) -> str:
    return {"RMB": "CNY"}.get(sign, _SYMBOLS.get(sign, sign))


def _named(word: str) -> str:
    for currency, names in _NAMES.items():
        for name in names.split():
            if word == name or (not name.isascii() and name > "\u2e80" and word.startswith(name)):
                return currency
    return ""
