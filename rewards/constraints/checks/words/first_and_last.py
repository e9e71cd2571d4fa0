"""Checks on the first and the last word, of the answer and of each sentence."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.literals import begins, ends
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("first_word:", "last_word:")


@constraint("first_word:first_word_sent", "Begin every sentence with the word {first_word}.")
def first_word_sent(text: Text, first_word: str) -> Outcome:
    """Each sentence begins with the word."""
    wrong = [one for one in text.sentences if not begins(Text(one, text.language), first_word)]
    return _all_sentences(text, wrong, f"begin with {first_word!r}")


@constraint("first_word:first_word_answer", "Begin the answer with the word {first_word}.")
def first_word_answer(text: Text, first_word: str) -> Outcome:
    """The answer begins with the word."""
    followed = begins(text, first_word)
    return Outcome(followed, f"it begins with {first_word!r}" if followed else f"it begins with {text.text[:20]!r}")


@constraint("last_word:last_word_sent", "End every sentence with the word {last_word}.")
def last_word_sent(text: Text, last_word: str) -> Outcome:
    """Each sentence ends with the word, before its punctuation."""
    wrong = [one for one in text.sentences if not ends(Text(one, text.language), last_word)]
    return _all_sentences(text, wrong, f"end with {last_word!r}")


@constraint("last_word:last_word_answer", "End the answer with the word {last_word}.")
def last_word_answer(text: Text, last_word: str) -> Outcome:
    """The answer ends with the word, before punctuation."""
    followed = ends(text, last_word)
    return Outcome(followed, f"it ends with {last_word!r}" if followed else f"it ends with {text.text[-20:]!r}")


def _all_sentences(text: Text, wrong: list[str], what: str) -> Outcome:
    if not text.sentences:
        return Outcome(False, "no sentences")
    return Outcome(not wrong, f"not all sentences {what}: {wrong[0][:60]!r}" if wrong else f"all sentences {what}")
