"""Whether words follow one another as in a language: a small model of pairs of its frequent words, and all others.

Of a text the mean of log p(b | a) / p(b) over its pairs is taken, in bits, as `plausibility` does for letters. Who
writes puts a noun behind an article and no comma; in shuffled words `the the` and `of.` are as frequent as chance has
them, and in a row of words that all say something there are no frequent ones where half should be. A line's end and any
mark but those of sentences part pairs, so a list of names has few and is no evidence.

The counts were made by `benchmarks/word_order.py`, which names the texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypedDict

OTHER: Final = "*"
"""Stands for all words that are not frequent."""

STOPS: Final = {".": ".!?…", ",": ",;:"}
"""Marks that belong to sentences, as two classes."""

ZERO: Final = "P"
"""The letter for no evidence: each letter after it is a tenth of a bit more, each before it one less."""

_LEAST, _LEAST_OF_MANUALS = 0.05, -0.2
_QUOTATIONS: Final = frozenset(("en", "de", "es", "it", "pt", "ru", "pl", "cs"))
"""Languages whose counts come from quotations and stories too."""

TABLE: Final = Path(__file__).with_name("word_order.json")
_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|[.,;:!?…]|\n|[^\w\s]|\d+|_+")

_ASCII_TOKEN = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*|[.,;:!?]|[^ \t\r\w]|\d+|_+", re.ASCII)


class _Table(TypedDict):
    words: str
    follows: list[str]


@dataclass(frozen=True)
class Order:
    """What is known of a language.

    Args:
        language: Its code.
        classes: The number of each frequent word, then of each mark.
        words: How many of them are words.
        bits: For each of them, and last for any other word, the evidence of what follows.
        least: The mean evidence below which a text is in no order: lower where the table was counted from manuals and a
            declaration alone, in which nobody says `I` or `you`.
    """

    language: str
    classes: dict[str, int]
    words: int
    bits: tuple[tuple[float, ...], ...]
    least: float


def split(text: str) -> list[str]:
    """Words, numbers, marks and line ends of a text.

    >>> split("so it was, in 1984 (they said)")
    ['so', 'it', 'was', ',', 'in', '1984', '(', 'they', 'said', ')']
    """
    return (_ASCII_TOKEN if text.isascii() else _TOKEN).findall(text)


def order_of(language: str) -> Order | None:
    """What is known of a language; `None` for one written without spaces, or of which too little is there.

    >>> order_of("en").classes["the"] < 120, order_of("zh") is None
    (True, True)
    """
    return _orders().get(language.partition("-")[0].lower())


def bits_of(words: Sequence[str], order: Order) -> tuple[float, int]:
    """The mean evidence of pairs of words, in bits, and how many pairs there are.

    >>> english = order_of("en")
    >>> bits_of(split("he went to the house of a friend and they talked for a while in the garden"), english)[0] > 0.3
    True
    >>> bits_of(split("the to of went house a and friend he talked in they while the a garden for"), english)[0] < -0.5
    True
    """
    bits, pairs, _, _ = measure(words, order)
    return bits, pairs


def measure(words: Sequence[str], order: Order) -> tuple[float, int, int, int]:
    """What `bits_of` gives, how many words there are, and frequent ones among them: in one go, since a gate asks all.

    >>> measure(split("the cat sat, and the dog ran"), order_of("en"))[1:]
    (7, 7, 3)
    """
    get, bits, words_known, other = order.classes.get, order.bits, order.words, len(order.bits) - 1
    total, pairs, spoken, frequent, row, mark = 0.0, 0, 0, 0, None, False
    for word in words:
        at = get(word)
        if at is None:
            if not word[0].isalpha():
                row = None
                continue
            at, stops = other, False
            spoken += 1
        elif stops := at >= words_known:
            if mark:
                row = bits[at]
                continue
        else:
            spoken += 1
            frequent += 1
        if row is not None:
            total += row[at]
            pairs += 1
        row, mark = bits[at], stops
    return (total / pairs if pairs else 0.0), pairs, spoken, frequent


@cache
def _orders() -> dict[str, Order]:
    read: dict[str, _Table] = json.loads(TABLE.read_text(encoding="utf-8"))
    found = dict[str, Order]()
    for language, table in read.items():
        words, lines = table["words"].split(), table["follows"]
        bits = tuple(tuple((ord(letter) - ord(ZERO)) / 10 for letter in line) for line in lines)
        least = _LEAST if language in _QUOTATIONS else _LEAST_OF_MANUALS
        classes = {word: number for number, word in enumerate(words)}
        for number, marks in enumerate(STOPS.values(), start=len(words)):
            classes |= dict.fromkeys(marks, number)
        found[language] = Order(language, classes, len(words), bits, least)
    return found
