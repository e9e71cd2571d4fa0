"""How many syllables a word has."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=65536)
def english_syllables(word: str) -> int:
    """The syllables of an English word, by a dictionary and rules for what it lacks (SyllaPy).

    >>> english_syllables("banana")
    3
    """
    import syllapy  # pyright: ignore[reportMissingTypeStubs]

    return syllapy.count(word)
