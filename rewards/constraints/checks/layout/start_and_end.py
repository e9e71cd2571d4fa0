# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on what begins and ends an answer or each sentence: a phrase, a word, quotation marks."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.text_views import flat
from rlvr.rewards.languages.literals import begins, ends
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("startend:", "first_word:", "last_word:")
_PAIRS = ('""', "“”", "„“", "„”", "””", "«»", "»«", "「」", "『』", "《》", "＂＂", "〝〞", "‹›")
_TRAILING = "*_`~\"'“”«»」』) \t\n"


@constraint("startend:end_checker", "End with exactly these words and nothing after them: {end_phrase}")
def end_checker(text: Text, end_phrase: str) -> Outcome:
    """The phrase ends the answer, up to markup and closing quotation marks."""
    wanted = flat(end_phrase).rstrip(_TRAILING)
    given = flat(text.text[-4 * len(end_phrase) - 100 :]).rstrip(_TRAILING)
    before = given[: len(given) - len(wanted)][-1:]
    followed = given.endswith(wanted) and not (before.isalnum() and wanted[:1].isalnum())
    return Outcome(followed, "it ends so" if followed else f"it ends in {given[-len(wanted) :]!r}")


@constraint("startend:quotation", "Put the whole answer between double quotation marks.")
def quotation(text: Text) -> Outcome:
    """A pair of the quotation marks of any language around the answer, with something between."""
    pair = text.text[:1] + text.text[-1:]
    followed = pair in _PAIRS and len(text.text) > 2 and any(map(str.isalnum, text.text))
    return Outcome(followed, f"it stands between {pair[:1]!r} and {pair[1:]!r}")


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
