"""Checks on capital and small letters; no opinion where the declared language has none."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, constraint
from rlvr.rewards.constraints.checks.outcomes import compared
from rlvr.rewards.languages.identification import follows
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("change_case:", "format:title_case")
_NO_CASE = "{} is written without capital letters"
_MINOR_WORDS = (
    "a an the and but for nor or so yet as at by in into of off on onto per to up via with from over upon than that"
    " when amid down like near past till unto"
)
_MINOR = frozenset(_MINOR_WORDS.split())


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

    >>> capital_words(Text("I like NASA and the EU.")), capital_words(Text("Die STRAßE", "de"))
    (2, 1)
    """
    # ß had no capital before 2017, and few write it since.
    words = [word.replace("ß", "") for word in text.words] if "ß" in text.text else text.words
    return sum(word.isupper() and sum(map(str.isalpha, word)) > 1 for word in words)


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


@constraint("format:title_case", "Write the whole answer in title case: each major word with a capital.")
def title_case(text: Text) -> Outcome:
    """Each word has a capital, short and minor ones within a sentence aside."""
    if text.caseless:
        return Outcome(None, f"{text.language} is written without capital letters")
    words = [word for word in text.words if word[0].isalpha()]
    wrong = next((word for word in words[1:] if word[0].islower() and len(word) > 3 and word not in _MINOR), None)
    wrong = words[0] if words and words[0][0].islower() else wrong
    small = sum(word[0].islower() for word in words)
    if not words or small > 0.6 * len(words):
        return Outcome(False, f"{small} of {len(words)} words without a capital")
    return Outcome(wrong is None, "title case" if wrong is None else f"{wrong!r} has no capital")
