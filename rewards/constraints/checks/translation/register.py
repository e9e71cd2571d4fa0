"""Check on register: the form in which a text addresses its reader."""

from __future__ import annotations

from typing import Final

from rlvr.errors import DataError
from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.languages.formality import Level, languages, marks_of_address

PREFIXES: Final = ("register:",)


@constraint(
    "register:formality",
    {
        "formal": "Address the reader formally (Sie, vous, usted, вы, 您).",
        "informal": "Address the reader informally (du, tu, tú, ты, 你).",
    },
)
def formality(translation: Answer, level: Level) -> Outcome:
    """The reader is addressed in the form asked for and not in the other.

    A text that addresses nobody does not follow: so ask for it where the reference addresses somebody.

    Raises:
        DataError: The forms of address of the target language are not known here.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> formality(Answer.translating("Open your door.", "Öffne deine Tür.", Pair("en", "de")), "formal").reason
    'deine: informal'
    """
    language = translation.pair.target
    if language.partition("-")[0] not in languages():
        raise DataError(
            f"`register:formality` does not know the forms of address of `{language}`.",
            hint=f"It knows those of {', '.join(languages())}.",
        )
    informal, formal = marks_of_address(translation.text, language)
    wanted, other = (formal, informal) if level == "formal" else (informal, formal)
    if other:
        return Outcome(0.0, f"{', '.join(other[:3])}: {'informal' if level == 'formal' else 'formal'}")
    return Outcome(float(bool(wanted)), f"{level}: {', '.join(wanted[:3])}" if wanted else "nobody is addressed")
