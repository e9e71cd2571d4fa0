"""Draws constraints for a prompt that can be met together, and asks for them in the prompt's language.

All of it follows from the seed: the same text gives the same constraints in every process and Python.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from rlvr import Message, Task
from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.constraints.generating.conflicts import conflict
from rlvr.rewards.constraints.request import read_reference
from rlvr.rewards.constraints.wording import describe, has_words
from rlvr.sample import Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Material:
    """What constraints and requests of one language are made from; `requests.json` holds it.

    Args:
        kinds: Requests with a place for their subject.
        subjects: What they may be about.
        words: Nouns to be asked for or forbidden, none part of another.
        ends: Phrases to end with, without marks.
        often: Letters that each text of some length has.
        rare: Letters that few words have.
        section: The heading of a section.
        postscript: Begins a postscript.
    """

    kinds: Sequence[str]
    subjects: Sequence[str]
    words: Sequence[str]
    ends: Sequence[str]
    often: str
    rare: str
    section: str
    postscript: str


def spoken() -> tuple[str, ...]:
    """The languages in which constraints can be drawn.

    >>> len(spoken()), "is" in spoken()
    (22, True)
    """
    return tuple(_requests())


@cache
def _requests() -> dict[str, Any]:
    return json.loads(Path(__file__).with_name("requests.json").read_text(encoding="utf-8"))


@cache
def material(language: str) -> Material:
    """The material of a language.

    Raises:
        DataError: There is none.

    >>> material("it").section
    'Sezione'
    """
    languages = _requests()
    if language not in languages:
        raise DataError(
            f"Constraints cannot be asked for in `{language}`.{did_you_mean(language, languages)}",
            hint=f"They can in {', '.join(languages)}.",
        )
    return Material(**languages[language])


@dataclass(slots=True)
class Lot:
    """Choices that follow from a text; only `random()` is promised to stay the same from one Python to the next."""

    seed: str
    language: str = "en"
    prompt: str = ""
    words: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self.words = self.shuffled(material(self.language).words)

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self._random.random() * (most - least + 1))

    def one_of(self, items: Sequence[T]) -> T:
        """One of some."""
        return items[self.between(0, len(items) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All of them, in another order."""
        return [item for _, item in sorted(((self._random.random(), item) for item in items), key=lambda pair: pair[0])]

    def word(self) -> str:
        """A noun that no other constraint of the set has."""
        return self.words.pop()

    _random: random.Random = field(init=False, repr=False)


def _relation(lot: Lot, name: str, count: str, least: tuple[int, int], most: tuple[int, int]) -> dict[str, Json]:
    relation = lot.one_of(("at least", "less than"))
    return {name: relation, count: lot.between(*(least if relation == "at least" else most))}


def _letter(lot: Lot) -> dict[str, Json]:
    relation = lot.one_of(("at least", "less than"))
    letters = material(lot.language)
    letter = lot.one_of(letters.often if relation == "at least" else letters.rare)
    count = lot.between(3, 8) if relation == "at least" else lot.between(6, 9)
    return {"letter": letter, "let_frequency": count, "let_relation": relation}


def _nth(lot: Lot) -> dict[str, Json]:
    count = lot.between(2, 4)
    return {"num_paragraphs": count, "nth_paragraph": lot.between(1, count), "first_word": lot.word()}


def _nothing(_: Lot) -> dict[str, Json]:
    return {}


def _other_language(lot: Lot) -> dict[str, Json]:
    return {"language": lot.one_of([one for one in sorted(spoken()) if one not in (lot.language, *_LIKE_ANOTHER)])}


_DRAWN: Final[dict[str, Callable[[Lot], dict[str, Json]]]] = {
    "keywords:existence": lambda lot: {"keywords": [lot.word() for _ in range(lot.between(2, 3))]},
    "keywords:frequency": lambda lot: {
        "keyword": lot.word(),
        **_relation(lot, "relation", "frequency", (2, 4), (2, 4)),
    },
    "keywords:forbidden_words": lambda lot: {"forbidden_words": [lot.word() for _ in range(lot.between(1, 3))]},
    "keywords:letter_frequency": _letter,
    "language:response_language": _other_language,
    "length_constraints:number_sentences": lambda lot: _relation(lot, "relation", "num_sentences", (3, 8), (16, 24)),
    "length_constraints:number_words": lambda lot: _relation(lot, "relation", "num_words", (40, 120), (200, 400)),
    "letters:letter_counting": lambda lot: {"relation": "at least", "N": 50 * lot.between(2, 6)},
    "length_constraints:number_paragraphs": lambda lot: {"num_paragraphs": lot.between(2, 4)},
    "length_constraints:nth_paragraph_first_word": _nth,
    "paragraphs:paragraphs2": _nothing,
    "detectable_content:number_placeholders": lambda lot: {"num_placeholders": lot.between(1, 4)},
    "detectable_content:postscript": lambda lot: {"postscript_marker": material(lot.language).postscript},
    "detectable_format:number_bullet_lists": lambda lot: {"num_bullets": lot.between(2, 5)},
    "detectable_format:number_highlighted_sections": lambda lot: {"num_highlights": lot.between(1, 4)},
    "detectable_format:multiple_sections": lambda lot: {
        "section_spliter": material(lot.language).section,
        "num_sections": lot.between(2, 4),
    },
    "detectable_format:json_format": _nothing,
    "detectable_format:title": _nothing,
    "combination:two_responses": _nothing,
    "combination:repeat_prompt": lambda lot: {"prompt_to_repeat": lot.prompt},
    "startend:end_checker": lambda lot: {"end_phrase": lot.one_of(material(lot.language).ends)},
    "startend:quotation": _nothing,
    "punctuation:no_comma": _nothing,
    "punctuation:punctuation_dot": _nothing,
    "punctuation:punctuation_exclamation": _nothing,
    "keywords:word_once": lambda lot: {"keyword": lot.word()},
    "count:count_increment_word": lambda lot: {"keyword1": lot.word(), "keyword2": lot.word()},
    "first_word:first_word_answer": lambda lot: {"first_word": lot.word()},
    "last_word:last_word_answer": lambda lot: {"last_word": lot.word()},
    "keywords:start_end": _nothing,
    "keywords:palindrome": _nothing,
    "change_case:capital_word_frequency": lambda lot: _relation(
        lot, "capital_relation", "capital_frequency", (2, 4), (3, 6)
    ),
    "change_case:english_capital": _nothing,
    "change_case:english_lowercase": _nothing,
}
_LIKE_ANOTHER: Final = ("no",)
"""Not asked for as another language: short texts in it cannot be told from Danish."""

_DECIDING: Final = frozenset(
    (
        "keywords:existence",
        "count:count_increment_word",
        "first_word:first_word_answer",
        "last_word:last_word_answer",
        "length_constraints:nth_paragraph_first_word",
        "combination:repeat_prompt",
        "language:response_language",
    )
)
"""What hardly any fixed text meets, for it asks for drawn words, the request itself or a drawn language."""

_OF_ONE_LANGUAGE: Final = {
    "es": ("es:punctuation:question_marks", "es:punctuation:exclamation_marks"),
    "fr": ("fr:detectable_content:informal_address", "fr:detectable_content:no_digits"),
}


def drawable(language: str) -> list[str]:
    """The checks that are drawn for prompts in a language.

    >>> len(drawable("en")), "change_case:english_capital" in drawable("de")
    (34, False)
    """
    material(language)
    return [*(id for id in _DRAWN if has_words(id, language)), *_OF_ONE_LANGUAGE.get(language, ())]


def draw(prompt: str, language: str, count: int, seed: str) -> list[tuple[str, dict[str, Json]]]:
    """Constraints for a prompt that can be met together, with their arguments; one that no fixed text meets is there.

    Args:
        prompt: The request they are put on.
        language: Its language: one of `spoken()`.
        count: How many; fewer where the ones drawn first leave no room for another.
        seed: What they follow from.

    Raises:
        DataError: A count below 1, or a language without material.

    >>> draw("Write a poem.", "en", 2, "any text")
    [('length_constraints:number_words', {'relation': 'at least', 'num_words': 42}),
     ('count:count_increment_word', {'keyword1': 'garden', 'keyword2': 'feather'})]
    """
    if count < 1:
        raise DataError(f"{count} constraints cannot be drawn; ask for 1 or more.")
    order = Lot(f"{seed}/ids", language).shuffled(drawable(language))
    chosen = [next(id for id in order if id in _DECIDING)]
    for id in order:
        if len(chosen) < count and not any(conflict(id, other) for other in chosen):
            chosen.append(id)
    return list(arguments(sorted(chosen, key=order.index), prompt, language, seed).items())


def arguments(ids: Sequence[str], prompt: str, language: str, seed: str) -> dict[str, dict[str, Json]]:
    """Arguments for some checks, drawn so that no two of them ask for the same word.

    >>> arguments(["punctuation:no_comma", "keywords:word_once"], "Write.", "en", "any text")
    {'punctuation:no_comma': {}, 'keywords:word_once': {'keyword': 'garden'}}
    """
    lot = Lot(seed, language, prompt)
    return {id: _DRAWN[id](lot) if id in _DRAWN else {} for id in ids}


def constrain(prompt: str, language: str = "en", *, count: int = 2, seed: str = "", id: str = "") -> Task:
    """A task: a prompt with drawn constraints asked for in its language.

    Args:
        prompt: The request.
        language: Its language: one of `spoken()`.
        count: How many constraints, at most.
        seed: The same seed and prompt give the same task.
        id: Of the task.

    Raises:
        DataError: A count below 1, or a language without material.

    >>> task = constrain("Schreibe ein Gedicht.", "de", count=2, seed="17")
    >>> task.prompt[0].content.splitlines()[2:]
    ['Verwende keine Kommas.', 'Schreibe die ganze Antwort auf Ukrainisch.']
    """
    drawn = draw(prompt, language, count, f"{seed}/{prompt}")
    reference: dict[str, Json] = {
        "instruction_id_list": [one for one, _ in drawn],
        "kwargs": [given for _, given in drawn],
    }
    asked = (describe(one.constraint, one.arguments, language) for one in read_reference(reference))
    messages = (Message("user", "\n".join((f"{prompt}\n", *asked))),)
    return Task(messages, reference, {"language": language}, reward="instructions.follow", id=id)
