"""Which documents are fit to learn from, judged one at a time; a reason where one is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points

from rlvr.data.documents import Document
from rlvr.data.source import Source
from rlvr.errors import MissingDependencyError

Identify = Callable[[str], str | None]
_GROUP = "rlvr.languages"


def reason_to_drop(source: Source, document: Document) -> str:
    """Why a document is left out; empty where it is fit.

    >>> from rlvr.data.source import read_sources
    >>> [source] = read_sources({"p": {"path": "", "weight": 1, "kind": "parallel", "max_length_ratio": 2,
    ...     "source_language": "en", "target_language": "de"}})
    >>> reason_to_drop(source, Document("p", "", "...", pair=("Yes.", "Ja, natürlich!"), languages=("en", "de")))
    'length ratio'
    """
    sides = document.pair or (document.content,)
    lengths = [len(side.strip()) for side in sides]
    if min(lengths) < source.min_characters:
        return "too short"
    if source.max_characters and max(lengths) > source.max_characters:
        return "too long"
    if source.max_length_ratio and max(lengths) > source.max_length_ratio * max(min(lengths), 1):
        return "length ratio"
    if source.language_weights and document.language not in source.language_weights:
        return "language without a weight"
    if source.check_language and not _in_its_languages(document):
        return "language"
    return ""


def _in_its_languages(document: Document) -> bool:
    identify = language_identifier()
    if document.pair:
        sides = zip(document.pair, document.languages, strict=True)
    else:  # a chat that translates is asked in any language, and answered in the one it translates into
        *_, asked_for = document.languages
        sides = ((document.messages[-1].content if len(document.languages) > 1 else document.content, asked_for),)
    return all((found := identify(side)) is not None and _base(found) == _base(tag) for side, tag in sides)


@cache
def language_identifier() -> Identify:
    """What tells a text's language (a tag, or None where it cannot be told), found by entry point.

    Raises:
        MissingDependencyError: No installed package brings one.
    """
    points = entry_points(group=_GROUP, name="identify")
    if not points:
        raise MissingDependencyError(
            "No installed package identifies languages.",
            hint=f"It brings an entry point `identify` of the group `{_GROUP}`; or set check_language=false.",
        )
    return next(iter(points)).load()


@cache
def _base(tag: str) -> str:
    """The language of a tag, without script and region; Norwegian is one, however it is written."""
    import langcodes

    language = langcodes.get(tag).language or tag
    return "no" if language in ("nb", "nn") else language
