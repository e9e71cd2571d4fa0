# ruff: noqa: RUF001 - quotation marks of all languages are the subject
"""Checks on style: capital letters, quotation marks."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, Literal

from rlvr.errors import DataError
from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint

PREFIXES: Final = ("style:",)
Case = Literal["upper", "lower", "title", "sentence"]
_MARKS = '"“”„‟«»‹›「」『』＂〝〞'
_ELIDED: Final = re.compile(r"\A[^\W\d_]{1,2}['’]")
"""An article without its vowel, in French and Italian: `L'OTAN`."""
_SMALL = 4  # letters of a word that a title may leave small, such as an article


@constraint(
    "style:casing",
    {
        "upper": "Write everything in capital letters.",
        "lower": "Write everything in small letters.",
        "title": "Write it as a title: the important words begin with a capital letter.",
        "sentence": "Begin with a capital letter and do not write whole words in capitals, unless the source does.",
    },
)
def casing(translation: Answer, case: Case) -> Outcome:
    """The case asked for; no opinion where the target language has none.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> casing(Answer.translating("STOP!", "HALT!", Pair("en", "de")), "upper").score
    1.0
    """
    answer = translation
    if answer.caseless:
        return Outcome(None, f"{answer.language} is written without capital letters")
    words = [word for word in answer.words if any(map(str.isalpha, word))]
    if not words:
        return Outcome(0.0, "no words")
    if case in ("upper", "lower"):
        # The sharp s has a capital that hardly anybody writes.
        words = [word.replace("ß", "ẞ") if case == "upper" else word for word in words]
        right = str.isupper if case == "upper" else str.islower
        wrong = [word for word in words if not right(word) and word.lower() != word.upper()]
    elif case == "title":
        wrong = [word for word in words if _starts_small(word) and len(word) > _SMALL]
        wrong += words[:1] if _starts_small(words[0]) else []
    else:
        shouted = {word for word in translation.original.words if word.isupper()}
        wrong = [
            word
            for word in words
            if word.isupper() and len(bare := _ELIDED.sub("", word)) > _SMALL and not {word, bare} & shouted
        ]
        wrong += words[:1] if _starts_small(words[0]) else []
    return Outcome(float(not wrong), f"not in {case} case: {', '.join(wrong[:3])}" if wrong else f"{case} case")


@constraint("style:quotation", "Write quotations in these marks: {marks}.")
def quotation(translation: Answer, marks: str) -> Outcome:
    """Quotations stand in one pair of marks and no other, as many as in the source.

    Args:
        translation: What is judged.
        marks: The opening and the closing mark, `„“`; a straight one is `""`.

    Raises:
        DataError: They are not two quotation marks.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> quotation(Answer.translating('He said "yes".', "Er sagte „ja“.", Pair("en", "de")), "„“").score
    1.0
    """
    if len(marks) != 2 or not set(marks) <= set(_MARKS):
        raise DataError(f"`marks` of `style:quotation` is {marks!r}; it is an opening and a closing mark, `„“`.")
    found = Counter(letter for letter in translation.text if letter in _MARKS)
    others = sorted(set(found) - set(marks))
    if others:
        return Outcome(0.0, f"other marks: {' '.join(others)}")
    pairs = len(re.findall(f"{re.escape(marks[0])}[^{re.escape(marks)}]+{re.escape(marks[1])}", translation.text))
    wanted = max(1, quotations(translation.original.text))
    if 2 * pairs != found.total():
        return Outcome(0.0, "a mark stands alone")
    return Outcome(float(pairs == wanted), f"{pairs} quotations, {wanted} wanted")


def quotations(text: str) -> int:
    """How many quotations a text has, in whatever marks.

    >>> quotations('"a" and „b“')
    2
    """
    return sum(letter in _MARKS for letter in text) // 2


def marks_of(text: str) -> str | None:
    """The pair of marks around the first quotation of a text.

    >>> marks_of("Er sagte „ja“.")
    '„“'
    """
    found = [letter for letter in text if letter in _MARKS]
    return "".join(found[:2]) if len(found) >= 2 else None


def _starts_small(word: str) -> bool:
    return word[0].islower()
