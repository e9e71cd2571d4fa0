"""What a prompt asks for, as far as words tell: what it is about, whether something long, short, code or a translation.

`prompts.json` holds, by language, the words of tasks, which are about no subject, and patterns of what is asked for.
Of a language that is not in it nothing can be told but its subjects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from rlvr.rewards.languages.evidence.word_order import order_of
from rlvr.rewards.languages.function_words import stop_words
from rlvr.rewards.languages.literals import unsegmented

TABLE: Final = Path(__file__).with_name("prompts.json")
_STEM, _SHORTEST = 5, 3
_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(r"[\u30a0-\u30ff\u3400-\u9fff]{2,}|[\u0e00-\u0e7f\u1000-\u109f\u1780-\u17ff\u0e80-\u0eff]{4,}")


def asks(kind: str, prompt: str, language: str) -> bool:
    """Whether a prompt asks for something of a kind.

    Args:
        kind: `long`; `short`; `hidden`, which must not name its subject; `count`, a number; `polar`, yes or no; `code`;
            `translate`; `again`, which may be made of the prompt's own words.
        prompt: The prompt.
        language: Its language.

    For code and translations English is looked at as well, since its words for them are used in all languages.

    >>> asks("long", "Write a blog post about rain.", "en"), asks("short", "Name a new tea.", "en")
    (True, True)
    """
    codes = {_code(language), "en"} if kind in ("code", "translate") else {_code(language)}
    return any((found := pattern(kind, code)) is not None and found.search(prompt) for code in codes)


def found_in(kind: str, prompt: str, language: str) -> list[str]:
    """The parts of a prompt that are of a kind: `barred`, what must not be said.

    >>> found_in("barred", "Describe a jock without mentioning the word jock.", "en")
    ['without mentioning the word jock']
    """
    found = pattern(kind, _code(language))
    return [one[0] for one in found.finditer(prompt)] if found else []


@cache
def pattern(kind: str, language: str) -> re.Pattern[str] | None:
    """The pattern of a kind in a language; `None` where there is none.

    >>> bool(pattern("refusal", "de").search("Es tut mir leid, das kann ich nicht."))
    True
    """
    said = _table().get(language, {}).get(kind)
    if said is None:
        return None
    start = "" if language in ("ja", "zh", "ko", "hi") or kind == "refusal" else r"(?<![^\W\d_])"
    return re.compile(f"{start}(?:{said})", re.IGNORECASE)


def subjects(prompt: str, language: str) -> Iterator[str]:
    """What a prompt is about: the first five letters of each word that is no small one and no word of tasks.

    Of what is written without spaces, pairs of Chinese characters or of katakana, and runs of four letters of Thai.

    >>> list(subjects("Write a poem about a lighthouse in at least 40 words.", "en"))
    ['light']
    """
    aside, stems, within = _aside(_code(language))
    for found in _WORD.finditer(prompt.casefold()):
        word = found[0]
        if word.isascii() or not any(map(unsegmented, word)):
            if len(word) >= _SHORTEST and not (word in aside or word[:_STEM] in stems or word.isdigit()):
                yield word[:_STEM]
            continue
        for run in _RUN.findall(word):
            size = 2 if run[0] >= "\u3000" else 4
            for at in range(len(run) - size + 1):
                if run[at : at + size] not in within:
                    yield run[at : at + size]


def takes_up(answer: str, prompt: str, language: str) -> bool:
    """Whether an answer has anything that the prompt is about.

    Args:
        answer: In small letters.
        prompt: The prompt.
        language: Of the prompt.

    >>> takes_up("the lighthouse stood alone.", "Write a poem about lighthouses.", "en")
    True
    """
    return any(stands_in(answer, subject) for subject in subjects(prompt, language))


def stands_in(text: str, subject: str) -> bool:
    """Whether a subject stands in a text: a short one at the beginning of a word, a long one within a compound too.

    >>> stands_in("an old sunflower", "sun"), stands_in("no unsung hero", "sun"), stands_in("the moonlight", "light")
    (True, False, True)
    """
    at = text.find(subject)
    if at <= 0 or len(subject) >= _STEM or not subject[0].isascii():
        return at >= 0
    while at > 0 and text[at - 1].isalnum():
        at = text.find(subject, at + 1)
    return at >= 0


def adds(answer: Iterable[str], prompt: str, language: str, enough: int) -> bool:
    """Whether so many of an answer's words say something which neither the prompt nor the words of tasks do.

    Args:
        answer: Its words, in small letters.
        prompt: The prompt, in small letters.
        language: Of both.
        enough: How many are enough.

    >>> adds("the poem about the sea is a poem".split(), "write a poem about the sea.", "en", 1)
    False
    """
    aside = _known(_code(language))
    found = 0
    for word in answer:
        if len(word) >= _SHORTEST and word not in aside and word[:_STEM] not in prompt and word[0].isalpha():
            found += 1
            if found >= enough:
                return True
    return False


def words_of(kind: str, language: str) -> frozenset[str]:
    """The words of a kind in a language: `task`, `meta`, `empty`.

    >>> "response" in words_of("meta", "en"), words_of("meta", "tlh")
    (True, frozenset())
    """
    return _words_of(kind, _code(language))


@cache
def _words_of(kind: str, code: str) -> frozenset[str]:
    return frozenset(_table().get(code, {}).get(kind, "").split())


@lru_cache(maxsize=64)
def _aside(code: str) -> tuple[frozenset[str], frozenset[str], str]:
    """Words that are about nothing, the stems of the long ones among those of tasks, and all in one text."""
    task = _words_of("task", code) | _words_of("task", "en")
    stems = frozenset(word[:_STEM] for word in task if len(word) > _STEM)
    return task | stop_words(code), stems, " ".join(_words_of("task", code))


@lru_cache(maxsize=64)
def _known(code: str) -> frozenset[str]:
    """Small words, and those of tasks."""
    order = order_of(code)
    return _words_of("task", code) | (frozenset(order.classes) if order else stop_words(code))


def _code(language: str) -> str:
    return language.partition("-")[0].lower()


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return json.loads(TABLE.read_text(encoding="utf-8"))
