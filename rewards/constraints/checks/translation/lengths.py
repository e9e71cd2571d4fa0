"""Checks on length: characters, lines, the reading speed of subtitles, the ratio to the source."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint

PREFIXES: Final = ("length:",)


def characters_of(text: str) -> int:
    """User-perceived characters (grapheme clusters), as ICU segments them.

    >>> characters_of("né"), characters_of("👩‍👩‍👧 ok")
    (2, 4)
    """
    from icu4py.breakers import CharacterBreaker

    return len(text) if text.isascii() else sum(1 for _ in CharacterBreaker(text, "en").segments())


@constraint("length:characters", "Use at most {most} characters.")
def characters(translation: Answer, most: int) -> Outcome:
    """At most so many characters."""
    found = characters_of(translation.text)
    return Outcome(float(found <= most), f"{found} characters, at most {most} wanted")


@constraint("length:ratio", "The translation must not be longer than {percent} % of the source, in characters.")
def ratio(translation: Answer, percent: int) -> Outcome:
    """Not more characters than that share of the source's."""
    found = 100 * characters_of(translation.text) / max(1, characters_of(translation.original.text))
    return Outcome(float(found <= percent), f"{found:.0f} % of the source, at most {percent} % wanted")


@constraint("length:lines", "Write at most {lines} lines of at most {characters} characters each.")
def lines(translation: Answer, lines: int, characters: int) -> Outcome:
    """So many lines at most, none of them too long: the shape of a subtitle."""
    found = translation.text.split("\n")
    longest = max(map(characters_of, found))
    followed = len(found) <= lines and longest <= characters
    return Outcome(
        float(followed), f"{len(found)} lines (at most {lines}), the longest {longest} (at most {characters})"
    )


@constraint(
    "length:reading_speed",
    "This is a subtitle shown for {seconds} seconds: it must be readable at {most} characters a second.",
)
def reading_speed(translation: Answer, seconds: float, most: float) -> Outcome:
    """So many characters a second at most; line breaks count as spaces."""
    found = characters_of(translation.text) / max(seconds, 1e-9)
    return Outcome(float(found <= most), f"{found:.1f} characters a second, at most {most:g} wanted")
