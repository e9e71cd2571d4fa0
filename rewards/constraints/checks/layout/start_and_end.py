# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on what an answer begins and ends with: a phrase, quotation marks."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.text_views import flat
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("startend:",)
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
