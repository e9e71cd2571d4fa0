"""Is the translation about as long as translations from this language into that one are?"""

from __future__ import annotations

import math
from typing import Final

from rlvr.errors import DataError
from rlvr.rewards.languages.identification import canonical
from rlvr.rewards.languages.scripts import code_of
from rlvr.rewards.translation.guards.segment import Segment, length_of
from rlvr.sample import is_list

_CHARACTERS: Final = {
    **{"en": 1.0, "de": 1.17, "fr": 1.13, "es": 1.08, "it": 1.1, "pt": 1.06, "nl": 1.1, "ro": 1.05, "ca": 1.07},
    **{"sv": 1.02, "da": 1.05, "no": 1.0, "fi": 1.08, "et": 1.0, "lv": 1.02, "lt": 1.02, "hu": 1.07, "is": 1.05},
    **{"pl": 1.06, "cs": 0.96, "sk": 0.98, "sl": 0.98, "hr": 0.98, "sr": 0.98, "bg": 1.05, "ru": 1.04, "uk": 1.0},
    **{"el": 1.13, "tr": 1.0, "he": 0.77, "ar": 0.82, "fa": 0.88, "hi": 0.95, "vi": 0.98, "id": 1.08, "ms": 1.08},
    **{"zh": 0.36, "ja": 0.54, "ko": 0.5, "th": 0.95, "am": 0.65, "bn": 0.92, "ta": 1.15, "ka": 1.05, "hy": 1.05},
}
"""Characters without white space that say what 1 of English does, roughly, in running text."""
_SPREAD, _DENSE_SPREAD, _SHORT = 0.55, 0.95, 30
_LONGER, _SLACK, _BRIEF, _TERSE = 1.8, 8, 10, 2


def length(segment: Segment, bounds: tuple[float, float] | None = None) -> str | None:
    """Its characters, white space apart, are those of the source times a ratio that the languages allow.

    Short texts vary more, so the bounds open with them.

    Args:
        segment: The translation.
        bounds: Lowest and highest ratio; by default those of `bounds_of`.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> length(Segment("Ja.", "The house that he built in the valley is red.", Pair("en", "de")))
    '3 characters for 36 of the source: translations from en into de have 20 to 89'
    """
    theirs, ours = length_of(segment.source), length_of(segment.hypothesis)
    low, high = bounds or bounds_of(segment.pair.source, segment.pair.target, theirs)
    least, most = math.floor(low * theirs), math.ceil(high * theirs)
    if theirs < _SHORT and bounds is None:
        least = min(least, _TERSE)  # a word may say it
    if theirs < _BRIEF and bounds is None:
        most += _BRIEF  # an abbreviation is written out
    said = f"translations from {segment.pair.source} into {segment.pair.target} have {least} to {most}"
    if segment.references:
        # What a reference has is possible, and what is far from all of them is not.
        known = [length_of(text) for text in segment.references]
        least, most = (
            min(least, *known),
            min(max(most, *known), max(math.ceil(_LONGER * max(known)) + _SLACK, most if theirs < _BRIEF else 0)),
        )
        said = f"beside the references {least} to {most} are expected"
    if least <= ours <= most:
        return None
    return f"{ours} characters for {theirs} of the source: {said}"


def bounds_of(source: str, target: str, characters: int) -> tuple[float, float]:
    """Lowest and highest ratio of target characters to source characters.

    The languages' mean times or by 1.5 for long texts, 2.2 at 30 characters, 3.1 at 10; by more where one of the two is
    written in characters of words or syllables (Chinese, Japanese, Korean).

    Args:
        source: Language tag.
        target: Language tag.
        characters: Of the source, white space apart.

    >>> [round(bound, 2) for bound in bounds_of("en", "de", 1000)]
    [0.73, 1.88]
    """
    mean = math.log(_CHARACTERS.get(canonical(target), 1.0) / _CHARACTERS.get(canonical(source), 1.0))
    spread = (_DENSE_SPREAD if is_dense(source) or is_dense(target) else _SPREAD) * (
        0.75 + math.sqrt(_SHORT / max(characters, 1)) * 0.65
    )
    return math.exp(mean - spread), math.exp(mean + spread)


def is_dense(tag: str) -> bool:
    """Whether a language is written in characters of words or syllables, so that lengths vary more.

    >>> is_dense("ko"), is_dense("th")
    (True, False)
    """
    return code_of(tag) in ("Hans", "Hant", "Jpan", "Kore")


def expected_length(segment: Segment) -> float:
    """How many characters a translation of it has on the mean: as the references, else by the languages' ratio.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> round(expected_length(Segment("", "The house by the lake is red.", Pair("en", "de"))))
    27
    """
    if segment.references:
        return max(map(length_of, segment.references))
    ours, theirs = (_CHARACTERS.get(canonical(tag), 1.0) for tag in (segment.pair.target, segment.pair.source))
    return length_of(segment.source) * ours / theirs


def ratio_of(value: object) -> tuple[float, float] | None:
    """Bounds as a task gives them, `data.length_ratio`: `[0.5, 2.0]`.

    Raises:
        DataError: They are no two numbers, lowest first.
    """
    if value is None:
        return None
    match value if is_list(value) else []:
        case [int() | float() as low, int() | float() as high] if 0 < low < high:
            return float(low), float(high)
        case _:
            raise DataError(f"`data.length_ratio` is {value!r}.", hint="It is lowest and highest ratio: [0.5, 2.0].")
