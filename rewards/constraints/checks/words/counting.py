"""Checks that count: words by their case, letters, keywords once or twice, words that come again, palindromes."""

from __future__ import annotations

import re
from collections import Counter

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, constraint
from rlvr.rewards.constraints.checks.words.keywords import compared, letter_frequency
from rlvr.rewards.languages.literals import occurrences, unsegmented
from rlvr.rewards.languages.measures import Text

_RUN = re.compile(r"[^\W\d_]+")
_LONGEST_PALINDROME = 60


@constraint("keywords:word_once", "Use the word {keyword} exactly once.")
def word_once(text: Text, keyword: str) -> Outcome:
    """The keyword occurs once."""
    return exactly(occurrences(text, keyword), 1, f"times {keyword!r}")


@constraint("keywords:word_count_different_numbers", "Use the word {keyword} {relation} {frequency} times.")
def word_count_different_numbers(text: Text, keyword: str, frequency: int, relation: Relation) -> Outcome:
    """The keyword occurs that often."""
    return compared(occurrences(text, keyword), relation, frequency, f"times {keyword!r}")


@constraint("keywords:exclude_word_harder", "Do not use the word {keyword}.")
def exclude_word_harder(text: Text, keyword: str, instruction: str = "") -> Outcome:
    """The keyword, taken from the request, does not occur; the request itself is there for the record."""
    return exactly(occurrences(text, keyword), 0, f"times {keyword!r}")


@constraint("count:count_increment_word", "Use the word {keyword1} once and the word {keyword2} twice.")
def count_increment_word(text: Text, keyword1: str, keyword2: str) -> Outcome:
    """One keyword occurs once, the other twice."""
    once, twice = occurrences(text, keyword1), occurrences(text, keyword2)
    return Outcome((once, twice) == (1, 2), f"{keyword1!r} {once} times, {keyword2!r} {twice} times")


@constraint("count:lowercase_counting", "Use at most {N} words in small letters.")
def lowercase_counting(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    """At most so many words of two letters or more in small letters alone."""
    if text.caseless:
        return Outcome(None, f"{text.language} is written without capital letters")
    found = sum(word.islower() and sum(map(str.isalpha, word)) > 1 for word in text.words)
    return Outcome(found <= N, f"{found} words in small letters, at most {N} wanted")


@constraint("letters:letter_counting", "Write {relation} {N} letters.")
def letter_counting(text: Text, N: int, relation: Relation) -> Outcome:  # noqa: N803 - its name as published
    """So many letters, of whatever script."""
    return compared(sum(map(str.isalpha, text.text)), relation, N, "letters")


@constraint("letters:letter_counting2", "Use the letter {letter} {let_relation} {let_frequency} times.")
def letter_counting2(text: Text, letter: str, let_frequency: int, let_relation: Relation) -> Outcome:
    """A letter occurs that often, whatever its case."""
    return letter_frequency(text, letter, let_frequency, let_relation)


@constraint("count:count_unique", "Use no word twice.")
def count_unique(text: Text) -> Outcome:
    """No word comes again, whatever its case."""
    counts = Counter(word.casefold() for word in text.words)
    again = [word for word, count in counts.items() if count > 1]
    return Outcome(bool(counts) and not again, f"again: {', '.join(again[:5])}" if again else "no word comes again")


@constraint("keywords:palindrome", "Use a palindrome of three letters or more.")
def palindrome(text: Text) -> Outcome:
    """A word of three letters or more reads the same backwards, and is not one letter over and over.

    Where words are written together, a run of letters between punctuation counts as well.
    """
    runs = (run for run in _RUN.findall(text.folded) if len(run) <= _LONGEST_PALINDROME and unsegmented(run[0]))
    found = next((word for word in (*text.words, *runs) if _reads_backwards(word, text.language)), None)
    return Outcome(found is not None, f"the palindrome {found}" if found else "no palindrome")


def exactly(count: int, wanted: int, what: str) -> Outcome:
    """A count that must be met.

    >>> exactly(2, 1, "words")
    Outcome(score=False, reason='2 words, 1 wanted')
    """
    return Outcome(count == wanted, f"{count} {what}, {wanted} wanted")


def _reads_backwards(word: str, language: str) -> bool:
    letters = [letter for letter in _characters(word.casefold(), language) if letter[0].isalpha()]
    return len(letters) > 2 and len(set(letters)) > 1 and letters == letters[::-1]


def _characters(word: str, language: str) -> list[str]:
    """What a reader takes for one character: vowel signs stay with their letter."""
    if word.isascii():
        return list(word)
    from icu4py.breakers import CharacterBreaker

    return list(CharacterBreaker(word, language))
