"""What is wrong with the description of a source, key by key and between keys."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Final, get_args, get_origin

from rlvr.annotations import fits
from rlvr.data.languages import SEPARATOR, standard_name, standard_tag
from rlvr.errors import did_you_mean
from rlvr.sample import is_mapping, is_sequence

REQUIRED: Final = {"path": "name its file.", "weight": "give the source's part of the mixture."}
"""What to do where a key is missing that has no default."""

_NAMES: Final = {
    "kind": ("text", "parallel", "chat"),
    "dedup": ("none", "exact", "near"),
    "turns": ("all", "last"),
}
_LEAST: Final = {
    "holdout": 0,
    "min_characters": 0,
    "max_characters": 0,
    "max_length_ratio": 0,
    "near": 0,
    "language_temperature": 0,
}
_OF_KIND: Final[dict[str, tuple[str, ...]]] = {
    "text": ("text",),
    "source": ("parallel",),
    "target": ("parallel",),
    "source_language": ("parallel", "chat"),
    "target_language": ("parallel", "chat"),
    "source_language_field": ("parallel", "chat"),
    "target_language_field": ("parallel", "chat"),
    "language": ("text", "chat"),
    "language_field": ("text", "chat"),
    "templates": ("parallel",),
    "both_directions": ("parallel",),
    "max_length_ratio": ("parallel",),
    "messages": ("chat",),
    "turns": ("chat",),
}
_WORDS: Final[dict[Any, str]] = {float: "number", int: "whole number", str: "text", bool: "truth value"}


def value_problem(key: str, value: Any, hint: Any) -> str:
    """What is wrong with a value by itself; empty where nothing is.

    Args:
        key: Of a source.
        value: As YAML has it.
        hint: Annotation of the key.
    """
    if key == "templates":
        return _template_problem(value)
    if key == "language_weights":
        return _weights_problem(value)
    if not fits(value, hint):
        return f"`{value}` is no {_written(hint)}.{_norwegian(value) if 'language' in key else ''}"
    if key in _NAMES and value not in _NAMES[key]:
        return f"there is no `{value}`.{did_you_mean(str(value), _NAMES[key])} It is one of {', '.join(_NAMES[key])}."
    if key == "weight" and not 0 < value < math.inf:
        return f"`{value}` must be above 0."
    if key in _LEAST and value < _LEAST[key]:
        return f"`{value}` must be at least {_LEAST[key]}."
    if key == "near" and not 0 < value <= 1:
        return f"`{value}` must be above 0 and at most 1."
    return ""


def cross_problems(given: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong between the keys of a source."""
    kind = given.get("kind", "text")
    for key, kinds in _OF_KIND.items():
        if key in given and kind in _NAMES["kind"] and kind not in kinds:
            yield f"{key}: is for kind={' and kind='.join(kinds)}, and this source is of kind={kind}."
    for key in ("language", "source_language", "target_language"):
        tag = given.get(key)
        if isinstance(tag, str) and tag and not standard_tag(tag):
            yield f"{key}: `{tag}` is no language tag; it is one like `en`, `zh-Hant` or `pt-BR`."
    if given.get("language_weights") and given.get("language_temperature"):
        yield "language_temperature: the shares are given by language_weights already; drop one of the two."
    yield from _pair_problems(given, kind)
    if "min_score" in given and not given.get("reward"):
        yield "min_score: set `reward` to the name of the reward that gives the score."
    if "near" in given and given.get("dedup") != "near":
        yield "near: is for dedup=near."


def _pair_problems(given: Mapping[str, Any], kind: str) -> Iterator[str]:
    weights: Any = given.get("language_weights")
    if kind == "chat" or not is_mapping(weights):
        return
    for name in weights:
        if standard_name(str(name)) and (SEPARATOR in str(name)) != (kind == "parallel"):
            wanted = "a pair, such as `en/de`" if kind == "parallel" else "one language, such as `de`"
            yield f"language_weights: `{name}` is of another kind; for kind={kind} it is {wanted}."


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


def _weights_problem(value: object) -> str:
    if not is_mapping(value):
        return f"`{value}` is no mapping, such as {{en: 2, de: 1}}."
    for name, weight in value.items():
        if not standard_name(str(name)):
            text = f"`{name}` is neither a language tag, such as `pt-BR`, nor a pair of two, such as `en/pt-BR`."
            return text + _norwegian(name)
        if not fits(weight, float) or not 0 < weight < math.inf:
            return f"`{weight}`, of {name}, must be a number above 0."
    twice = [name for name, count in Counter(standard_name(str(name)) for name in value).items() if count > 1]
    return f"`{twice[0]}` is there twice, written in two ways." if twice else ""


def _norwegian(value: object) -> str:
    return " YAML takes an unquoted `no` for a truth value; write 'no', or nb." if value is False else ""


def _written(hint: Any) -> str:
    if get_origin(hint) is UnionType:
        return " or ".join(_WORDS[part] for part in get_args(hint))
    return _WORDS[hint]
