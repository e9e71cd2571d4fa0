"""Which documents are fit to learn from, judged one at a time; a reason where one is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import entry_points
from typing import Any, Final

from rlvr.data.documents import Document
from rlvr.data.source import Source
from rlvr.errors import MissingDependencyError

_GROUP: Final = "rlvr.languages"
_SLACK: Final = 10
"""Characters by which any pair may differ: a word of one language is a phrase of another."""


def reason_to_drop(source: Source, document: Document) -> str:
    """Why a document is left out; empty where it is fit.

    >>> from rlvr.data.source import read_sources
    >>> [source] = read_sources({"p": {"path": "", "weight": 1, "kind": "parallel", "max_length_ratio": 2,
    ...     "source_language": "en", "target_language": "zh"}})
    >>> short, long = "\u7ea2\u623f\u5b50" * 8, "The house at the end of the road is red, and so is the one beside it."
    >>> reason_to_drop(source, Document("p", "", "...", pair=("Yes.", short), languages=("en", "zh")))
    'length ratio'
    >>> reason_to_drop(source, Document("p", "", "...", pair=(long, short), languages=("en", "zh")))
    ''
    """
    sides = document.pair or (document.content,)
    lengths = [len(side.strip()) for side in sides]
    if min(lengths) < source.min_characters:
        return "too short"
    if source.max_characters and max(lengths) > source.max_characters:
        return "too long"
    if source.max_length_ratio and _is_lopsided(sides, document.languages, source.max_length_ratio):
        return "length ratio"
    if source.language_weights and document.language not in source.language_weights:
        return "language without a weight"
    if source.check_language and not _in_its_languages(document):
        return "language"
    return ""


def _is_lopsided(sides: tuple[str, ...], languages: tuple[str, ...], most: float) -> bool:
    """Whether one side is longer than its language needs to say what the other one does, by more than a factor."""
    # White space apart: some corpora have it between all tokens, and some languages have none.
    source, target = (sum(map(len, side.split())) for side in sides)
    expected = _expected_ratio(*languages) * source
    return max(expected, target) > most * min(expected, target) + _SLACK


def _in_its_languages(document: Document) -> bool:
    may_be_in = _of_languages("may_be_in")
    if document.pair:
        return all(map(may_be_in, document.pair, document.languages))
    # A chat that translates is asked in any language, and answered in the one it translates into.
    *others, language = document.languages
    return may_be_in(document.messages[-1].content if others else document.content, language)


@lru_cache(maxsize=4096)
def _expected_ratio(source_language: str, target_language: str) -> float:
    return _of_languages("length_ratio")(source_language, target_language)


@cache
def _of_languages(name: str) -> Callable[..., Any]:
    """What tells something of languages, found by entry point.

    Raises:
        MissingDependencyError: No installed package brings it.
    """
    points = entry_points(group=_GROUP, name=name)
    if not points:
        raise MissingDependencyError(
            f"No installed package knows `{name}` of languages.",
            hint=f"It brings an entry point `{name}` of the group `{_GROUP}`; or set check_language=false and "
            "max_length_ratio=0. After an update of rlvr install it anew.",
        )
    return next(iter(points)).load()
