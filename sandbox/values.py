"""Values that are more than plain data: what of the standard library crosses whole, and how anything else is lent."""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from types import CoroutineType
from typing import Any, Final

from rlvr.sandbox.codec import CodecError

STANDARD: Final[dict[type[Any], tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    range: ("range", lambda one: (one.start, one.stop, one.step), lambda parts: range(*parts)),
    deque: ("deque", list, deque),
    Counter: ("Counter", dict, Counter),
    OrderedDict: ("OrderedDict", lambda one: list(one.items()), OrderedDict),
    decimal.Decimal: ("Decimal", str, decimal.Decimal),
    fractions.Fraction: (
        "Fraction", lambda one: (one.numerator, one.denominator), lambda parts: fractions.Fraction(*parts),
    ),
    datetime.date: ("date", lambda one: one.isoformat(), datetime.date.fromisoformat),
    datetime.time: ("time", lambda one: one.isoformat(), datetime.time.fromisoformat),
    datetime.datetime: ("datetime", lambda one: one.isoformat(), datetime.datetime.fromisoformat),
    datetime.timedelta: (
        "timedelta", lambda one: (one.days, one.seconds, one.microseconds), lambda parts: datetime.timedelta(*parts),
    ),
    pathlib.PosixPath: ("path", str, pathlib.PosixPath),
}  # fmt: skip
"""By exact type: its name, what it consists of, and what makes it again."""

_MAKERS: Final = {name: make for name, _, make in STANDARD.values()}
_CARRIED: Final = (bool, int, float, str, tuple, bytes, frozenset, complex)
_CHANGING: Final = (list, dict, set)
_LIBRARIES: Final = ("collections", "numpy")
_VIEWS: Final = ("dict_keys", "dict_values", "dict_items")


def revived(name: object, data: Any) -> Any:
    """A value of the standard library.

    Raises:
        CodecError: It is none.

    >>> revived("Fraction", (1, 3))
    Fraction(1, 3)
    """
    make = _MAKERS.get(name) if isinstance(name, str) else None
    try:
        if make is None:
            raise CodecError("malformed")
        return make(data)
    except (ArithmeticError, ValueError, TypeError):
        raise CodecError("malformed") from None


def kind_of(value: Any, kind: type[Any]) -> str | None:
    """How an object is lent: see `rlvr.sandbox.handles.KINDS`; `v` as data with attributes, `e` as a class of errors.

    Returns:
        `None` where it crosses as plain data.

    >>> kind_of(len, type(len)), kind_of(iter([]), type(iter([]))), kind_of(Counter, type)
    ('f', 'i', 'c')
    """
    if issubclass(kind, type):
        return "e" if issubclass(value, Exception) else "c"
    if issubclass(kind, _CARRIED) or issubclass(kind, _CHANGING):
        if kind.__module__.partition(".")[0] in _LIBRARIES:
            return None
        return "v" if issubclass(kind, _CARRIED) else "m"
    if kind.__name__ in _VIEWS or (hasattr(kind, "dtype") and hasattr(kind, "tolist")):
        return None
    if issubclass(kind, CoroutineType):
        return "a"
    if hasattr(kind, "__next__"):
        return "i"
    return "f" if callable(value) else "o"


def carried_base(kind: type[Any]) -> type[Any]:
    """The built-in type that a class of data derives from.

    >>> carried_base(type("Id", (int,), {}))
    <class 'int'>
    """
    return next(base for base in _CARRIED if issubclass(kind, base))
