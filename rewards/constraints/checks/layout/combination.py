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
_LABEL = re.compile(
    rf"\A[\W_]*(?:(?i:{_ANSWER})[ \t]*(?:\d{{1,2}}|[A-DIVa-d]{{1,3}}|[^\W\d_]{{1,9}})?|(?:[^\W\d_]{{1,20}}[ \t]){{0,2}}"
    r"(?:\d{1,2}|[A-D]))[*_)\]#]{0,4}[ \t]*(?:[:：.)–—-][*_]{0,3}|\n)",
)


@constraint("combination:two_responses", "Give two different answers with ****** between them.")
def two_responses(text: Text) -> Outcome:
    """Two parts that differ in their words, labels such as `Response 1:` aside, six asterisks between them."""
    parts = divided(text, SIX_ASTERISKS)
    said = [tuple(folded(Text(_LABEL.sub("", part), text.language))) for part in parts]
    if len(parts) == 2 and all(parts) and said[0] == said[1]:
        # Without words, as in two tables of marks, the texts decide.
        return Outcome(not said[0] and parts[0] != parts[1], "the same answer twice")
    return Outcome(len(parts) == 2 and all(parts), f"{len(parts)} answers")


@constraint("combination:repeat_prompt", "First repeat this request word for word, then answer: {prompt_to_repeat}")
def repeat_prompt(text: Text, prompt_to_repeat: str) -> Outcome:
    """The request, then an answer; case and white space may differ."""
    asked, given = flat(prompt_to_repeat), flat(text.text)
    if not given.startswith(asked):
        return Outcome(False, "it does not begin with the request")
    answered = any(map(str.isalnum, given[len(asked) :]))
    return Outcome(answered, "the request, then an answer" if answered else "no answer after the request")
