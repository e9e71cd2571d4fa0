"""Whether an answer is in another language than its prompt asks for; what cannot be told passes."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any, Final

from rlvr.rewards.constraints.gates.asking import asks
from rlvr.rewards.languages.evidence.kin import are_kin
from rlvr.rewards.languages.function_words import stop_words
from rlvr.rewards.languages.identification import canonical, identify, name_of
from rlvr.rewards.languages.scripts import UNSPACED, letters_by_script, scripts_of

_LETTERS, _UNSPACED_LETTERS = 30, 10
_SMALL_WORDS: Final = 0.15
_PART = re.compile(r"[:\n\"“”„«»「」『』]+")


def other_language(answer: str, prompt: str, declared: str) -> str | None:
    """The language of an answer where it is plainly not that of the prompt, and the prompt asks for no other.

    Args:
        answer: The answer, or its beginning.
        prompt: The prompt.
        declared: Its language, as its task says.

    >>> other_language("Das ist eine Antwort, und sie ist in der falschen Sprache.", "Write about bridges.", "en")
    'de'
    >>> other_language("Das Haus ist klein und alt, und es ist leer.", "Say in German: The house is old.", "en")
    """
    found = identify(answer)
    if found is None or not any(map(str.isalpha, prompt)):
        return None
    found = canonical(found)
    expected = {canonical(declared), language_of(prompt, declared)}
    if any(found == one or are_kin(found, one) for one in expected) or not _is_plain(answer, found, expected):
        return None
    return None if _may_ask_for(prompt, found, declared) else found


@lru_cache(maxsize=1024)
def language_of(prompt: str, declared: str) -> str:
    """The language that a prompt is written in: as it tells, else as its task says.

    >>> language_of("Schreibe ein Gedicht über das Meer.", "en")
    'de'
    """
    return canonical(identify(prompt) or declared)


def _is_plain(answer: str, found: str, expected: set[str]) -> bool:
    # Names and terms are taken for any language; another script, or small words, are evidence.
    letters = letters_by_script(answer)
    own = scripts_of(found)
    count = sum(number for name, number in letters.items() if name in own)
    least = _UNSPACED_LETTERS if own & UNSPACED else _LETTERS
    if count < least:
        return False
    if not any(own & scripts_of(one) for one in expected):
        return count > 0.5 * letters.total()
    words = re.findall(r"[^\W\d_]+", answer.casefold())
    small = stop_words(found)
    return bool(small) and sum(word in small for word in words) >= _SMALL_WORDS * len(words)


def _may_ask_for(prompt: str, found: str, declared: str) -> bool:
    """Whether a prompt names a language, speaks of translation, or has a part in it."""
    spoken = {declared, language_of(prompt, declared), "en"}
    if any(names(found, prompt, language) for language in spoken):
        return True
    if any(asks("translate", prompt, language) for language in spoken):
        return True
    return any(len(part) > 8 and identify(part) == found for part in _PART.split(prompt))


def names(language: str, prompt: str, spoken: str) -> bool:
    """Whether a prompt names a language, in the words of the one it is written in, in English or in its own.

    >>> names("de", "Auf Deutsch, bitte.", "de"), names("de", "En allemand.", "fr"), names("de", "En anglais.", "fr")
    (True, True, False)
    """
    folded = prompt.casefold()
    return any(name in folded for name in _names(language, spoken))


@cache
def _names(language: str, spoken: str) -> tuple[str, ...]:
    """What a language is called in another, in English and in itself."""
    from babel import Locale, UnknownLocaleError

    names = [name_of(language)]
    for code in (spoken, language):
        try:
            known: Any = Locale.parse(code, sep="-").languages
        except (UnknownLocaleError, ValueError):
            continue
        names += [str(known[language])] if language in known else []
    # An adjective may end otherwise: `russischen`, `русском`, `alemana`.
    return tuple({name.casefold()[: max(4, len(name) - 2)] if len(name) > 4 else name.casefold() for name in names})
