"""How often a word stands in a text in any of its forms.

English words have a lexicon of lemmas (LemmInflect); of other languages, those that Snowball has a stemmer for. Where
neither knows the language, no form but the word itself is found.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rlvr.rewards.languages.matching import stem_of
from rlvr.rewards.languages.measures import Text

_ROMANCE: Final = frozenset(("ca", "es", "fr", "gl", "it", "pt"))
_ENDING, _LONG_ENDING = 2, 4
"""How many letters two forms may differ in length: a stem is cut from `librería` as well as from `libros`."""


def inflections(text: Text, phrase: str) -> int:
    """How often the words of a phrase stand in a text one after another, in any form.

    >>> inflections(Text("Он любит музыку", "ru"), "музыка"), inflections(Text("A universe", "en"), "university")
    (1, 0)
    >>> inflections(Text("She sang two songs"), "song")
    1
    """
    wanted, words, size = Text(phrase, text.language).words, text.words, len(Text(phrase, text.language).words)
    places = range(len(words) - size + 1) if size else ()
    return sum(
        all(_inflects(one, other, text.language) for one, other in zip(wanted, words[at : at + size], strict=True))
        for at in places
    )


def _inflects(one: str, other: str, language: str) -> bool:
    code = language.partition("-")[0].lower()
    if code != "en" and abs(len(one) - len(other)) > (_ENDING if code in _ROMANCE else _LONG_ENDING):
        return False
    return not _forms(one, language).isdisjoint(_forms(other, language))


@lru_cache(maxsize=65536)
def _forms(word: str, language: str) -> frozenset[str]:
    """What two forms of a word have in common: its lemmas, or its stem."""
    small = word.casefold().replace("\u2019", "'")
    if language.partition("-")[0].lower() != "en":
        return frozenset((stem_of(small, language),))
    from lemminflect import getAllLemmas  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    known = getAllLemmas(small.removesuffix("'s"))  # pyright: ignore[reportUnknownVariableType]
    return frozenset((small.removesuffix("'s"), *(lemma for lemmas in known.values() for lemma in lemmas)))  # pyright: ignore
