"""The catalogue of checks: an id, typed arguments, a description for the prompt, a function.

The arguments of a check are the parameters of its function after the text, their annotations are their types, and one
with a default may be left out. A check can have another function for what a publication says of it (`compat`); the
description and the id stay. A module of `checks` or `published` that registers
checks is found by being there.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.languages.measures import Text

Compat: TypeAlias = Literal["fixed", "ifeval", "ifbench", "ifevalg", "tulu3", "multi-if"]
"""`fixed` is right; every other name reproduces what that publication's own code says."""

_TAKEN_OVER: Final[dict[str, str]] = {"ifbench": "ifeval", "ifevalg": "ifeval", "multi-if": "ifeval"}
"""Whose checks a publication took over, where it registers none of its own."""

Relation: TypeAlias = Literal["less than", "at least"]
"""How a count is compared."""

_CHECKS: Final[dict[tuple[str, str], Constraint]] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check says of a text.

    Args:
        followed: `None` where the check has no opinion: letters without case, say.
        why: What was found.
    """

    followed: bool | None
    why: str


@dataclass(frozen=True)
class Constraint:
    """A check in one reading; made by `constraint`.

    Args:
        id: As published, `keywords:existence`.
        description: What to write in a prompt, arguments in braces.
        function: Takes a text and the arguments by name.
        compat: Whose reading it is.
        brief: Few words can be a whole answer to it.
    """

    id: str
    description: str
    function: Callable[..., Outcome]
    compat: Compat = "fixed"
    brief: bool = False

    @cached_property
    def arguments(self) -> dict[str, Any]:
        """The type of each argument: `int`, `str`, `list[str]`, `dict[str, str]` or a `Literal`."""
        hints = typing.get_type_hints(self.function)
        return {name: hints[name] for name in list(inspect.signature(self.function).parameters)[1:]}

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a row as the function takes them, nulls left out.

        Raises:
            DataError: One is missing, unknown or of another type.

        >>> find("keywords:frequency").bind({"keyword": "cat", "frequency": 2.0, "relation": "at least", "N": None})
        {'keyword': 'cat', 'frequency': 2, 'relation': 'at least'}
        """
        known = {name: value for name, value in given.items() if value is not None}
        for name in known:
            if name not in self.arguments:
                raise DataError(f"`{self.id}` has no argument `{name}`.{did_you_mean(name, self.arguments)}")
        for name in self.arguments:
            if name not in known and name not in self._optional:
                raise DataError(f"`{self.id}` needs `{name}`, which its kwargs lack.", hint=f"They are {dict(given)}.")
        return {name: self._typed(name, kind, known[name]) for name, kind in self.arguments.items() if name in known}

    def check(self, text: Text, given: Mapping[str, Any]) -> Outcome:
        """What the check says of a text, for the arguments of a row.

        >>> find("keywords:existence").check(Text("A cat."), {"keywords": ["cat"]}).followed
        True
        """
        return self.function(text, **self.bind(given))

    def render(self, given: Mapping[str, Any]) -> str:
        """The description with the arguments of a row.

        >>> find("length_constraints:number_words").render({"num_words": 50, "relation": "at least"})
        'Write at least 50 words.'
        """
        bound = self.bind(given)
        shown = {
            name: ", ".join(cast("list[str]", value)) if isinstance(value, list) else value
            for name, value in bound.items()
        }
        return self.description.format(**shown)

    @cached_property
    def _optional(self) -> set[str]:
        parameters = inspect.signature(self.function).parameters.values()
        return {one.name for one in parameters if one.default is not one.empty}

    def _typed(self, name: str, kind: Any, value: Any) -> Any:
        if kind is int and isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
            return int(value)
        if kind is str and isinstance(value, str) and value:
            return value
        choices = get_args(kind) if typing.get_origin(kind) is Literal else ()
        if value in choices:
            return value
        if kind == list[str] and isinstance(value, list) and value:
            items = cast("list[object]", value)
            if all(isinstance(item, str) and item for item in items):
                return items
        if kind == dict[str, str] and isinstance(value, dict) and value:
            pairs = cast("dict[object, object]", value)
            if all(isinstance(item, str) and item for item in (*pairs, *pairs.values())):
                return pairs
        kinds = {int: "a whole number", str: "a text", list[str]: "a list of texts"}
        wanted = " or ".join(map(repr, choices)) or kinds.get(kind, "texts by texts")
        raise DataError(f"`{name}` of `{self.id}` is {value!r}; it is {wanted}.")


def constraint(
    id: str, description: str = "", *, compat: Compat = "fixed", brief: bool = False
) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Puts a function into the catalogue.

    Args:
        id: As published.
        description: What to write in a prompt, arguments in braces; that of `fixed` where it is empty.
        compat: Whose reading the function is.
        brief: Few words can be a whole answer to it.

    >>> @constraint("demo:question", "End with a question mark.")
    ... def question(text: Text) -> Outcome:
    ...     return Outcome(text.text.endswith("?"), f"it ends in {text.text[-1:]!r}")
    >>> find("demo:question").check(Text("Why?"), {}).followed
    True
    >>> del _CHECKS["fixed", "demo:question"]
    """

    def add(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        _CHECKS[compat, id] = Constraint(id, description, function, compat, brief)
        return function

    return add


def find(id: str, compat: str = "fixed") -> Constraint:
    """The check of that id in a reading.

    Raises:
        DataError: There is no such check, or no such reading.

    >>> find("keywords:existance")
    Traceback (most recent call last):
    rlvr.errors.DataError: There is no check `keywords:existance` in `fixed`. Did you mean `keywords:existence`?
    """
    _load()
    if compat not in get_args(Compat):
        raise DataError(f"There is no compat `{compat}`.{did_you_mean(compat, get_args(Compat))}")
    found = _CHECKS.get((compat, id)) or _CHECKS.get((_TAKEN_OVER.get(compat, compat), id))
    if found is None:
        raise DataError(f"There is no check `{id}` in `{compat}`.{did_you_mean(id, known(compat))}")
    return found


def known(compat: str = "fixed") -> list[str]:
    """The ids in a reading.

    >>> len(known("ifeval"))
    25
    """
    _load()
    return sorted({id for kept, id in _CHECKS if kept in (compat, _TAKEN_OVER.get(compat))})


@cache
def _load() -> None:
    # Importing a module puts its checks in; here, because each of them imports this one.
    for room in ("checks.words", "checks.layout", "checks.languages", "published"):
        package = importlib.import_module(f"rlvr.rewards.constraints.{room}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    for (compat, id), check in _CHECKS.items():
        base = _CHECKS.get(("fixed", id), check)
        described = replace(check, description=check.description or base.description, brief=check.brief or base.brief)
        _CHECKS[compat, id] = described
