"""M-IFEval's checks on Spanish answers: accents, ñ and ü, marks that open, the language in one case."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.layout.letter_case import in_one_case
from rlvr.rewards.constraints.checks.outcomes import exactly
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("es:",)
Compared: TypeAlias = Literal["al menos", "como máximo"]
"""At least, or at most."""

OPTIONS = ("Sí.", "No.", "Quizás.")


@constraint("es:punctuation:question_marks", "Incluye una pregunta, con sus signos ¿ y ?.")
def question_marks(text: Text) -> Outcome:
    """A question between both of its marks."""
    return _between(text, "¿", "?")


@constraint("es:punctuation:exclamation_marks", "Incluye una exclamación, con sus signos ¡ y !.")
def exclamation_marks(text: Text) -> Outcome:
    """An exclamation between both of its marks."""
    return _between(text, "¡", "!")


@constraint("es:special_character:enie", "Usa exactamente {let_frequency} palabras con la letra ñ.")
def enie(text: Text, let_frequency: int) -> Outcome:
    """Exactly so many words with ñ."""
    return exactly(_words_with(text, "ñ"), let_frequency, "words with ñ")


@constraint("es:special_character:dieresis", "Usa exactamente {let_frequency} palabras con la letra ü.")
def dieresis(text: Text, let_frequency: int) -> Outcome:
    """Exactly so many words with ü."""
    return exactly(_words_with(text, "ü"), let_frequency, "words with ü")


@constraint("es:special_character:tildes", "Usa {relation} {num_words} palabras con tilde.")
def tildes(text: Text, num_words: int, relation: Compared) -> Outcome:
    """So many words with an acute accent."""
    found = _words_with(text, "áéíóú")
    followed = found >= num_words if relation == "al menos" else found <= num_words
    return Outcome(followed, f"{found} words with an accent, {relation} {num_words} wanted")


@constraint("es:change_case:spanish_capital", "Escribe en español y solo en mayúsculas.")
def spanish_capital(text: Text) -> Outcome:
    """Spanish, and no small letter."""
    return in_one_case(text, "es", capital=True)


@constraint("es:change_case:spanish_lowercase", "Escribe en español y solo en minúsculas.")
def spanish_lowercase(text: Text) -> Outcome:
    """Spanish, and no capital letter."""
    return in_one_case(text, "es", capital=False)


@constraint(
    "es:detectable_format:constrained_response",
    f"Responde con una de estas opciones: {' / '.join(OPTIONS)}",
    brief=True,
)
def constrained_response(text: Text) -> Outcome:
    """One of the three answers, and only one."""
    return one_of(text, OPTIONS)


def one_of(text: Text, options: tuple[str, ...]) -> Outcome:
    """One of some answers stands in a text as words of their own, and no other.

    >>> one_of(Text("Sí, claro. No."), OPTIONS).followed
    True
    """
    found = sum(re.search(rf"(?<!\w){re.escape(option)}", text.text) is not None for option in options)
    return exactly(found, 1, "of the answers")


def _between(text: Text, opening: str, closing: str) -> Outcome:
    parts = re.findall(rf"{opening}([^{opening}{closing}]{{1,2000}}){re.escape(closing)}", text.text)
    found = any(any(map(str.isalpha, part)) for part in parts)
    return Outcome(found, f"{'something' if found else 'nothing'} between {opening} and {closing}")


def _words_with(text: Text, letters: str) -> int:
    return sum(any(letter in word.casefold() for letter in letters) for word in text.words)
