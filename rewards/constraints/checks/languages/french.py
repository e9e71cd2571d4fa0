# ruff: noqa: RUF001 - a curly apostrophe is the subject
"""M-IFEval's checks on French answers: accents, special letters, `tu`, no digits, the language in one case."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.languages.spanish import one_of
from rlvr.rewards.constraints.checks.layout.letter_case import in_one_case
from rlvr.rewards.constraints.checks.text_views import letter_count
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("fr:",)
_TITLE = re.compile(r"(?<!#)##(?!#)([^#\n]{1,500})##(?!#)")
OPTIONS = ("Oui.", "Non.", "Peut-être.")
_TU = re.compile(r"(?<!\w)(?:(?:tu|te|toi|ton|ta|tes|tien|tienne|tiens|tiennes)(?!\w)|t['’])", re.I)
_VOUS = re.compile(r"(?<!\w)(?:vous|votre|vos|vôtre|vôtres)(?!\w)", re.I)


@constraint("fr:special_character:ethel_or_cedilla", "N'employez pas le caractère {forbidden_char}.")
def ethel_or_cedilla(text: Text, forbidden_char: str) -> Outcome:
    """The letter does not occur, in either case."""
    found = letter_count(text, forbidden_char)
    return Outcome(not found, f"{found} times {forbidden_char}")


@constraint("fr:special_character:no_accents", "N'employez aucun accent.")
def no_accents(text: Text) -> Outcome:
    """No letter with a mark."""
    found = next((letter for letter in text.text if letter != _bare(letter)), None)
    return Outcome(found is None, f"an accent: {found}" if found else "no accents")


@constraint("fr:special_character:accents", "Réécrivez le texte en ajoutant les accents.")
def accents(text: Text, word_to_accentuate: dict[str, str]) -> Outcome:
    """Each of the words, given without accents and with them, occurs, and with its accents only."""
    words = {word.casefold() for word in re.findall(r"\w+", text.text)}
    wanted = {right.casefold() for right in word_to_accentuate.values()}
    wrong = {bare.casefold() for bare in word_to_accentuate} - wanted
    unlike = sorted(word for word in words - wanted if _bare(word) in wrong)
    missing = sorted(wanted - words)
    why = f"wrong: {', '.join(unlike)}" if unlike else f"missing: {', '.join(missing)}" if missing else "all accents"
    return Outcome(not unlike and not missing, why)


@constraint("fr:detectable_content:informal_address", "Adressez-vous directement à votre interlocuteur et tutoyez-le.")
def informal_address(text: Text) -> Outcome:
    """`tu` and its forms occur, and more often than `vous`."""
    informal, formal = (sum(1 for _ in form.finditer(text.text)) for form in (_TU, _VOUS))
    return Outcome(informal > formal, f"{informal} times tu, {formal} times vous")


@constraint("fr:detectable_format:title", "Donnez un titre à la réponse, entre doubles dièses, ##comme ceci##.")
def title(text: Text) -> Outcome:
    """A title between two number signs on either side, with a letter or digit in it."""
    found = [part for part in _TITLE.findall(text.text) if any(map(str.isalnum, part))]
    return Outcome(bool(found), f"titled {found[0].strip()!r}" if found else "no title in ## ##")


@constraint("fr:detectable_content:no_digits", "N'employez pas de chiffres arabes.")
@constraint("fr:detectable_format:no_digits", "N'employez pas de chiffres arabes.")
def no_digits(text: Text) -> Outcome:
    """No digit."""
    found = re.search(r"\d", text.text)
    return Outcome(found is None, f"a digit: {found[0]}" if found else "no digits")


@constraint("fr:change_case:french_capital", "Écrivez en français et en majuscules uniquement.")
def french_capital(text: Text) -> Outcome:
    """French, and no small letter."""
    return in_one_case(text, "fr", capital=True)


@constraint("fr:change_case:french_lowercase", "Écrivez en français et en minuscules uniquement.")
def french_lowercase(text: Text) -> Outcome:
    """French, and no capital letter."""
    return in_one_case(text, "fr", capital=False)


@constraint(
    "fr:detectable_format:constrained_response", f"Répondez par une de ces options : {' / '.join(OPTIONS)}", brief=True
)
def constrained_response(text: Text) -> Outcome:
    """One of the three answers, and only one."""
    return one_of(text, OPTIONS)


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
