"""Whether an English text begins with a verb, by a lexicon: most words are in it, with what they can be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

_AUXILIARY = "is are was were has have had can could will would shall should may might must does do did means makes"
_FINITE = frozenset(_AUXILIARY.split())
_DETERMINER = "the a an my your his her its our their this that these those in on at by for sure dear no"
_NEVER = frozenset(_DETERMINER.split())


def begins_with_verb(words: Sequence[str]) -> bool:
    """Whether the first word is one, by what it can be and what follows it.

    >>> begins_with_verb(["Run", "fast"]), begins_with_verb(["Love", "is", "blind"]), begins_with_verb(["The", "run"])
    (True, False, False)
    """
    if not words or words[0].lower() in _NEVER:
        return False
    kinds = _kinds(words[0].lower())
    if words[0].lower() in _FINITE or (kinds and not kinds - {"VERB"}):
        return True
    following = words[1].lower() if len(words) > 1 else ""
    return bool(kinds & {"VERB", "AUX"}) and following not in _FINITE and following not in {":", "of", "and"}


@lru_cache(maxsize=65536)
def _kinds(word: str) -> frozenset[str]:
    from lemminflect import getAllLemmas  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    return frozenset(getAllLemmas(word))  # pyright: ignore[reportUnknownArgumentType]
