"""Checks on keywords and letters: literals with boundaries, never patterns."""

from __future__ import annotations

import unicodedata

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, constraint
from rlvr.rewards.languages.literals import occurrences
from rlvr.rewards.languages.measures import Text


def compared(count: int, relation: Relation, threshold: int, what: str) -> Outcome:
    """A count against its threshold.

    >>> compared(2, "at least", 3, "words")
    Outcome(score=False, reason='2 words, at least 3 wanted')
    """
    followed = count >= threshold if relation == "at least" else count < threshold
    return Outcome(followed, f"{count} {what}, {relation} {threshold} wanted")


@constraint("keywords:existence", "Use each of these words: {keywords}.")
def existence(text: Text, keywords: list[str]) -> Outcome:
    """Every keyword occurs."""
    missing = [word for word in keywords if not occurrences(text, word)]
    return Outcome(not missing, f"missing: {', '.join(missing)}" if missing else "all words are there")


@constraint("keywords:frequency", "Use the word {keyword} {relation} {frequency} times.")
def frequency(text: Text, keyword: str, frequency: int, relation: Relation) -> Outcome:
    """A keyword occurs that often."""
    return compared(occurrences(text, keyword), relation, frequency, f"times {keyword!r}")


@constraint("keywords:forbidden_words", "Use none of these words: {forbidden_words}.")
def forbidden_words(text: Text, forbidden_words: list[str]) -> Outcome:
    """None of the words occurs."""
    found = [word for word in forbidden_words if occurrences(text, word)]
    return Outcome(not found, f"forbidden: {', '.join(found)}" if found else "none of the words is there")


@constraint("keywords:letter_frequency", "Use the letter {letter} {let_relation} {let_frequency} times.")
def letter_frequency(text: Text, letter: str, let_frequency: int, let_relation: Relation) -> Outcome:
    """A letter, or any other character, occurs that often, whatever its case."""
    return compared(letter_count(text, letter), let_relation, let_frequency, f"times {letter!r}")


def letter_count(text: Text, letter: str) -> int:
    """How often a character occurs, whatever its case.

    >>> letter_count(Text("Anna"), "a")
    2
    """
    return text.folded.count(unicodedata.normalize("NFC", letter.strip().casefold()) or letter)
