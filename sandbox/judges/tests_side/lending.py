"""What the tests' process lends to the program, and what may be done with each thing lent.

A function of the tests' own may be called, an iterator asked for the next value; of an object of a class that the tests
define, public attributes may be read and set and its operators used. What belongs to the library is not lent at all:
the program's process gets its name, and looks it up or makes it there. So nothing but the tests' own code ever runs
here at the program's request.
"""

from __future__ import annotations

import functools
import io
import operator
import re
import sys
from enum import Enum
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, Final, cast

from rlvr.sandbox.bridge.handles import is_handle
from rlvr.sandbox.bridge.special_methods import BINARY, ORDER

TESTS: Final = "tests"
"""The module that the tests are, and so that of the classes that they define."""

PYTEST_FILE: Final = f"/{TESTS}.py"
"""The name of a module of pytest-style tests, which lies on no disk."""

NOTHING: Final[frozenset[str]] = frozenset()
CALL: Final = frozenset({"call"})
ITERATE: Final = frozenset({"iter", "next"})
FUNCTION: Final = frozenset({"call", "doc", "outline"})
CLASS: Final = frozenset({"call", "getattr"})
STREAM: Final = frozenset({"getattr", "iter", "next", "enter", "exit"})
MOCK: Final = frozenset({"getattr", "iter", "len", "getitem", "contains", "bool", "enter", "exit"})
MATCH: Final = frozenset({"bool", "getattr", "getitem"})
OBJECT: Final = frozenset(
    {
        *BINARY, *ORDER, "getattr", "setattr", "iter", "next", "len", "getitem", "setitem", "delitem", "contains", "eq",
        "str", "repr", "format", "bool", "int", "index", "float", "complex", "bytes", "round", "abs", "neg", "pos",
        "invert", "floor", "ceil", "trunc", "reversed", "enter", "exit",
        "isinstance",
    }
)  # fmt: skip

_CALLABLES: Final = (
    FunctionType, functools._lru_cache_wrapper, functools.partial, MethodType, BuiltinFunctionType, MethodWrapperType,  # pyright: ignore[reportPrivateUsage]
)  # fmt: skip
_NO_OWNERS: Final = (ModuleType, type, FunctionType, CodeType, FrameType)
_NO_METHODS: Final = frozenset(
    {
        "__getattribute__", "__getattr__", "__setattr__", "__delattr__", "__reduce__", "__reduce_ex__", "__init__",
        "__dir__", "__subclasshook__", "__init_subclass__", "__class__", "__getstate__", "__setstate__", "format_map",
    }
)  # fmt: skip
_FILES: Final = (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.BufferedRandom)
_READ: Final = (io.StringIO, io.BytesIO, re.Match, *_FILES)
"""Of the library, what programs are handed to read from or to write to."""

_OF_FILES: Final = frozenset(
    {
        "read", "readline", "readlines", "write", "writelines", "flush", "close", "closed", "seek", "tell", "truncate",
        "readable", "writable", "seekable", "isatty", "fileno", "name", "mode", "encoding", "errors", "newlines",
    }
)  # fmt: skip
"""Of a file that the tests have opened; what lies below it is the process's."""

_SHOWING: Final = frozenset({"str", "repr", "format"})
_MADE_AGAIN: Final = (operator.itemgetter, operator.attrgetter, operator.methodcaller)


class CannotCrossError(TypeError):
    """The tests hand over what can neither cross nor be lent; that is a fault of theirs, not of the program."""


def library_path(value: Any) -> str:
    """The name of a callable, class or enumeration's member of the library, to be looked up elsewhere; else nothing.

    >>> library_path(len), library_path(str.upper), library_path(operator.add), library_path(lambda: 0)
    ('builtins:len', 'builtins:str.upper', '_operator:add', '')
    """
    if isinstance(value, Enum):
        kind = type(value)
        path = f"{kind.__module__}:{kind.__qualname__}.{value.name}"
    elif isinstance(getattr(value, "__objclass__", None), type):
        path = f"{value.__objclass__.__module__}:{value.__qualname__}"
    else:
        owner = getattr(value, "__self__", None)
        module = owner.__module__ if isinstance(owner, type) else getattr(value, "__module__", None)
        if isinstance(owner, ModuleType):
            module = owner.__name__
        path = f"{module}:{getattr(value, '__qualname__', '')}"
    module, _, name = path.partition(":")
    if module == TESTS or module not in sys.modules or not all(part.isidentifier() for part in name.split(".")):
        return ""
    try:
        # Bound methods of classes are made anew each time.
        return path if functools.reduce(getattr, name.split("."), cast("Any", sys.modules[module])) == value else ""
    except AttributeError:
        return ""


def recipe(value: Any) -> tuple[Any, list[Any], dict[str, Any]] | None:
    """A callable and arguments that make the value again in the program's process; `None` where there are none.

    >>> recipe(functools.partial(pow, 2))
    (<class 'functools.partial'>, [<built-in function pow>, 2], {})
    """
    kind = cast("type[Any]", type(value))
    if kind is functools.partial:  # of a callable of the library; of one of the tests' it is lent
        return functools.partial, [value.func, *value.args], dict(value.keywords)
    if kind in _MADE_AGAIN:
        made, arguments, *_ = value.__reduce__()
        return made, list(arguments), {}
    if kind is re.Pattern:
        return re.compile, [value.pattern, value.flags], {}
    if isinstance(value, Exception) and library_path(kind):
        return kind, list(value.args), {}
    return None


def operations(value: Any) -> frozenset[str] | None:
    """What the program may do with an object of the tests'; `None` where it is none that can be lent.

    >>> operations(print) is None, operations([].append) == CALL, operations(iter([])) == ITERATE
    (True, True, True)
    >>> operations(sys), operations(sys._getframe()), operations(print.__getattribute__)
    (None, None, None)
    """
    kind = cast("type[Any]", type(value))
    if is_handle(value):
        return None
    if isinstance(value, type):
        return CLASS if value.__module__ == TESTS else None
    if kind is FunctionType:
        return FUNCTION if _is_lendable_callable(value) else None
    if isinstance(value, _CALLABLES):
        return CALL if _is_lendable_callable(value) else None
    if kind.__module__ == TESTS:
        allowed = OBJECT | CALL if callable(value) else OBJECT
        return allowed - _SHOWING if _shows_private(kind) else allowed
    return _of_library(value, kind)


def _of_library(value: Any, kind: type[Any]) -> frozenset[str] | None:
    """The same of an object of the library's."""
    if _is_mock(kind):
        return MOCK | CALL if callable(value) else MOCK
    if isinstance(value, re.Match):
        return MATCH
    if kind is SimpleNamespace:
        return (
            OBJECT - _SHOWING if any(name.startswith("_") for name in cast("dict[str, Any]", vars(value))) else OBJECT
        )
    if isinstance(value, _READ):
        return STREAM
    if hasattr(kind, "__next__"):
        return ITERATE
    return NOTHING if kind is object else None


def _is_lendable_callable(value: Any) -> bool:
    """Functions of the tests' own, methods of objects, and partial applications of either."""
    if isinstance(value, functools.partial):
        return operations(cast("Any", value).func) is not None
    if isinstance(value, MethodType):
        of_library = isinstance(value.__self__, type) and value.__self__.__module__ != TESTS
        return not of_library and value.__func__.__name__ not in _NO_METHODS
    if isinstance(value, BuiltinFunctionType | MethodWrapperType):
        if value.__name__ == "__call__":  # `eval.__call__` is `eval`
            return "call" in (operations(value.__self__) or NOTHING)
        bound = value.__self__ is not None and not isinstance(value.__self__, _NO_OWNERS)
        return bound and value.__name__ not in _NO_METHODS
    return _is_tests_function(value)


def _shows_private(kind: type[Any]) -> bool:
    """Whether the text that a data class makes of an object shows private fields."""
    fields: dict[str, Any] = getattr(kind, "__dataclass_fields__", {})
    return any(name.startswith("_") and field.repr for name, field in fields.items())


def _is_file(value: object) -> bool:
    return isinstance(value, _FILES)


def _is_mock(kind: type[Any]) -> bool:
    return any((one.__module__, one.__name__) == ("unittest.mock", "NonCallableMock") for one in kind.__mro__)


def _is_tests_function(value: Any) -> bool:
    """Whether a function is the tests' own, or what a decorator of the library made of such a one."""
    while not isinstance(value, FunctionType) or hasattr(value, "__wrapped__"):
        value = getattr(value, "__wrapped__", None)
        if value is None:
            return False
    return value.__globals__.get("__name__") == TESTS


def check_attribute(operation: str, value: Any, name: object) -> None:
    """Refuses attributes that are not public, and setting what the class defines.

    Raises:
        AttributeError: It is not the program's to read or set.

    >>> check_attribute("getattr", object(), "__class__")
    Traceback (most recent call last):
        ...
    AttributeError: it is not public
    """
    if type(name) is not str or name.startswith("_"):
        raise AttributeError("it is not public")
    kind = cast("type[Any]", type(value))
    if isinstance(value, type):
        return _check_class_attribute(value, name)
    if _is_file(value) and name not in _OF_FILES:
        raise AttributeError("it is not the program's to use")
    if _is_mock(kind) and (hasattr(kind, name) or not _is_mock(cast("type[Any]", type(getattr(value, name))))):
        raise AttributeError("of a mock, only the mocks in it are the program's to use")
    if operation == "setattr":
        # What checks something, or a constant of the class, is not the program's to replace.
        if type(getattr(value, "__dict__", {}).get(name)) in (FunctionType, MethodType):
            raise AttributeError("it is not the program's to set")
        if not isinstance(getattr(kind, name, None), property | MemberDescriptorType | GetSetDescriptorType | None):
            raise AttributeError("it is not the program's to set")


def _check_class_attribute(kind: type[Any], name: str) -> None:
    """Of a class of the tests', what stands in for one of the library has: methods that need no object."""
    if not any(isinstance(vars(one).get(name), classmethod | staticmethod) for one in kind.__mro__):
        raise AttributeError("of a class, only methods that need no object are the program's to use")
