"""How often a word stands in a text in any of its forms.

English words have a lexicon of lemmas (LemmInflect); of other languages, those that Snowball has a stemmer for. Where
neither knows the language, no form but the word itself is found.
"""

from __future__ import annotations

from functools import lru_cache

from rlvr.rewards.languages.matching import stem_of
from rlvr.rewards.languages.measures import Text


def inflections(text: Text, phrase: str) -> int:
    """How often the words of a phrase stand in a text one after another, in any form.

    >>> inflections(Text("Он любит музыку", "ru"), "музыка"), inflections(Text("A universe", "en"), "university")
    (1, 0)
    >>> inflections(Text("She sang two songs"), "song")
    1
    """
    wanted = [_forms(word, text.language) for word in Text(phrase, text.language).words]
    words = [_forms(word, text.language) for word in text.words]
    size = len(wanted)
    return sum(all(map(_share, wanted, words[at : at + size])) for at in range(len(words) - size + 1) if size)


def _share(one: frozenset[str], other: frozenset[str]) -> bool:
    return not one.isdisjoint(other)


@lru_cache(maxsize=65536)
def _forms(word: str, language: str) -> frozenset[str]:
    """What two forms of a word have in common: its lemmas, or its stem."""
    small = word.casefold().replace("\u2019", "'")
    if language.partition("-")[0].lower() != "en":
        return frozenset((stem_of(small, language),))
    from lemminflect import getAllLemmas  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    known = getAllLemmas(small.removesuffix("'s"))  # pyright: ignore[reportUnknownVariableType]
    return frozenset((small.removesuffix("'s"), *(lemma for lemmas in known.values() for lemma in lemmas)))  # pyright: ignore
