"""Classes of the tests that derive from one of the program's.

`class Circle(Shape)` in a test makes a class in the program's process, where `Shape` is. Its methods stay in the tests'
process: over there stands a function for each, which calls the test's.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

_LEFT_OUT: Final = frozenset(
    {
        "__module__", "__qualname__", "__classcell__", "__annotations__", "__dict__", "__weakref__",
        "__firstlineno__", "__static_attributes__", "__orig_bases__",
    }
)  # fmt: skip


def members_of(body: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """What a class statement defines, so that it can cross: each with what it is.

    >>> members_of({"x": 5, "__module__": "tests", "one": staticmethod(len)})
    {'x': ('value', 5), 'one': ('static', <built-in function len>)}
    """
    return {name: _member(value) for name, value in body.items() if name not in _LEFT_OUT}


def _member(value: Any) -> tuple[Any, ...]:
    if isinstance(value, types.FunctionType):
        return "method", value, bool(getattr(value, "__isabstractmethod__", False))
    if isinstance(value, staticmethod):
        return "static", cast("Any", value).__func__
    if isinstance(value, classmethod):
        return "class", cast("Any", value).__func__
    if isinstance(value, property):
        return "property", value.fget, value.fset, value.fdel
    return "value", value


def derive(_: Any, name: str, bases: list[Any], members: dict[str, tuple[Any, ...]], named: dict[str, Any]) -> Any:
    """The class, where the classes are that it derives from.

    >>> derive(None, "Even", [int], {"half": ("method", lambda self: self // 2, False)}, {})(8).half()
    4
    """
    body = {one: _made(one, *member) for one, member in members.items()}
    return types.new_class(name, tuple(bases), named, lambda names: names.update(body))


def _made(name: str, kind: str, *parts: Any) -> Any:
    if kind == "value":
        return parts[0]
    functions: list[Any] = [None if one is None else _calling(name, one) for one in parts if type(one) is not bool]
    if kind == "property":
        return property(functions[0], functions[1], functions[2])
    if kind == "method":
        function = functions[0]
        function.__isabstractmethod__ = parts[1]
        return function
    return staticmethod(functions[0]) if kind == "static" else classmethod(functions[0])


def _calling(name: str, there: Callable[..., Any]) -> Callable[..., Any]:
    def method(*arguments: Any, **named: Any) -> Any:
        return there(*arguments, **named)

    method.__name__ = method.__qualname__ = name
    return method
