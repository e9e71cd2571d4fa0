"""Arguments of constraints, read from JSON by the types of a function's parameters; an error names the key."""

from __future__ import annotations

import dataclasses
import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin

from rlvr.errors import DataError, RewardDefinitionError, did_you_mean
from rlvr.sample import is_list, is_mapping, is_object


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """An entry of a glossary.

    Args:
        source: The term in the source language.
        target: Its translations; any of them is right.
        count: How often one of them has to occur; as often as the term in the source, where it is not given.
    """

    source: str
    target: list[str]
    count: int | None = None

    def __str__(self) -> str:
        """As a prompt shows it."""
        times = f" (×{self.count})" if self.count else ""  # noqa: RUF001 - a times sign
        return f"{self.source} → {' / '.join(self.target)}{times}"


Kinds = Mapping[str, tuple[Any, Any]]
"""Type and default of each parameter, by name; `inspect.Parameter.empty` where it is required."""


@dataclasses.dataclass(frozen=True)
class Renamed:
    """A check that takes its arguments under other names.

    Args:
        function: The check.
        names: What the function calls each argument, by the name it has here, in the order in which they are read.

    >>> def check(answer: str, most: int) -> bool: return len(answer) <= most
    >>> short = Renamed(check, {"length": "most"})
    >>> list(kinds_of(short)), short("abc", length=3)
    (['length'], True)
    """

    function: Callable[..., Any]
    names: Mapping[str, str]

    def __call__(self, answer: object, **given: Any) -> Any:
        """Calls the check by its own names of the arguments."""
        return self.function(answer, **{self.names[name]: value for name, value in given.items()})


def kinds_of(function: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """The parameters of a check after its first, which is the answer.

    Raises:
        RewardDefinitionError: One has no annotation.

    >>> def check(answer: object, most: int, keep: list[str] = []) -> None: ...
    >>> {name: kind for name, (kind, _) in kinds_of(check).items()}
    {'most': <class 'int'>, 'keep': list[str]}
    """
    if isinstance(function, Renamed):
        own = kinds_of(function.function)
        return {name: own[original] for name, original in function.names.items()}
    return _annotated_kinds(function)


@cache
def _annotated_kinds(function: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    hints = typing.get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.items())[1:]
    if bare := [name for name, _ in parameters if name not in hints]:
        raise RewardDefinitionError(
            f"`{function.__qualname__}` does not say of which type `{bare[0]}` is.", hint="Annotate it: `most: int`."
        )
    return {name: (hints[name], parameter.default) for name, parameter in parameters}


def subject_of(function: Callable[..., Any]) -> Any:
    """The type of the first parameter of a check, which is the answer.

    >>> def check(answer: str) -> None: ...
    >>> subject_of(check)
    <class 'str'>
    """
    if isinstance(function, Renamed):
        return subject_of(function.function)
    return typing.get_type_hints(function).get(next(iter(inspect.signature(function).parameters), ""))


def bind(kinds: Kinds, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Arguments as a function takes them.

    Args:
        kinds: Of its parameters.
        given: As they stand in the task; nulls count as missing.
        where: The key under which they stand there.

    Raises:
        DataError: One is missing, unknown or of another type.

    >>> bind({"most": (int, inspect.Parameter.empty)}, {"most": "many"}, "data.constraints[0]")
    Traceback (most recent call last):
    rlvr.errors.DataError: `data.constraints[0].most` is 'many'; it is a whole number.
    """
    known = {name: value for name, value in given.items() if value is not None}
    for name in known:
        if name not in kinds:
            raise DataError(f"`{where}` has no argument `{name}`.{did_you_mean(name, kinds)}", hint=_form(kinds))
    bound = dict[str, Any]()
    for name, (kind, default) in kinds.items():
        if name in known:
            bound[name] = read(kind, known[name], f"{where}.{name}")
        elif default is inspect.Parameter.empty:
            raise DataError(f"`{where}` lacks `{name}`, {say_kind(kind)}.", hint=_form(kinds))
    return bound


def read(kind: Any, value: Any, where: str) -> Any:
    """One value of a type: a number, a text, a choice, a list of them, texts by texts, or a dataclass.

    Raises:
        DataError: It is of another type.

    >>> read(list[Term], [{"source": "house", "target": "Haus"}], "terms")
    [Term(source='house', target=['Haus'], count=None)]
    """
    if isinstance(kind, types.UnionType):
        kind = next(one for one in get_args(kind) if one is not types.NoneType)
    if dataclasses.is_dataclass(kind) and is_mapping(value):
        function = cast("Callable[..., Any]", kind)
        hints = typing.get_type_hints(kind)
        fields = {field.name: (hints[field.name], _default(field)) for field in dataclasses.fields(kind)}
        return function(**bind(fields, value, where))
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        items: Any = [value] if isinstance(value, str) and inner is str else value
        if is_list(items) and items:
            return [read(inner, item, f"{where}[{place}]") for place, item in enumerate(items)]
    elif get_origin(kind) is Literal:
        if value in get_args(kind):
            return value
    elif (plain := _plain(kind, value)) is not None:
        return plain
    near = did_you_mean(value, map(str, get_args(kind))) if isinstance(value, str) else ""
    raise DataError(f"`{where}` is {value!r}; it is {say_kind(kind)}.{near}")


def _plain(kind: Any, value: Any) -> Any:
    if get_origin(kind) is dict:
        return value if _is_table_of_texts(value) else None
    if kind is bool:
        return value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if kind is str:
        return value if isinstance(value, str) and value else None
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    if kind is int:
        return int(value) if value == int(value) else None
    return float(value)


def _is_table_of_texts(value: object) -> bool:
    return is_object(value) and value != {} and all(isinstance(it, str) and it for it in (*value, *value.values()))


def _default(field: dataclasses.Field[Any]) -> Any:
    return inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default


def say_kind(kind: Any) -> str:
    """A type in words.

    >>> say_kind(list[str])
    'a list, nonempty: a text each'
    """
    if isinstance(kind, types.UnionType):
        kind = next(one for one in get_args(kind) if one is not types.NoneType)
    if get_origin(kind) is Literal:
        return " or ".join(map(repr, get_args(kind)))
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        return f"a list, nonempty: {say_kind(inner)} each"
    if get_origin(kind) is dict:
        return "texts by texts, not empty"
    if dataclasses.is_dataclass(kind):
        return '{"source": a text, "target": a text or a list of them, "count": a whole number}'
    return {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}[kind]


def _form(kinds: Kinds) -> str:
    if not kinds:
        return "It takes no argument."
    return f"Its arguments: {'; '.join(f'`{name}`: {say_kind(kind)}' for name, (kind, _) in kinds.items())}."
