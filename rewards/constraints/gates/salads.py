"""Texts that no one writes: words in no order, the same ones over and over, the prompt's own, letters at random."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rlvr.rewards.languages.word_order import PAUSE, Order, bits_of

LEAST_ORDER: Final = 0.05
"""Bits that a text's pairs of words must carry, with `ERROR` over the root of their number added for chance.

Of chunks of the texts that the table was counted from, in any of its languages, 0.1 % to 0.5 % fall below it.
"""
ERROR: Final = 1.5
FEWEST_PAIRS: Final = 12
_VARIED: Final = 0.03
_MOST_FREQUENT: Final = 0.4
_COPIED, _COVERED, _SHUFFLED, _OWN = 0.8, 0.75, 0.3, 0.85
_VOWELS = frozenset("aeiouyæøœıəwʻ")
_WORD = re.compile(r"[^\W\d_]+")


def disordered(words: Sequence[str], order: Order) -> str | None:
    """Why words stand in no order of their language, or `None`.

    Args:
        words: As `word_order.split` gives them.
        order: Of their language.

    >>> from rlvr.rewards.languages.word_order import order_of, split
    >>> salad = "house river green walk table quickly sing open yellow mother paper cloud seven run gentle stone"
    >>> disordered(split(salad), order_of("en")) is None, disordered(split(f"{salad} {salad} {salad}"), order_of("en"))
    (True, 'words that form no sentence: -0.47 bits in 47 pairs')
    """
    bits, pairs = bits_of(words, order)
    if pairs < FEWEST_PAIRS or bits + ERROR / pairs**0.5 >= LEAST_ORDER:
        return None
    return f"words that form no sentence: {bits:.2f} bits in {pairs} pairs"


def repetitive(words: Sequence[str]) -> str | None:
    """Why a text is too much of the same, or `None`.

    >>> repetitive(["la"] * 40), repetitive("it rained and it rained and then it rained some more".split())
    ('1 different words in 40: it repeats itself', None)
    """
    words = [word for word in words if word != PAUSE]
    counts = Counter(words)
    if len(counts) < _VARIED * min(len(words), 4000) or (len(words) > 20 and len(counts) < 4):
        return f"{len(counts)} different words in {len(words)}: it repeats itself"
    word, count = counts.most_common(1)[0] if counts else ("", 0)
    if len(words) > 20 and count > _MOST_FREQUENT * len(words):
        return f"it repeats {word!r}"
    return None


def copies(answer: Sequence[str], prompt: Sequence[str]) -> str | None:
    """Why an answer is nothing but the prompt, in its order or another, or `None`.

    Args:
        answer: Its words, in small letters.
        prompt: Those of the prompt.

    >>> prompt = "write a long poem about the sea and the small boats that cross it at night".split()
    >>> copies(prompt, prompt), copies(prompt[::-1], prompt)
    ('it is the prompt', "it is the prompt's words in another order")
    """
    own, given = set(prompt), Counter(prompt)
    if len(answer) < FEWEST_PAIRS or sum(word in own for word in answer) < _OWN * len(answer):
        return None
    runs, pairs = _runs(prompt, 3), _runs(prompt, 2)
    ours = _runs(answer, 3)
    covered = len(runs & ours) / len(runs) if runs else 0.0
    if len(runs & ours) >= _COPIED * len(ours) and covered >= _COVERED:
        return "it is the prompt"
    kept = len(_runs(answer, 2) & pairs) / max(1, len(_runs(answer, 2)))
    used = (given & Counter(answer)).total() / len(prompt)
    return "it is the prompt's words in another order" if kept < _SHUFFLED and used >= 0.5 else None


def unreadable(words: Sequence[str]) -> str | None:
    """Why words are none, or `None`: most of one or two letters, or Latin ones without a vowel.

    >>> unreadable("qz xv kw jj bq zz pf vk".split()), unreadable("to be or not to be my old one".split())
    ('words without vowels', None)
    """
    spelt = [word for word in words if word != PAUSE and word[0] <= "\u024f"]
    if len(spelt) < 8 or 2 * len(spelt) < len(words) - words.count(PAUSE):
        return None
    voiced = sum(bool(set(unicodedata.normalize("NFD", word)) & _VOWELS) for word in spelt)
    if 2 * voiced < len(spelt):
        return "words without vowels"
    single = sum(len(word) == 1 for word in spelt)
    return "single letters" if 2 * single > len(spelt) else None


def plain_words(text: str) -> list[str]:
    """Words in small letters, without marks and digits.

    >>> plain_words("It's 5 o'clock.")
    ['it', 's', 'o', 'clock']
    """
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return set(zip(*(words[at:] for at in range(size)), strict=False))
