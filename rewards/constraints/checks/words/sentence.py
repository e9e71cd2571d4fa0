# ruff: noqa: N803 - arguments have their published names
"""Checks on how sentences follow each other, and on a keyword in one of them."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.text_views import words_by_sentence
from rlvr.rewards.languages.letters import initial
from rlvr.rewards.languages.literals import occurrences
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("sentence:",)


@constraint(
    "sentence:alliteration_increment",
    "Let each sentence have a longer run of words that begin alike than the one before.",
)
def alliteration_increment(text: Text) -> Outcome:
    """The longest run of words with the same first letter grows from sentence to sentence."""
    runs = [max(len(list(run)) for _, run in groupby(map(initial, words))) for words in words_by_sentence(text)]
    followed = len(runs) > 1 and all(left < right for left, right in pairwise(runs))
    return Outcome(followed, f"runs of {runs[:12]} words")


@constraint("sentence:increment", "Write each sentence with exactly {small_n} words more than the one before.")
def increment(text: Text, small_n: int) -> Outcome:
    """Each sentence has exactly so many words more; there are two at least."""
    counts = [len(words) for words in words_by_sentence(text)]
    followed = len(counts) > 1 and all(right - left == small_n for left, right in pairwise(counts))
    return Outcome(followed, f"{counts[:12]} words")


@constraint("sentence:keyword", "Use the word {word} in sentence {N}.")
def keyword(text: Text, word: str, N: int) -> Outcome:
    """The sentence of that number holds the keyword."""
    if not 1 <= N <= len(text.sentences):
        return Outcome(False, f"{len(text.sentences)} sentences, {N} wanted")
    sentence = text.sentences[N - 1]
    return Outcome(occurrences(Text(sentence, text.language), word) > 0, f"sentence {N} is {sentence[:80]!r}")
