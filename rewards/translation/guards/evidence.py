"""What speaks for one language and against another: the model of short texts, small words, and letters.

The model alone takes a title for any language; a small word of the other language, or a letter that the one does not
have, must speak against it too.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from rlvr.rewards.languages.function_words import stop_words
from rlvr.rewards.languages.identification import canonical, likelihoods
from rlvr.rewards.languages.scripts import script, scripts_of
from rlvr.rewards.translation.guards.segment import words_of

_SMALL: Final = frozenset(
    (
        *("li", "als", "bar", "nds", "vls", "zea", "frr", "ksh", "pfl", "lmo", "pms", "nap"),
        *("scn", "vec", "eml", "wa", "an", "ast", "war", "ceb", "jbo", "ia", "ie", "io", "vo", "eo", "la", "oc", "sco"),
        *("min", "mzn", "su", "jv", "rue", "mhr", "cv", "krc", "kw", "gv", "bcl", "pam", "ilo", "nah", "mwl", "rm"),
    )
)
"""Dialects and constructed languages in which little was written for the model to learn from."""
_ONE: Final = tuple(map(frozenset, (("hr", "sr", "bs", "sh", "me"), ("id", "ms"), ("hi", "mr", "ne"))))
"""Languages that nobody tells from one another by a sentence, or that the model does not."""
_FLOOR, _RARE, _LEAST = 0.003, 0.0004, 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much speaks for the likeliest other language.

    Args:
        other: Its code.
        lead: Powers of ten by which the model prefers it; negative where it prefers the language asked for.
        words: Words that only the other one has, less those that only the language asked for has.
        own: Words that only the language asked for has.
    """

    other: str
    lead: float
    words: int
    own: int


def evidence(text: str, target: str) -> Evidence | None:
    """What speaks against a text being in a language; `None` where the model says nothing.

    >>> found = evidence("Vous trouverez la clé dans la boîte", "de")
    >>> found.other, found.lead > 2, found.words > 2
    ('fr', True, True)
    """
    wanted = canonical(target)
    shares = defaultdict[str, float](float)
    for code, share in likelihoods(text).items():
        if code not in _SMALL or code == wanted:
            shares[canonical(code)] += share
    same = next((group for group in _ONE if wanted in group), frozenset((wanted,)))
    others = {code: share for code, share in shares.items() if code not in same}
    if not others:
        return None
    other = max(others, key=lambda code: others[code])
    lead = math.log10(others[other] + _FLOOR) - math.log10(shares.get(wanted, 0.0) + _FLOOR)
    words = [word.casefold() for word in words_of(text) if word.isalpha()]
    foreign = sum(_speaks(word, other, wanted) for word in words)
    own = sum(_speaks(word, wanted, other) for word in words)
    return Evidence(other, lead, foreign - own, own)


def _speaks(word: str, one: str, other: str) -> bool:
    """Whether a word is of one language and not of another: a small word of it, or one with its letters."""
    if word in stop_words(one):
        return word not in stop_words(other)
    letters, theirs = letters_of(one), letters_of(other)
    return bool(letters and theirs) and letters.issuperset(word) and not theirs.issuperset(word)


def foreign_words(words: Iterable[str], target: str) -> list[str]:
    """The words in small letters with a letter that a language is not written with.

    >>> foreign_words(["jeg", "går", "gärna", "tillbaka", "Måns"], "nb"), foreign_words(["мыло"], "uk")
    (['gärna'], ['мыло'])
    """
    own = all_letters_of(canonical(target))
    scripts = scripts_of(target)
    if 2 * sum(script(letter) in scripts for letter in own) < len(own):
        return []  # CLDR has the language in another script than the tag says
    # A word without any of its letters is in another script, which is another guard's matter.
    return [
        word
        for word in words
        if word.islower() and word.isalpha() and not own.isdisjoint(word) and not own.issuperset(word)
    ]


@lru_cache(maxsize=64)
def all_letters_of(code: str) -> frozenset[str]:
    """The letters of a language and those of names in it: in the names that CLDR has, or in its small words."""
    counts = _letter_counts(code)
    small = frozenset(letter for word in stop_words(code) for letter in word)
    return frozenset(counts) | small if counts else frozenset()


@lru_cache(maxsize=64)
def letters_of(code: str) -> frozenset[str]:
    """The letters of a language, by the names that CLDR has in it; none where CLDR does not know it.

    >>> "ø" in letters_of("da"), "ø" in letters_of("sv"), letters_of("qaa")
    (True, False, frozenset())
    """
    counts = _letter_counts(code)
    least = max(_LEAST, _RARE * counts.total())
    return frozenset(letter for letter, count in counts.items() if count >= least)


@lru_cache(maxsize=64)
def _letter_counts(code: str) -> Counter[str]:
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return Counter()
    names: list[Any] = [*locale.languages.values(), *locale.territories.values(), *locale.currencies.values()]
    for calendar in (locale.months, locale.days):
        names += [name for width in calendar["format"].values() for name in width.values()]
    return Counter(letter for name in names for letter in str(name).casefold() if letter.isalpha())
