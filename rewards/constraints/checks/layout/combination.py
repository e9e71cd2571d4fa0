"""Checks on how an answer is put together: two answers, the request repeated before it."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.text_views import SIX_ASTERISKS, divided, flat
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("combination:",)


@constraint("combination:two_responses", "Give two different answers with ****** between them.")
def two_responses(text: Text) -> Outcome:
    """Two parts that differ, six asterisks between them."""
    parts = divided(text, SIX_ASTERISKS)
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
