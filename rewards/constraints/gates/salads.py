"""Texts that no one writes: words in no order, the same ones over and over, the prompt's own, letters at random."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from rlvr.rewards.languages.evidence.word_order import Order, bits_of

FEWEST_PAIRS: Final = 12
_VARIED: Final = 0.03
_MOST_FREQUENT: Final = 0.6
_COPIED: Final = 0.8
_FEWEST_WORDS: Final = 8
_VOICED: Final = 0.4
_VOWELS = frozenset("aeiouyæøœə\u0131\u02bb")
_WORD = re.compile(r"[^\W\d_]+")


def disordered(words: Sequence[str], order: Order) -> str | None:
    """Why words stand in no order of their language, or `None`.

    Args:
        words: As `word_order.split` gives them.
        order: Of their language.

    >>> from rlvr.rewards.languages.evidence.word_order import order_of, split
    >>> salad = "house river green walk table quickly sing open yellow mother paper cloud seven run gentle stone"
    >>> disordered(split(salad), order_of("en")) is None, disordered(split(f"{salad} {salad} {salad}"), order_of("en"))
    (True, 'words that form no sentence: -0.40 bits in 47 pairs')
    """
    bits, pairs = bits_of(words, order)
    if pairs < FEWEST_PAIRS or bits + allowance(pairs) >= order.least:
        return None
    return f"words that form no sentence: {bits:.2f} bits in {pairs} pairs"


def allowance(pairs: int) -> float:
    """What is added to the mean of so many pairs for chance: few pairs say little.

    >>> round(allowance(12), 2), round(allowance(100), 2)
    (0.54, 0.13)
    """
    return 1.0 / pairs**0.5 + 3.0 / pairs


def repetitive(words: Sequence[str], given: Collection[str] = ()) -> str | None:
    """Why a text is too much of the same, or `None`.

    Args:
        words: Its words, in small letters.
        given: Words that it was asked to repeat.

    >>> repetitive(["la"] * 40), repetitive("it rained and it rained and then it rained some more".split())
    ('1 different words in 40: it repeats itself', None)
    """
    words = [word for word in words if word[0].isalpha()]
    counts = Counter(words)
    if len(counts) < _VARIED * min(len(words), 4000) or (len(words) > 20 and len(counts) < 4):
        return f"{len(counts)} different words in {len(words)}: it repeats itself"
    word, count = next(((word, count) for word, count in counts.most_common(9) if word not in given), ("", 0))
    if len(words) > 20 and count > _MOST_FREQUENT * len(words):
        return f"it repeats {word!r}"
    return None


def copies(answer: Sequence[str], prompt: Sequence[str]) -> bool:
    """Whether an answer is the prompt, from its first words to its last, and hardly anything else.

    >>> prompt = "write a long poem about the sea and the small boats that cross it at night".split()
    >>> copies(prompt, prompt), copies(prompt[4:], prompt)
    (True, False)
    """
    if len(answer) < _FEWEST_WORDS or len(prompt) < _FEWEST_WORDS:
        return False
    runs, ours = _runs(prompt, 3), _runs(answer, 3)
    ends = {tuple(prompt[:3]), tuple(prompt[-3:])}
    return ends <= ours and len(runs & ours) >= _COPIED * len(ours)


def unreadable(words: Sequence[str]) -> str | None:
    """Why words are none, or `None`: most of one or two letters, or Latin ones without a vowel.

    >>> unreadable("qz xv kw jj bq zz pf vk wq rx tq hb".split()), unreadable("to be or not to be".split())
    ('words without vowels', None)
    """
    letters = [word for word in words if word[0].isalpha()]
    spelt = [word for word in letters if word[0] <= "\u024f"]
    if len(spelt) < FEWEST_PAIRS or 2 * len(spelt) < len(letters):
        return None
    voiced = sum(bool(set(unicodedata.normalize("NFD", word)) & _VOWELS) for word in spelt)
    if voiced < _VOICED * len(spelt):
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
