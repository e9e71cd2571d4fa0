"""Does it repeat itself where its source does not?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rlvr.rewards.translation.guards.segment import Segment, words_of

_TIMES, _PERIODS, _LETTERS, _SIZE, _SHARE = 3, 8, 8, 4, 0.25
_HALF, _CHARACTERS, _SAID, _LAUGHTER, _BRIEF = 3, 5, 8, 15, 40
_MOST: Final = 4000
_TOKEN = re.compile(r"\w+|[^\w\s]")


def repeated(segment: Segment) -> str | None:
    """No words come three times in a row, no character eight times, and few runs of four words come twice.

    More than that is let off where the source or a reference does the same.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> repeated(Segment("Das Haus ist rot rot rot rot.", "The house is red.", Pair("en", "de")))
    '`rot` comes 4 times in a row'
    """
    texts = (segment.source, *segment.references)
    row, what = _in_a_row(segment.hypothesis)
    if row >= _TIMES and row > max(_in_a_row(text)[0] for text in texts) and not (len(what) == 1 and _laughs(texts)):
        return f"`{what}` comes {row} times in a row"
    if _doubled(segment.words) and not any(map(_halved, (segment.source_words, *segment.reference_words))):
        return "it is said twice over"
    if (again := _again(segment.sentences)) and not any(map(_again, segment.known_sentences)):
        return f"a sentence comes again: `{again[:80]}`"
    same, letter = _same_letters(segment.hypothesis)
    most = max(_same_letters(text)[0] for text in texts)
    # Who laughs or shouts in one language does in the other, and longer.
    if same >= _LETTERS and same > max(most, _LAUGHTER if _laughs(texts) else 0):
        return f"`{letter}` comes {same} times in a row"
    share = _twice(segment.words)
    if share > _SHARE + max(map(_twice, (segment.source_words, *segment.reference_words))):
        return f"{share:.0%} of its runs of {_SIZE} words come again"
    return None


def _in_a_row(text: str) -> tuple[int, str]:
    """How many times a unit of up to eight words or signs comes in a row at most, and the unit."""
    tokens = [part for token in _TOKEN.findall(text[:_MOST].casefold()) for part in (words_of(token) or [token])]
    most, what = 1, ""
    for period in range(1, _PERIODS + 1):
        equal = 0
        for i in range(period, len(tokens)):
            equal = equal + 1 if tokens[i] == tokens[i - period] else 0
            unit = tokens[i - period + 1 : i + 1]
            # Three points are an ellipsis, and a character twice is a word in Chinese: of these one more is let off.
            times = equal // period + 1 - (period <= 2 and all(len(token) == 1 for token in unit))
            if times > most:
                most, what = times, " ".join(unit)
    return most, what


def _doubled(words: Sequence[str]) -> bool:
    """Whether a text is its first half twice, the half of three words at least, or of five characters."""
    return _halved(words) and len(words) >= (2 * _CHARACTERS if all(len(word) == 1 for word in words) else 2 * _HALF)


def _halved(words: Sequence[str]) -> bool:
    """Whether a text is its first half twice, or one part of a word is."""
    parts = [part for word in words for part in word.casefold().split("-")]
    half = len(parts) // 2
    return half > 0 and len(parts) % 2 == 0 and parts[:half] == parts[half:]


def _again(sentences: Sequence[str]) -> str | None:
    """A sentence of three words or eight characters that stands there twice."""
    seen = set[str]()
    for sentence in sentences:
        words = words_of(sentence.casefold())
        flat = " ".join(words)
        if len(words) >= _HALF and len(flat) >= _SAID and flat in seen:
            return sentence
        seen.add(flat)
    return None


def _laughs(texts: Sequence[str]) -> bool:
    """Whether a short text repeats a syllable: `haha`, `hehehe`."""
    return any(re.search(r"\b\w{0,2}(\w{1,3})\1+\w{0,2}\b", text.casefold()) for text in texts if len(text) <= _BRIEF)


def _same_letters(text: str) -> tuple[int, str]:
    most, what, equal = 1, "", 1
    for before, letter in pairwise(text):
        equal = equal + 1 if letter == before and not letter.isspace() else 1
        if equal > most:
            most, what = equal, letter
    return most, what


def _twice(words: Sequence[str]) -> float:
    """The share of runs of four words that came before; 0 for less than eight runs."""
    words = words[:_MOST]
    size = 2 * _SIZE if sum(len(word) == 1 for word in words) > 0.8 * len(words) else _SIZE
    total = len(words) - size + 1
    if total < 2 * _SIZE:
        return 0.0
    counts = Counter(tuple(word.casefold() for word in words[i : i + size]) for i in range(total))
    return 1 - len(counts) / total
