# ruff: noqa: N803 - arguments have their published names
"""Checks on how sentences and paragraphs follow each other, and on keywords at places in them."""

from __future__ import annotations

from itertools import groupby, pairwise

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.words.counts import folded
from rlvr.rewards.constraints.checks.words.positions import keyword_specific_position
from rlvr.rewards.languages.letters import initial
from rlvr.rewards.languages.literals import occurrences
from rlvr.rewards.languages.measures import Text


@constraint(
    "sentence:alliteration_increment",
    "Let each sentence have a longer run of words that begin alike than the one before.",
)
def alliteration_increment(text: Text) -> Outcome:
    """The longest run of words with the same first letter grows from sentence to sentence."""
    runs = [max(len(list(run)) for _, run in groupby(map(initial, words))) for words in _by_sentence(text)]
    followed = len(runs) > 1 and all(left < right for left, right in pairwise(runs))
    return Outcome(followed, f"runs of {runs[:12]} words")


@constraint("sentence:increment", "Write each sentence with exactly {small_n} words more than the one before.")
def increment(text: Text, small_n: int) -> Outcome:
    """Each sentence has exactly so many words more; there are two at least."""
    counts = [len(words) for words in _by_sentence(text)]
    followed = len(counts) > 1 and all(right - left == small_n for left, right in pairwise(counts))
    return Outcome(followed, f"{counts[:12]} words")


@constraint("sentence:keyword", "Use the word {word} in sentence {N}.")
def keyword(text: Text, word: str, N: int) -> Outcome:
    """The sentence of that number holds the keyword."""
    if not 1 <= N <= len(text.sentences):
        return Outcome(False, f"{len(text.sentences)} sentences, {N} wanted")
    sentence = text.sentences[N - 1]
    return Outcome(occurrences(Text(sentence, text.language), word) > 0, f"sentence {N} is {sentence[:80]!r}")


@constraint("words:last_first", "Begin each sentence with the last word of the one before.")
def last_first(text: Text) -> Outcome:
    """Two sentences or more, each begun by the last word of the one before."""
    words = _by_sentence(text)
    wrong = next((b[0] for a, b in pairwise(words) if a[-1].casefold() != b[0].casefold()), None)
    if len(words) < 2:
        return Outcome(False, f"{len(words)} sentences")
    return Outcome(wrong is None, "each takes up the last word" if wrong is None else f"{wrong!r} is no last word")


@constraint("words:paragraph_last_first", "End each paragraph with the word it begins with; a line is a paragraph.")
def paragraph_last_first(text: Text) -> Outcome:
    """Each line with words begins and ends with the same one, and has more."""
    lines = [folded(Text(line, text.language)) for line in text.text.split("\n")]
    words = [line for line in lines if line]
    wrong = next((line for line in words if len(line) < 3 or line[0] != line[-1]), None)
    if not words:
        return Outcome(False, "no words")
    return Outcome(wrong is None, "each does" if wrong is None else f"{wrong[0]!r} first, {wrong[-1]!r} last")


@constraint("words:keywords_specific_position", "Make {keyword} word {m} of sentence {n}.")
def keywords_specific_position(text: Text, keyword: str, n: int, m: int) -> Outcome:
    """The keyword is that word of that sentence, both counted from 1; punctuation is no word."""
    return keyword_specific_position(text, keyword, n, m)


@constraint("words:words_position", "Make {keyword} the second word and the last but one.")
def words_position(text: Text, keyword: str) -> Outcome:
    """The second word and the last but one are the keyword; punctuation is no word."""
    words, wanted = folded(text), keyword.strip().casefold()
    if len(words) < 3:
        return Outcome(False, f"{len(words)} words")
    return Outcome(words[1] == words[-2] == wanted, f"second {words[1]!r}, last but one {words[-2]!r}")


def _by_sentence(text: Text) -> list[list[str]]:
    return [words for words in (Text(one, text.language).words for one in text.sentences) if words]
