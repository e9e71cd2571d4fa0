# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on how an answer is put together: two answers, the request repeated, its end, quotation marks, no commas."""

from __future__ import annotations

import re
import unicodedata

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.measures import Text

_PAIRS = ('""', "“”", "„“", "„”", "””", "«»", "»«", "「」", "『』", "《》", "＂＂", "〝〞", "‹›")
_COMMAS = frozenset(",，、،﹐﹑､፣߸᠂᠈꓾꘍꛵⹁⸲⸴")
_TRAILING = "*_`~\"'“”«»」』) \t\n"


@constraint("combination:two_responses", "Give two different answers with ****** between them.")
def two_responses(text: Text) -> Outcome:
    """Two parts that differ, six asterisks between them."""
    parts = [part.strip() for part in re.split(r"(?<!\*)\*{6}(?!\*)", text.text)]
    parts = parts[not parts[0] : len(parts) - (len(parts) > 1 and not parts[-1])]
    followed = len(parts) == 2 and all(parts) and parts[0] != parts[1]
    return Outcome(followed, f"{len(parts)} answers" if len(set(parts)) == len(parts) else "the same answer twice")


@constraint("combination:repeat_prompt", "First repeat this request word for word, then answer: {prompt_to_repeat}")
def repeat_prompt(text: Text, prompt_to_repeat: str) -> Outcome:
    """The request, then an answer; case and white space may differ."""
    asked, given = flat(prompt_to_repeat), flat(text.text)
    if not given.startswith(asked):
        return Outcome(False, "it does not begin with the request")
    answered = any(map(str.isalnum, given[len(asked) :]))
    return Outcome(answered, "the request, then an answer" if answered else "no answer after the request")


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


@constraint("punctuation:no_comma", "Use no commas.")
def no_comma(text: Text) -> Outcome:
    """No comma of any script."""
    found = next((letter for letter in text.text if letter in _COMMAS), None)
    return Outcome(found is None, f"a comma: {found}" if found else "no comma")


def flat(text: str) -> str:
    """A text without case, its white space each one space, for comparison word for word.

    >>> flat(" Word\\n for  WORD ")
    'word for word'
    """
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
