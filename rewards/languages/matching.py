"""Where terms stand in a text: whole tokens, the longest first, no token used twice, inflected forms where allowed.

A base form stands verbatim in a third of good Polish translations, so terms match by stem (Snowball's, for the
languages it knows) or by affix: a common beginning, and short endings. Matching at tokens keeps `car` out of `carpet`,
taking the longest first keeps `Bank` from counting within `Bank of England`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, Literal

from rlvr.rewards.languages.endings import has_regular_endings
from rlvr.rewards.languages.literals import unsegmented

Match = Literal["stem", "affix", "exact"]
"""How far a form may be from the one in the glossary."""

_STEMMERS: Final = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "cs": "czech", "da": "danish", "nl": "dutch",
    "en": "english", "eo": "esperanto", "et": "estonian", "fi": "finnish", "fr": "french", "de": "german",
    "el": "greek", "hi": "hindi", "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian",
    "lt": "lithuanian", "ne": "nepali", "nb": "norwegian", "no": "norwegian", "nn": "norwegian", "fa": "persian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_WORD = re.compile(r"\w+")
_SHORTEST, _SHARE, _ENDING, _HEAD = 3, 0.6, 4, 2


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a letter of a script that does not part words; `start` and `end` are offsets of the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """A term in a text: which one, and the tokens `first` to `last` (exclusive) that it takes."""

    term: int
    first: int
    last: int


def tokens_of(text: str) -> list[Token]:
    """Words, and each letter of a script that does not part words on its own.

    >>> [token.text for token in tokens_of("Die 2 Häuser von 北京")]
    ['Die', '2', 'Häuser', 'von', '北', '京']
    """
    found = list[Token]()
    for match in _WORD.finditer(unicodedata.normalize("NFC", text)):
        start = match.start()
        for place, letter in enumerate(match[0], match.start()):
            if unsegmented(letter):
                if place > start:
                    found.append(Token(match[0][start - match.start() : place - match.start()], start, place))
                found.append(Token(letter, place, place + 1))
                start = place + 1
        if start < match.end():
            found.append(Token(match[0][start - match.start() :], start, match.end()))
    return found


def find_terms(
    text: str, terms: Sequence[Sequence[str]], language: str, match: Match = "stem", wanted: Sequence[int] = ()
) -> list[Found]:
    """The occurrences of terms in a text, none overlapping another.

    Args:
        text: Where to look.
        terms: The forms of each term.
        language: Of the text.
        match: Whether inflected forms count.
        wanted: How often each term is wanted; where two terms share a form, the one that still lacks takes it.

    >>> find_terms("In den Häusern der Bank", [["Haus"], ["Bank"], ["die Bank"]], "de")
    [Found(term=0, first=2, last=3), Found(term=1, first=4, last=5)]
    >>> len(find_terms("carpet", [["car"]], "en")), len(find_terms("carpet", [["car"]], "en", "exact"))
    (0, 0)
    """
    tokens = [(token.text, _key(token.text, language, match)) for token in tokens_of(text)]
    # Forms are looked up by how their first word begins: a glossary may be long.
    heads: dict[str, list[tuple[int, list[tuple[str, str]]]]] = {}
    for term, forms in enumerate(terms):
        for form in forms:
            parts = [(token.text, _key(token.text, language, match)) for token in tokens_of(form)]
            if parts:
                heads.setdefault(_bare(parts[0][1])[:_HEAD], []).append((term, parts))
    candidates = [
        Found(term, at, at + len(parts))
        for at, (_, key) in enumerate(tokens)
        for term, parts in heads.get(_bare(key)[:_HEAD], ())
        if at + len(parts) <= len(tokens)
        and all(_same(*tokens[at + i], *part, match, language) for i, part in enumerate(parts))
    ]
    return _exclusive(candidates, list(wanted) or [1] * len(terms))


def _exclusive(candidates: list[Found], wanted: list[int]) -> list[Found]:
    spans: dict[tuple[int, int], list[int]] = {}
    for one in candidates:
        spans.setdefault((one.first, one.last), []).append(one.term)
    taken, chosen, lacking = set[int](), list[Found](), list(wanted)
    for first, last in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if taken.isdisjoint(range(first, last)):
            term = max(spans[first, last], key=lambda term: (lacking[term], -term))
            lacking[term] -= 1
            chosen.append(Found(term, first, last))
            taken.update(range(first, last))
    return sorted(chosen, key=lambda one: one.first)


def _same(token: str, key: str, form: str, form_key: str, match: Match, language: str) -> bool:
    if key == form_key:
        return True
    if match == "exact" or unsegmented(form[0]) or any(map(str.isdigit, form)):
        return False
    if match == "stem" and has_regular_endings(token.casefold(), form.casefold(), language):
        return True
    if match == "stem" and _stemmer(language) is not None:
        # A stem that grew an umlaut or lost a vowel still begins alike and is as long, give or take a letter.
        return _bare(key) == _bare(form_key)
    return _alike(token.casefold(), form.casefold())


def _alike(token: str, form: str) -> bool:
    """Whether two words begin alike and differ in short endings only.

    >>> _alike("лесами", "лес"), _alike("carpet", "car"), _alike("wojny", "wojna"), _alike("form", "forest")
    (True, False, True, False)
    """
    common = 0
    while common < min(len(token), len(form)) and token[common] == form[common]:
        common += 1
    if common < max(_SHORTEST, round(_SHARE * max(len(token), len(form))) if len(form) > _ENDING else len(form)):
        return False
    ending = _ENDING if token.isascii() is False or len(form) > _ENDING else 2
    return max(len(token), len(form)) - common <= ending


@lru_cache(maxsize=65536)
def _bare(stem: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", stem) if not unicodedata.combining(letter))


def stem_of(word: str, language: str) -> str:
    """What the forms of a word have in common, as far as Snowball knows the language.

    >>> stem_of("Houses", "en"), stem_of("лесами", "ru")
    ('hous', 'лес')
    """
    return _stem(unicodedata.normalize("NFC", word.casefold()), language)


def _key(token: str, language: str, match: Match) -> str:
    return stem_of(token, language) if match == "stem" else unicodedata.normalize("NFC", token.casefold())


@lru_cache(maxsize=65536)
def _stem(word: str, language: str) -> str:
    stemmer = _stemmer(language)
    return word if stemmer is None else str(stemmer.stemWord(word))


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer  # pyright: ignore[reportMissingTypeStubs]

    name = _STEMMERS.get(language.partition("-")[0].lower())
    return snowballstemmer.stemmer(name) if name else None
