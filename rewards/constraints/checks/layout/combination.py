# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on how an answer is put together: two answers, the request repeated before it."""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.text_views import SIX_ASTERISKS, divided, flat, folded
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("combination:",)
_ANSWER = (
    "response|answer|version|option|reply|antwort|réponse|respuesta|resposta|risposta|antwoord|svar|vastaus|svar|ответ|"
    "відповідь|odpověď|odpowiedź|válasz|răspuns|回答|答案|答え|回复|응답|답변|대답|उत्तर"
)
_LONG = 200
"""Beyond so many characters no label reaches the end of an answer."""

_WORDS = r"(?:[^\W\d_]{1,20}[ \t]){0,2}"
_NAMED = rf"(?i:{_WORDS}(?:{_ANSWER}))[ \t]*(?:\d{{1,2}}|[A-DIVa-d]{{1,3}}|[^\W\d_]{{1,9}})?"
_LABEL = re.compile(
    rf"\A[\W_]*(?:{_NAMED}|{_WORDS}(?:\d{{1,2}}|[A-D]))[*_)\]#]{{0,4}}[ \t]*(?:[:：.)–—-][*_]{{0,3}}|\n)",
)


@constraint("combination:two_responses", "Give two different answers with ****** between them.")
def two_responses(text: Text) -> Outcome:
    """Two parts that differ in their words, labels such as `Response 1:` aside, six asterisks between them."""
    parts = divided(text, SIX_ASTERISKS)
    if len(parts) != 2 or not all(parts):
        return Outcome(False, f"{len(parts)} answers")
    if min(map(len, parts)) > _LONG and _end(parts[0]) != _end(parts[1]):
        return Outcome(True, "two answers")
    one, other = (folded(Text(_LABEL.sub("", part), text.language)) for part in parts)
    # Without words, as in two tables of marks, the texts decide.
    followed = one != other if one or other else parts[0] != parts[1]
    return Outcome(followed, "two answers" if followed else "the same answer twice")


def _end(part: str) -> str:
    """The last letters of an answer: where they differ, no more has to be compared."""
    return "".join(letter for letter in part[-60:].casefold() if letter.isalnum())[-12:]


@constraint("combination:repeat_prompt", "First repeat this request word for word, then answer: {prompt_to_repeat}")
def repeat_prompt(text: Text, prompt_to_repeat: str) -> Outcome:
    """The request, then an answer; case and white space may differ."""
    asked, given = flat(prompt_to_repeat), flat(text.text)
    if not given.startswith(asked):
        return Outcome(False, "it does not begin with the request")
    answered = any(map(str.isalnum, given[len(asked) :]))
    return Outcome(answered, "the request, then an answer" if answered else "no answer after the request")
