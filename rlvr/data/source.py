"""The sources of a mixture, as `data.mixture` names them, with types and good errors.

monolingual: {path: web/*.jsonl, weight: 66, language: pt, check_language: true, dedup: near}
parallel:    {path: opus.parquet, weight: 33, kind: parallel, source_language: en, target_language: pt-BR}
chat:        {path: chat.jsonl, weight: 1, kind: chat}
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from types import UnionType
from typing import Any, Final, get_args, get_type_hints

from rlvr.annotations import fits, key_problems, with_tuples
from rlvr.errors import ConfigError, did_you_mean
from rlvr.sample import is_mapping, is_sequence

KINDS: Final = ("text", "parallel", "chat")
DEDUP: Final = ("none", "exact", "near")
TURNS: Final = ("all", "last")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source of a mixture.

    Attributes:
        name: What the mixture calls it.
        path: JSONL (also .gz) or parquet, `*` for several; a folder written by `datasets` (`save_to_disk`); or
            `hub://owner/name:split`, which is streamed.
        weight: Its part of the mixture, relative to those of the others.
        kind: `text`: a document each row. `parallel`: a segment and its translation. `chat`: messages, or a task with
            its demonstration.
        text: Field of the document (kind text).
        source: Field of the segment (kind parallel).
        target: Field of its translation.
        messages: Field of the messages (kind chat); rows without it are tasks with `prompt` and `demonstration`.
        language: Of the documents (kinds text and chat), as a BCP-47 tag; for `check_language`.
        source_language: Of the segments (kind parallel).
        target_language: Of the translations.
        templates: How a pair is written, with {source}, {target}, {source_language} and {target_language}; several
            take turns. The library's own when empty.
        both_directions: Every second pair is written from target to source.
        turns: Which of the assistant's turns are learned from: all of them, or the last (kind chat).
        holdout: Rows at its beginning that are kept for evaluation.
        dedup: `exact` drops a document that is equal to an earlier one of the same source but for case, spaces and
            punctuation; `near` also one that shares most of its 5-word sequences with an earlier one.
        near: Jaccard similarity from which two documents are near duplicates.
        min_characters: Shorter documents are dropped; of a pair both sides.
        max_characters: Longer ones are dropped; 0 for no limit.
        max_length_ratio: Pairs whose longer side has more than so many times the characters of the shorter are dropped;
            0 for no limit.
        check_language: Drop what is not in the language it should be in, and what cannot be told.
        reward: Name of a reward that must like it, such as a quality estimate for pairs.
        min_score: How much it must like it.
    """

    name: str
    path: str
    weight: float
    kind: str = "text"
    text: str = "text"
    source: str = "source"
    target: str = "target"
    messages: str = "messages"
    language: str = ""
    source_language: str = ""
    target_language: str = ""
    templates: tuple[str, ...] = ()
    both_directions: bool = True
    turns: str = "all"
    holdout: int = 0
    dedup: str = "none"
    near: float = 0.8
    min_characters: int = 1
    max_characters: int = 0
    max_length_ratio: float = 0.0
    check_language: bool = False
    reward: str = ""
    min_score: float = 0.0

    @property
    def needs_a_pass(self) -> bool:
        """Whether what is kept of it must be known before the first step: some filters look at more than one row."""
        return self.dedup != "none" or bool(self.reward)


def read_sources(mixture: Mapping[str, Any]) -> list[Source]:
    """The sources of a mixture.

    Args:
        mixture: `data.mixture`: for each source's name a mapping of `Source`'s attributes.

    Raises:
        ConfigError: With all problems at once.

    >>> [source] = read_sources({"web": {"path": "web.jsonl", "weight": 2}})
    >>> source.kind, source.weight
    ('text', 2)
    >>> read_sources({"web": {"path": "web.jsonl", "wieght": 2}})
    Traceback (most recent call last):
        ...
    rlvr.errors.ConfigError: The configuration has 2 problems:
      - data.mixture.web.wieght: there is no such key. Did you mean `weight`?
      - data.mixture.web.weight: it is missing; give the source's part of the mixture.
    """
    problems = [f"data.mixture.{problem}" for name, given in mixture.items() for problem in _problems(name, given)]
    if problems:
        raise ConfigError(problems)
    return [Source(name=str(name), **with_tuples(given)) for name, given in mixture.items()]


_WHY: Final = {"path": "name its file.", "weight": "give the source's part of the mixture."}
_HINTS: Final = get_type_hints(Source)
_FIELDS: Final = {field.name: field for field in fields(Source) if field.name != "name"}
_NAMES: Final = {"kind": KINDS, "dedup": DEDUP, "turns": TURNS}
_LEAST: Final = {"holdout": 0, "min_characters": 0, "max_characters": 0, "max_length_ratio": 0, "near": 0}
_OF_KIND: Final = {
    "text": ("text",),
    "parallel": ("source", "target", "source_language", "target_language", "templates", "both_directions"),
    "chat": ("messages", "turns"),
}


def _problems(name: str, given: object) -> Iterator[str]:
    if not is_mapping(given):
        yield f"{name}: `{given}` is no source; it is a mapping, such as {{path: web.jsonl, weight: 1}}."
        return
    yield from (f"{name}.{problem}" for problem in key_problems(given, _FIELDS, _problem_of))
    for key, field in _FIELDS.items():
        if field.default is MISSING and key not in given:
            yield f"{name}.{key}: it is missing; {_WHY[key]}"
    yield from (f"{name}.{problem}" for problem in _cross_problems(given))


def _problem_of(key: str, value: object) -> str:
    hint = _HINTS[key]
    if key == "templates":
        return _template_problem(value)
    if not fits(value, hint):
        return f"`{value}` is no {_written(hint)}."
    if key in _NAMES and value not in _NAMES[key]:
        return f"there is no `{value}`.{did_you_mean(str(value), _NAMES[key])} It is one of {', '.join(_NAMES[key])}."
    if key == "weight" and not (isinstance(value, int | float) and 0 < value < math.inf):
        return f"`{value}` must be above 0."
    if key in _LEAST and isinstance(value, int | float) and value < _LEAST[key]:
        return f"`{value}` must be at least {_LEAST[key]}."
    if key == "near" and isinstance(value, int | float) and not 0 < value <= 1:
        return f"`{value}` must be above 0 and at most 1."
    return ""


def _template_problem(value: object) -> str:
    if not is_sequence(value) or not all(isinstance(one, str) for one in value):
        return f"`{value}` is no list of texts."
    for template in value:
        try:
            written = template.format(source="\0", target="\1", source_language="", target_language="")
        except (KeyError, IndexError, ValueError) as error:
            return f"`{template}` cannot be filled in: {error}. Fields: source, target, and the two languages."
        if "\0" not in written or "\1" not in written:
            return f"`{template}` must hold {{source}} and {{target}}."
    return ""


def _cross_problems(given: Mapping[str, Any]) -> Iterator[str]:
    kind = given.get("kind", "text")
    for other, keys in _OF_KIND.items():
        for key in keys:
            if key in given and kind in KINDS and kind != other:
                yield f"{key}: is for kind={other}, and this source is of kind={kind}."
    yield from _language_problems(given, kind)
    if given.get("max_length_ratio") and kind != "parallel":
        yield f"max_length_ratio: is for kind=parallel, and this source is of kind={kind}."
    if "min_score" in given and not given.get("reward"):
        yield "min_score: set `reward` to the name of the reward that gives the score."
    if "near" in given and given.get("dedup") != "near":
        yield "near: is for dedup=near."


def _language_problems(given: Mapping[str, Any], kind: str) -> Iterator[str]:
    languages = ("source_language", "target_language") if kind == "parallel" else ("language",)
    needed = kind == "parallel" or given.get("check_language") is True
    for key in languages:
        tag = given.get(key)
        if not tag and needed:
            yield f"{key}: set it to a language tag, such as `en` or `pt-BR`."
        elif isinstance(tag, str) and tag and not _is_tag(tag):
            yield f"{key}: `{tag}` is no language tag; it is one like `en`, `zh-Hant` or `pt-BR`."


def _is_tag(tag: str) -> bool:
    import langcodes

    return langcodes.tag_is_valid(tag)


def _written(hint: Any) -> str:
    names = {float: "number", int: "whole number", str: "text", bool: "truth value"}
    return " or ".join(names[part] for part in get_args(hint)) if isinstance(hint, UnionType) else names[hint]
