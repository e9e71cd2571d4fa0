# ruff: noqa: RUF002 - letters of many scripts
r"""`math.choice`: is the right letter chosen, in whatever form and language the choice is given?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rlvr import Sample, Verdict, reward
from rlvr.errors import DataError
from rlvr.rewards.math.extracting.choosing import settled, takes_back
from rlvr.rewards.math.extracting.extraction import Extract, extract
from rlvr.rewards.math.extracting.letters import letter_of
from rlvr.rewards.math.extracting.markers import ASCII_WORDS, CHOICE_WORDS, OTHER_WORDS
from rlvr.rewards.math.parsing.latex import tidy, untext
from rlvr.sample import Json, is_list

_FIRST = re.compile(r"\s*[*_]{0,3}\(?([A-Z])[).:\uff0e\u3001][*_]{0,3}(?:\s|$)")
_OPTION = re.compile(r"\s*[*_(]{0,3}([A-J])(?:[).:]|\*\*)")
_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A letter and where it was read, or why there is none."""

    letter: str
    text: str
    problem: str = ""


@reward("math.choice")
def choice(sample: Sample) -> Verdict:
    r"""1 when the right one of several choices is given, and only that one.

    `\boxed{B}`, `(B)`, `B. Paris`, `The answer is B`, `选B` and `Die Antwort ist B` are read, and the letters with
    which Arabic, Bengali, Hindi, Thai, Hebrew, Greek, Korean and other tests count their choices.

    Args:
        sample: `reference` is a letter. `data["choices"]` (a list, or texts by letter) lets the text of a choice
            stand for it; `data["language"]` says in which alphabet `В` is the third letter.

    Raises:
        DataError: The reference is no letter and the text of no choice (status `error`).

    >>> choice.check("The correct option is B. Because A is too small.", reference="B").score
    1.0
    >>> choice.check("A or B", reference="B").explanation
    'several choices: A or B'
    """
    return _judged(sample, strict=False)


@reward("math.choice_strict")
def choice_strict(sample: Sample) -> Verdict:
    r"""As `math.choice`, but the letter must stand in `\boxed{}`, behind `####` or in `<answer>` tags.

    Args:
        sample: As for `math.choice`.

    Raises:
        DataError: As for `math.choice`.

    >>> choice_strict.check(r"\boxed{\textbf{(B)}\ 5}", reference="B").score
    1.0
    """
    return _judged(sample, strict=True)


def _judged(sample: Sample, *, strict: bool) -> Verdict:
    choices = _choices(sample.data.get("choices"))
    language = str(sample.data.get("language") or "")
    wanted = _wanted(sample.reference, choices, language)
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer", expected=wanted)
    found = chosen(sample.answer, choices, language, strict=strict)
    if found.problem:
        return Verdict.wrong(found.problem, extracted=found.text[:200] or None, expected=wanted)
    if found.letter != wanted:
        return Verdict.wrong(f"{found.letter} is not {wanted}", extracted=found.letter, expected=wanted)
    return Verdict.right(found.letter, wanted, f"the choice {wanted}")


def chosen(text: str, choices: Mapping[str, str] | None = None, language: str = "", *, strict: bool = False) -> Chosen:
    """The letter that a text chooses.

    Args:
        text: What the model wrote after its reasoning.
        choices: Texts of the choices by letter.
        language: Of the text, where it is known.
        strict: Only what is marked counts.

    >>> chosen("So it must be (C).").letter
    'C'
    """
    found = extract(text, strict=strict, words=CHOICE_WORDS)
    if found.problem:
        return Chosen("", found.text, found.problem)
    if found.parts and len({letter_of(part, language)[0] for part in found.parts}) > 1:
        return Chosen("", found.text, f"several choices: {', '.join(found.parts)[:60]}")
    if re.match(r"[\s$*_)\\\]}]{0,6}(?:or|oder|ou|或)\b", found.rest):
        return Chosen("", found.text, f"several choices: {found.text}{found.rest[:30]}")
    letter, problem = letter_of(found.text, language)
    if letter and found.form not in _MARKED and (why := _why_not(text, found, letter)):
        return Chosen("", found.text[:200], why)
    if letter:
        return Chosen(letter, found.text)
    if by_text := _by_text(found.text, choices or {}):
        return Chosen(by_text, found.text)
    sentence = found.form in ("prose", "whole") and not problem.startswith("several")
    if sentence and (in_prose := _in_prose(text, language)) and not takes_back(text, in_prose.letter):
        return in_prose
    if found.form not in _MARKED and (letter := settled(text)):
        return Chosen(letter, text[-200:])
    return Chosen("", found.text[:200], problem)


_OWN_LABEL = re.compile(r"[\s*_\"'$]*\(?[A-Za-z](?:[).:\uff0e\u3001]|\s*\*\*)")


def _why_not(text: str, found: Extract, letter: str) -> str:
    """What speaks against a letter in its own sentence; a choice given with its words (`B. Vitamin C`) stands."""
    if _OWN_LABEL.match(found.text) and found.form in ("said", "whole", "bold"):
        return ""
    return takes_back(text, letter)


_MARKED: Final = frozenset(("box", "hash", "tag"))
_PICKED = re.compile(r"\b(?:choose|chose|pick|select|go with|choosing)\s+\(?([A-Z])\)?(?=[\s.,!]*$)")
_OTHER = re.compile(r"[A-Z]\)?[\s*_]*\b(?:or|oder|ou)\b")
_LAST = re.compile(r"(?:^|[\s*_\"'])\(([A-Z])\)(?=[\s.,;*_\"'!]|$)|\*\*\(?([A-Z])\)?[.:]?\*\*")


def _in_prose(text: str, language: str) -> Chosen | None:
    """A letter with a sign of being a choice: the line that starts with it, or the only one in brackets."""
    lines = [line for line in text[-4000:].splitlines() if line.strip()]
    if len({match[1] for line in lines if (match := _OPTION.match(line))}) > 1:
        return None  # the choices themselves
    for line in (lines[0], lines[-1]) if lines else ():
        if match := _FIRST.match(line):
            return Chosen(match[1], line[:200])
    if letter := _behind_a_word(text[-400:], language):
        return Chosen(letter, text[-200:])
    if match := _PICKED.search(lines[-1] if lines else ""):
        return Chosen(match[1], lines[-1][:200])
    if _OTHER.search(lines[-1] if lines else ""):
        return None
    marked = {one or other for one, other in _LAST.findall(lines[-1] if lines else "")}
    return Chosen(marked.pop(), lines[-1][:200]) if len(marked) == 1 else None


def _behind_a_word(text: str, language: str) -> str:
    """The letter right behind the last word for "answer", where a language puts nothing between them."""
    lowered = text.lower()
    words = (*ASCII_WORDS, *OTHER_WORDS, *CHOICE_WORDS)
    place, word = max((lowered.rfind(word), word) for word in words) if len(lowered) == len(text) else (-1, "")
    sentence = re.split(r"[.!?\n\u3002\u0964]", text[place + len(word) :])[0] if place >= 0 else ""
    return letter_of(sentence, language)[0] if sentence[:1] in (" ", ":") and len(sentence.split()) <= 3 else ""


def _squeezed(text: str) -> str:
    return _WORD.sub(" ", unicodedata.normalize("NFKC", untext(tidy(text))).casefold()).strip()


def _by_text(text: str, choices: Mapping[str, str]) -> str:
    wanted = _squeezed(text)
    same = [letter for letter, content in choices.items() if wanted and _squeezed(content) == wanted]
    return same[0] if len(same) == 1 else ""


_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _choices(given: Json) -> dict[str, str]:
    if given is None:
        return {}
    if isinstance(given, dict):
        return {letter.strip("(). ").upper(): str(text) for letter, text in given.items()}
    if is_list(given) and len(given) <= len(_LETTERS):
        return dict(zip(_LETTERS, (str(text) for text in given), strict=False))
    raise DataError(f"`choices` is {given!r}; it is a list of texts, or texts by letter.")


def _wanted(reference: Json, choices: Mapping[str, str], language: str) -> str:
    if isinstance(reference, str):
        letter, _ = letter_of(reference, language)
        if letter and (len(untext(tidy(reference)).strip("(). ")) == 1 or not choices):
            return letter
        if by_text := _by_text(reference, choices):
            return by_text
    raise DataError(
        f"the reference {reference!r} is no letter of a choice" + (" and none of the choices." if choices else ".")
    )
