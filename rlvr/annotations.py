"""Whether a value read from YAML is what an annotation says, for the annotations that YAML can serve."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin

from rlvr.errors import did_you_mean
from rlvr.sample import is_list


def fits(value: object, hint: Any) -> bool:
    """Whether `value` is of the annotated type; a whole number is a float, a truth value is no number.

    >>> fits(3, float), fits(True, int), fits(("a",), tuple[str, ...]), fits(None, str | None)
    (True, False, True, True)
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, part) for part in inner)
    if origin is tuple:
        items = cast("tuple[object, ...]", value)
        return isinstance(value, tuple) and all(fits(item, inner[0]) for item in items)
    if origin is dict:
        return isinstance(value, Mapping)
    if hint in (int, float) and isinstance(value, bool):
        return False
    if hint is float:
        return isinstance(value, int | float)
    return not isinstance(hint, type) or isinstance(value, hint)


def with_tuples(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings whose lists are tuples, as frozen dataclasses hold them.

    >>> with_tuples({"skills": ["sums"], "flaws": 0.5})
    {'skills': ('sums',), 'flaws': 0.5}
    """
    return {key: tuple(value) if is_list(value) else value for key, value in given.items()}


def key_problems(
    settings: Mapping[str, Any], known: Collection[str], problem_of: Callable[[str, Any], str]
) -> Iterator[str]:
    """What is wrong with the keys of a mapping, and with their values by themselves.

    Args:
        settings: As YAML has it.
        known: The keys there are.
        problem_of: What is wrong with a value of a known key; empty where nothing is.

    >>> list(key_problems({"wieght": 1, "path": 3}, ["weight", "path"], lambda key, value: "`3` is no text."))
    ['wieght: there is no such key. Did you mean `weight`?', 'path: `3` is no text.']
    """
    for key, value in settings.items():
        if key not in known:
            yield f"{key}: there is no such key.{did_you_mean(key, known)}"
        elif problem := problem_of(key, value):
            yield f"{key}: {problem}"


def written(hint: Any) -> str:
    """What an annotation is called in a message.

    >>> written(tuple[str, ...]), written(float)
    ('list of str', 'float')
    """
    if get_origin(hint) is tuple:
        return f"list of {written(get_args(hint)[0])}"
    if get_origin(hint) is dict:
        return "mapping"
    return hint.__name__ if isinstance(hint, type) else str(hint)
