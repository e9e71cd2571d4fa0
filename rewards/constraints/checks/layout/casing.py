"""Checks on capital and small letters; no opinion where the declared language has none."""

from __future__ import annotations

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, constraint
from rlvr.rewards.constraints.checks.words.keywords import compared
from rlvr.rewards.languages.identification import follows
from rlvr.rewards.languages.measures import Text

_NO_CASE = "{} is written without capital letters"


@constraint(
    "change_case:capital_word_frequency", "Use {capital_relation} {capital_frequency} words in capital letters."
)
def capital_word_frequency(text: Text, capital_frequency: int, capital_relation: Relation) -> Outcome:
    """So many words of two letters or more in capitals."""
    if text.caseless:
        return Outcome(None, _NO_CASE.format(text.language))
    return compared(capital_words(text), capital_relation, capital_frequency, "words in capitals")


def capital_words(text: Text) -> int:
    """How many words of two letters or more stand in capitals.

    >>> capital_words(Text("I like NASA and the EU."))
    2
    """
    return sum(word.isupper() and sum(map(str.isalpha, word)) > 1 for word in text.words)


@constraint("change_case:english_capital", "Write in English and in capital letters only.")
def english_capital(text: Text) -> Outcome:
    """English, and no small letter."""
    return Outcome(None, _NO_CASE.format(text.language)) if text.caseless else in_one_case(text, "en", capital=True)


@constraint("change_case:english_lowercase", "Write in English and in small letters only.")
def english_lowercase(text: Text) -> Outcome:
    """English, and no capital letter."""
    return Outcome(None, _NO_CASE.format(text.language)) if text.caseless else in_one_case(text, "en", capital=False)


def in_one_case(text: Text, language: str, *, capital: bool) -> Outcome:
    """A text in one case and in a language.

    >>> in_one_case(Text("NO MORE RAIN TODAY"), "en", capital=True).followed
    True
    """
    case = "capital" if capital else "small"
    if not (text.text.isupper() if capital else text.text.islower()):
        return Outcome(False, f"not all letters are {case}")
    followed, why = follows(text.text, language)
    return Outcome(followed, f"{case} letters; {why}")
