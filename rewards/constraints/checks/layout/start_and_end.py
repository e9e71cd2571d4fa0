# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on what begins and ends an answer or each sentence: a phrase, a word, quotation marks."""

from __future__ import annotations

import re
from typing import Final, Literal

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.text_views import flat
from rlvr.rewards.languages.letters import unsegmented
from rlvr.rewards.languages.literals import begins, ends
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("startend:", "first_word:", "last_word:")
_PAIRS = ('""', "“”", "„“", "„”", "””", "«»", "»«", "「」", "『』", "《》", "＂＂", "〝〞", "‹›")
_TRAILING = "*_`~\"'“”«»」』) \t\n"
_FINAL = ".!?…。．！？।॥؟۔"
_AFTER_CLOSING = re.compile(r"(?<=[\"”“«»」』›])[.!?…。．！？।]{1,3}\Z")


@constraint("startend:end_checker", "End with exactly these words and nothing after them: {end_phrase}")
def end_checker(text: Text, end_phrase: str, mark: Literal["may follow", "must not follow"] = "may follow") -> Outcome:
    """The phrase ends the answer, up to markup, closing quotation marks and one final mark that it lacks itself."""
    wanted = Text(flat(end_phrase), text.language).levelled.rstrip(_TRAILING)
    given = Text(flat(text.text[-4 * len(end_phrase) - 100 :]), text.language).levelled.rstrip(_TRAILING)
    if mark == "may follow" and wanted[-1:] not in _FINAL and given[-1:] in _FINAL:
        given = given[:-1].rstrip(_TRAILING)
    before = given[: len(given) - len(wanted)][-1:]
    joined = before.isalnum() and wanted[:1].isalnum() and not unsegmented(wanted[0])
    followed = bool(wanted) and given.endswith(wanted) and not joined
    return Outcome(followed, "it ends so" if followed else f"it ends in {given[-len(wanted) :]!r}")


@constraint("startend:quotation", "Put the whole answer between double quotation marks.")
def quotation(text: Text) -> Outcome:
    """A pair of the quotation marks of any language around the answer, with something between."""
    value = text.text
    if mark := _AFTER_CLOSING.search(value[-4:]):
        value = value[: -len(mark[0])]
    pair = value[:1] + value[-1:]
    followed = pair in _PAIRS and len(value) > 2 and any(map(str.isalnum, value))
    if followed and _closes_early(value, pair):
        return Outcome(False, f"{pair[:1]!r} is closed before the end")
    return Outcome(followed, f"it stands between {pair[:1]!r} and {pair[1:]!r}")


def _closes_early(value: str, pair: str) -> bool:
    """Whether the mark that opens an answer is closed before its end: `"Yes," he said, "no."`."""
    opening, closing = pair
    if value.count(closing) == 1 + (opening == closing):
        return False
    # Of several quotations with nothing but white space between them none of the text stands outside.
    value = re.sub(rf"(?<=\S){re.escape(closing)}\s+{re.escape(opening)}(?=\S)", " ", value)
    if opening == closing:
        inner = value.find(opening, 1)
        # A mark with a space behind it and none before it closes; one that opens a quotation within does not.
        return inner < len(value) - 1 and not value[inner - 1].isspace() and not value[inner + 1].isalnum()
    depth = 0
    for letter in value[:-1]:
        depth += (letter == opening) - (letter == closing)
        if depth == 0:
            return True
    return False


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
