"""Check on the language of an answer."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.identification import follows
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("language:",)


@constraint("language:response_language", "Write the whole answer in this language: {language}.")
def response_language(text: Text, language: str) -> Outcome:
    """The answer is in that language; what cannot be determined is not."""
    return Outcome(*follows(text.text, language))
