# ruff: noqa: RUF001, RUF002 - numerals of other scripts are the subject
"""Check on numbered sections: `Section 1`, `Kapitel II`, `第1章`, `Erster Abschnitt`, `1re partie`."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal, TypeAlias

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.text_views import SIX_ASTERISKS, divided
from rlvr.rewards.languages.letters import unsegmented
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("detectable_format:multiple_sections",)

Extent: TypeAlias = Literal["exactly", "at least"]
"""How the number of sections is compared."""

_HAN: Final = "[一二三四五六七八九十百壹贰叁肆伍〇零]{1,4}"
_ORDINAL_MARK: Final = (
    r"(?:\.[ \t]?|[ \t]?(?:º|ª|°|er|re|ère|e|ème|nd|nde|st|rd|th|de|ste|[-‑]?(?:й|я|а|е|ша|га|та))\b[ \t]?|[ \t])"
)
_LEAD: Final = r"^[#*_>\"“„«(\[\- \t　]{0,12}"
_AFTER: Final = r"[ \t]{0,9}[:：.)）\]*_、—–-]{0,9}"
_HIGHEST_IN_WORDS: Final = 20


@constraint(
    "detectable_format:multiple_sections",
    {
        "exactly": "Write {num_sections} sections, headed {section_spliter} 1 and so on.",
        "at least": "Write at least {num_sections} sections, headed {section_spliter} 1 and so on.",
    },
)
def multiple_sections(text: Text, section_spliter: str, num_sections: int, relation: Extent = "exactly") -> Outcome:
    """So many numbered sections, none of them empty; of two answers parted by six asterisks each has so many.

    Where a heading begins a line, mentions within lines are none.
    """
    whole = sections_of(text.text, section_spliter, text.language)
    parts = divided(text, SIX_ASTERISKS)
    counts = [len(whole)]
    if len(parts) > 1 and _told(counts[0], num_sections, relation) is False:
        counts = [len(sections_of(part, section_spliter, text.language)) for part in parts]
    if not all(any(map(str.isalnum, section)) for section in whole):
        return Outcome(False, "a section is empty")
    followed = all(_told(count, num_sections, relation) for count in counts)
    said = " and ".join(map(str, counts))
    return Outcome(followed, f"{said} sections, {relation} {num_sections} wanted")


def _told(count: int, wanted: int, relation: Extent) -> bool:
    return count >= wanted if relation == "at least" else count == wanted


def sections_of(text: str, name: str, language: str) -> list[str]:
    """What stands in each section of a text: between its heading and the next one.

    >>> sections_of("Kapitel I\\nA.\\nKapitel II\\nB.", "Kapitel", "de"), sections_of("第1章：始\\n本。", "章", "ja")
    (['\\nA.\\n', '\\nB.'], ['始\\n本。'])
    """
    bare = name.strip()
    for pattern in _headings(bare, language.partition("-")[0].lower()):
        parts = re.split(pattern, text, flags=re.M)
        if len(parts) > 1:
            return parts[1:]
    return []


@cache
def _headings(name: str, code: str) -> tuple[str, ...]:
    """Patterns of a heading, the usual first: the first that a text has is the one its author numbers by."""
    section = re.escape(name)
    digits = rf"{_LEAD}{section}[ \t]{{0,9}}\d{{1,4}}(?!\w){_AFTER}"
    roman = rf"{_LEAD}{section}[ \t]{{1,9}}[IVXLC]{{1,7}}(?!\w){_AFTER}"
    han = rf"{_LEAD}{section}[ \t]{{0,9}}{_HAN}{_AFTER}"
    before = rf"{_LEAD}[第제][ \t]?(?:\d{{1,4}}|{_HAN})[ \t]?{section}{_AFTER}"
    ordinal = rf"{_LEAD}(?i:\d{{1,4}}{_ORDINAL_MARK}{section})(?!\w){_AFTER}"
    words = _in_words(section, code)
    inline = rf"(?<!\w){section}[ \t]{{0,9}}\d{{1,4}}(?!\w){_AFTER}"
    kept = [digits, roman, before, ordinal, *words, inline]
    return tuple([*kept[:2], han, *kept[2:]] if unsegmented(name[-1:]) else kept)


def _in_words(section: str, code: str) -> list[str]:
    """`Section Two`, `Zweiter Abschnitt`: words as num2words has them, up to twenty, ordinals in any gender."""
    import num2words

    cardinals, ordinals = list[str](), list[str]()
    for number in range(1, _HIGHEST_IN_WORDS + 1):
        try:
            cardinals.append(re.escape(num2words.num2words(number, lang=code)))
            ordinal = str(num2words.num2words(number, to="ordinal", lang=code))
        except (NotImplementedError, KeyError, IndexError, TypeError):
            return []
        if ordinal.isalpha():
            ordinals.append(rf"{re.escape(ordinal[: max(3, len(ordinal) - 2)])}\w{{0,3}}")
    either = "|".join(sorted((*cardinals, *ordinals), key=len, reverse=True))
    first = "|".join(sorted(ordinals, key=len, reverse=True))
    patterns = [rf"{_LEAD}(?i:{section}[ \t]{{1,9}}(?:{either}))(?!\w){_AFTER}"]
    return [*patterns, rf"{_LEAD}(?i:(?:{first})[ \t]{section})(?!\w){_AFTER}"] if first else patterns
