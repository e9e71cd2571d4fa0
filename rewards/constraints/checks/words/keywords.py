"""Checks on keywords: which occur and how often, where they stand, palindromes, neighbouring words."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, alias, constraint
from rlvr.rewards.constraints.checks.outcomes import compared, exactly
from rlvr.rewards.constraints.checks.text_views import letter_count
from rlvr.rewards.constraints.checks.words.alphabets import NO_ALPHABET, place_in_alphabet
from rlvr.rewards.languages.letters import unsegmented
from rlvr.rewards.languages.literals import occurrences
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.languages.segments.inflection import inflections

PREFIXES: Final = ("keywords:",)
_RUN = re.compile(r"[^\W\d_]+")
_LONGEST_PALINDROME = 60

Match: TypeAlias = Literal["form", "lemma"]
"""Whether a word counts as it stands only, or in any form, where a lemmatizer or light stemmer knows the language."""


def _times(text: Text, word: str, match: Match) -> int:
    return max(occurrences(text, word), inflections(text, word) if match == "lemma" else 0)


@constraint("keywords:existence", "Use each of these words: {keywords}.")
def existence(text: Text, keywords: list[str], match: Match = "form") -> Outcome:
    """Every keyword occurs; with `match` `lemma` in any of its forms."""
    missing = [word for word in keywords if not _times(text, word, match)]
    return Outcome(not missing, f"missing: {', '.join(missing)}" if missing else "all words are there")


@constraint("keywords:frequency", "Use the word {keyword} {relation} {frequency} times.")
def frequency(text: Text, keyword: str, frequency: int, relation: Relation, match: Match = "form") -> Outcome:
    """A keyword occurs that often; with `match` `lemma` in any of its forms."""
    return compared(_times(text, keyword, match), relation, frequency, f"times {keyword!r}")


@constraint("keywords:forbidden_words", "Use none of these words: {forbidden_words}.")
def forbidden_words(text: Text, forbidden_words: list[str], match: Match = "form") -> Outcome:
    """None of the words occurs; with `match` `lemma` in none of its forms."""
    found = [word for word in forbidden_words if _times(text, word, match)]
    return Outcome(not found, f"forbidden: {', '.join(found)}" if found else "none of the words is there")


@constraint("keywords:letter_frequency", "Use the letter {letter} {let_relation} {let_frequency} times.")
def letter_frequency(text: Text, letter: str, let_frequency: int, let_relation: Relation) -> Outcome:
    """A letter, or any other character, occurs that often, whatever its case."""
    return compared(letter_count(text, letter), let_relation, let_frequency, f"times {letter!r}")


@constraint("keywords:word_once", "Use the word {keyword} exactly once.")
def word_once(text: Text, keyword: str) -> Outcome:
    """The keyword occurs once."""
    return exactly(occurrences(text, keyword), 1, f"times {keyword!r}")


alias("keywords:word_count_different_numbers", "keywords:frequency")


@constraint("keywords:exclude_word_harder", "Do not use the word {keyword}.")
def exclude_word_harder(text: Text, keyword: str, instruction: str = "") -> Outcome:
    """The keyword, taken from the request, does not occur; the request itself is there for the record."""
    return exactly(occurrences(text, keyword), 0, f"times {keyword!r}")


@constraint("keywords:palindrome", "Use a palindrome of three letters or more.")
def palindrome(text: Text) -> Outcome:
    """A word of three letters or more reads the same backwards, and is not one letter over and over.

    Where words are written together, a run of letters between punctuation counts as well.
    """
    runs = (run for run in _RUN.findall(text.folded) if len(run) <= _LONGEST_PALINDROME and unsegmented(run[0]))
    found = next((word for word in (*text.words, *runs) if _reads_backwards(word, text.language)), None)
    return Outcome(found is not None, f"the palindrome {found}" if found else "no palindrome")


def _reads_backwards(word: str, language: str) -> bool:
    letters = [letter for letter in _characters(word.casefold(), language) if letter[0].isalpha()]
    return len(letters) > 2 and len(set(letters)) > 1 and letters == letters[::-1]


def _characters(word: str, language: str) -> list[str]:
    """What a reader takes for one character: vowel signs stay with their letter."""
    if word.isascii():
        return list(word)
    from icu4py.breakers import CharacterBreaker

    return list(CharacterBreaker(word, language))


@constraint(
    "keywords:start_end",
    "Begin and end the answer with the same word, and write nothing after the last word, not even punctuation.",
)
def start_end(text: Text) -> Outcome:
    """The first word is the last one too, and nothing follows it."""
    words = text.words
    if len(words) < 2:
        return Outcome(False, f"{len(words)} words, two wanted")
    followed = words[0].casefold() == words[-1].casefold() and text.text.endswith(words[-1])
    return Outcome(followed, f"{words[0]!r} begins it, {text.text[-len(words[-1]) - 1 :]!r} ends it")


@constraint("keywords:keyword_specific_position", "Make {keyword} word {m} of sentence {n}.")
def keyword_specific_position(text: Text, keyword: str, n: int, m: int) -> Outcome:
    """The keyword is that word of that sentence, both counted from 1."""
    if not 1 <= n <= len(text.sentences):
        return Outcome(False, f"{len(text.sentences)} sentences, {n} wanted")
    words = [word.casefold() for word in Text(text.sentences[n - 1], text.language).words]
    wanted = [word.casefold() for word in Text(keyword, text.language).words]
    there = words[max(m - 1, 0) : m - 1 + len(wanted)]
    return Outcome(bool(wanted) and there == wanted, f"word {m} of sentence {n} is {' '.join(there)!r}")


@constraint(
    "keywords:no_adjacent_consecutive", "Let no word begin with the letter that follows the one before's first."
)
def no_adjacent_consecutive(text: Text) -> Outcome:
    """No word begins with the letter after the one its neighbour begins with; no opinion without an alphabet."""
    if text.language.partition("-")[0].lower() in NO_ALPHABET:
        return Outcome(None, f"{text.language} is written without an alphabet")
    words = [(word, place_in_alphabet(word, text.language)) for word in text.words]
    wrong = next((f"{one} {other}" for (one, a), (other, b) in pairwise(words) if a and b and a + 1 == b), None)
    return Outcome(
        bool(words) and wrong is None, f"consecutive letters: {wrong}" if wrong else "no consecutive letters"
    )
