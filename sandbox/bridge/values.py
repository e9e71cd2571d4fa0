"""Values that are more than plain data: what of the standard library crosses whole, and how anything else is lent."""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import CoroutineType
from typing import Any, Final

from rlvr.sandbox.bridge.codec import CodecError


@dataclass(frozen=True, slots=True)
class Standard:
    """How a type of the standard library crosses.

    Args:
        name: By which it crosses.
        parts: What a value consists of, as plain data.
        kind: The type that its parts have; nothing is made of any other.
        make: Makes the value again.
    """

    name: str
    parts: Callable[[Any], Any]
    kind: type[Any]
    make: Callable[[Any], Any]


def _made_of_pairs(pairs: list[Any]) -> OrderedDict[Any, Any]:
    return OrderedDict((key, value) for key, value in pairs)


def _fraction(parts: tuple[Any, ...]) -> fractions.Fraction:
    numerator, denominator = _integers(parts)
    return fractions.Fraction(numerator, denominator)


def _integers(parts: tuple[Any, ...]) -> tuple[int, ...]:
    if not all(type(one) is int for one in parts):
        raise CodecError("malformed")
    return parts


STANDARD: Final[dict[type[Any], Standard]] = {
    range: Standard(
        "range", lambda one: (one.start, one.stop, one.step), tuple, lambda parts: range(*_integers(parts))
    ),
    slice: Standard("slice", lambda one: (one.start, one.stop, one.step), tuple, lambda parts: slice(*parts)),
    deque: Standard("deque", list, list, deque),
    Counter: Standard("Counter", dict, dict, Counter),
    OrderedDict: Standard("OrderedDict", lambda one: list(one.items()), list, _made_of_pairs),
    decimal.Decimal: Standard("Decimal", str, str, decimal.Decimal),
    fractions.Fraction: Standard("Fraction", lambda one: (one.numerator, one.denominator), tuple, _fraction),
    datetime.date: Standard("date", lambda one: one.isoformat(), str, datetime.date.fromisoformat),
    datetime.time: Standard("time", lambda one: one.isoformat(), str, datetime.time.fromisoformat),
    datetime.datetime: Standard("datetime", lambda one: one.isoformat(), str, datetime.datetime.fromisoformat),
    datetime.timedelta: Standard(
        "timedelta",
        lambda one: (one.days, one.seconds, one.microseconds),
        tuple,
        lambda parts: datetime.timedelta(*_integers(parts)),
    ),
    pathlib.PosixPath: Standard("path", str, str, pathlib.PosixPath),
}
"""By exact type."""

_BY_NAME: Final = {one.name: one for one in STANDARD.values()}
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
    standard = _BY_NAME.get(name) if isinstance(name, str) else None
    if standard is None or type(data) is not standard.kind:
        raise CodecError("malformed")
    try:
        return standard.make(data)
    except (ArithmeticError, ValueError, TypeError):
        raise CodecError("malformed") from None


def kind_of(value: Any, kind: type[Any]) -> str | None:
    """How an object is lent: see `KINDS` of the handles; `v` is data with attributes, `e` a class of errors.

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
    if hasattr(kind, "__next__") and not callable(value):  # a mock is both
        return "i"
    return "f" if callable(value) else "o"


def carried_base(kind: type[Any]) -> type[Any]:
    """The built-in type that a class of data derives from.

    >>> carried_base(type("Id", (int,), {}))
    <class 'int'>
    """
    return next(base for base in _CARRIED if issubclass(kind, base))
