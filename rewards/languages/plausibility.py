"""Whether letters follow one another as in a language: a small model of pairs of letters, made from Unicode's own data.

The names of countries, languages, currencies and months that CLDR has in every language (in Babel, offline) are a few
thousand words written in it. Of a text the mean of log p(b | a) / p(b) over its pairs of letters is taken, in bits: in
writing a letter tells something of the next one, in random or shuffled letters it does not.

For characters of which there are thousands the national standards say which ones are frequent: random ones are mostly
not.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from typing import Any, Final

from rlvr.rewards.languages.scripts import LETTER, code_of

_LEAST_WORDS, _ADDED = 800, 0.05
_FREQUENT: Final = {
    "Hans": ("gb2312", 0xB0, 0xD7),
    "Hant": ("big5", 0xA4, 0xC6),
    "Jpan": ("euc_jp", 0xB0, 0xCF),
    "Kore": ("euc_kr", 0xB0, 0xC8),
}
"""Codec of a national standard, and the leading bytes of its frequent characters."""

_WORD = re.compile(rf"(?:(?![\d_]){LETTER})+")


def coherence(text: str, tag: str) -> float | None:
    """How much a letter tells of the next one, in bits, by a model of the language.

    Args:
        text: Any; its first 4,000 characters count.
        tag: The language it should be in.

    Returns:
        About 0.3 in writing, below -0.5 in noise; `None` where the language has no alphabet or CLDR
        does not know it well enough, or the text has fewer than 12 pairs of letters.

    >>> text, other = "Er ging mit einem Freund in die kleine Stadt", "rE nggi imt eiemn nderFu ni edi nleiek ttSad"
    >>> coherence(text, "de") > 0.3, coherence(other, "de") < -0.3
    (True, True)
    """
    model = _model(tag)
    if model is None:
        return None
    pairs = [pair for word in _WORD.findall(text[:4000].casefold()) for pair in _pairs(word)]
    if len(pairs) < 12:
        return None
    return sum(_bits(model, pair) for pair in pairs) / len(pairs)


def frequent_share(text: str, tag: str) -> float | None:
    """The share of its characters that are frequent ones of the language; `None` where that is not told by a standard.

    >>> frequent_share("我喜欢在周末散步", "zh"), frequent_share("龘靐齉爩鱻麤", "zh"), frequent_share("Hi", "en")
    (1.0, 0.0, None)
    """
    if (standard := _FREQUENT.get(code_of(tag))) is None:
        return None
    codec, low, high = standard
    found = [letter for letter in text[:4000] if "\u3400" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3"]
    if not found:
        return None
    return sum(low <= (letter.encode(codec, "ignore") or b"\0")[0] <= high for letter in found) / len(found)


def _pairs(word: str) -> list[str]:
    padded = f"^{word}$"
    return [padded[i : i + 2] for i in range(len(padded) - 1)]


@lru_cache(maxsize=64)
def _model(tag: str) -> tuple[Counter[str], Counter[str], Counter[str]] | None:
    """Counts of pairs, of their first and of their second letters."""
    words = _words(tag)
    if len(words) < _LEAST_WORDS:
        return None
    pairs = Counter(pair for word in words for pair in _pairs(word))
    first, second = Counter[str](), Counter[str]()
    for (a, b), count in pairs.items():
        first[a] += count
        second[b] += count
    return pairs, first, second


def _bits(model: tuple[Counter[str], Counter[str], Counter[str]], pair: str) -> float:
    pairs, first, second = model
    total, kinds = first.total(), len(second) + 1
    chance = (second[pair[1]] + _ADDED) / (total + _ADDED * kinds)
    # Backs off to chance where the first letter is rare: an unknown letter says nothing either way.
    given = (pairs[pair] + _ADDED * kinds * chance) / (first[pair[0]] + _ADDED * kinds)
    return math.log2(given / chance)


@lru_cache(maxsize=64)
def _words(tag: str) -> list[str]:
    from babel import Locale, UnknownLocaleError

    if code_of(tag) in _FREQUENT:
        return []
    try:
        locale = Locale.parse(tag, sep="-", resolve_likely_subtags=True)
    except (UnknownLocaleError, ValueError):
        return []
    names: list[Any] = [*locale.territories.values(), *locale.languages.values(), *locale.currencies.values()]
    for calendar in (locale.months, locale.days):
        names += [name for width in calendar["format"].values() for name in width.values()]
    return [word for name in dict.fromkeys(map(str, names)) for word in _WORD.findall(name.casefold())]
