"""Measures in a text: a number and its unit, as CLDR writes the unit in that language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from rlvr.rewards.languages.formats.locales import unit_words
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.numbers.numerals import numerals_of

_GAP = re.compile(r"[\s\u00a0\u202f\u2009]{0,2}-?(?:de )?")
_A_YEAR = 1000  # from here on a year of the calendar, as in Russian dates
_ENDING = 3  # letters of a case ending that CLDR does not list


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its unit, by CLDR's name of the unit."""

    value: Decimal
    unit: str
    text: str


def measures_of(text: str, language: str) -> list[Measure]:
    """The measures of a text; a unit in another language's word is none.

    >>> [(str(one.value), one.unit) for one in measures_of("5 km in 20 Minuten, bei 30 °C", "de")]
    [('5', 'length-kilometer'), ('20', 'duration-minute'), ('30', 'temperature-celsius')]
    """
    lowered = text.lower()
    folded = lowered if len(lowered) == len(text) else text
    found = list[Measure]()
    for number in numerals_of(text, language):
        gap = _GAP.match(folded, number.end)
        at = gap.end() if gap else number.end
        best = max(
            (
                (len(word), unit)
                for unit, words in unit_words(language).items()
                for word in words
                if _stands(word, folded, at)
            ),
            default=None,
        )
        if best and not (best[1] == "duration-year" and number.value >= _A_YEAR):
            found.append(Measure(number.value, best[1], text[number.start : at + best[0]]))
    return found


def _stands(word: str, text: str, at: int) -> bool:
    if not text.startswith(word, at):
        return False
    end = at + len(word)
    if not word[-1].isalpha() or unsegmented(word[-1]):
        return True
    rest = 0
    while rest <= _ENDING and text[end + rest : end + rest + 1].isalpha() and not unsegmented(text[end + rest]):
        rest += 1
    return rest == 0 or (rest <= _ENDING and len(word) > _ENDING)
