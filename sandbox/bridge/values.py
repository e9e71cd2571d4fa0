"""Values that are more than plain data: what of the standard library crosses whole, and how anything else is lent."""

from __future__ import annotations

import datetime
import decimal
import fractions
import importlib
import pathlib
import re
import sys
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from types import CoroutineType, FunctionType, GeneratorType, SimpleNamespace
from typing import Any, Final, cast

from rlvr.sandbox.bridge.codec import CodecError


@dataclass(frozen=True, slots=True)
class Standard:
    """How a type of the standard library crosses.

    Args:
        name: By which it crosses.
        parts: What a value consists of, as plain data; `None` where the value crosses as plain data itself.
        kind: The type, or types, that its parts have; nothing is made of any other.
        make: Makes the value again.
    """

    name: str
    parts: Callable[[Any], Any]
    kind: type[Any] | tuple[type[Any], ...]
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


def _moment_parts(moment: datetime.datetime) -> str | tuple[str, int, Any]:
    """A text, but for a time zone that has a name: its text would keep the offset alone."""
    zone = moment.tzinfo
    if zone is None or standard_of(cast("type[Any]", type(zone))) is None or type(zone) is datetime.timezone:
        return moment.isoformat()
    return moment.replace(tzinfo=None).isoformat(), moment.fold, zone


def _moment(parts: str | tuple[Any, ...]) -> datetime.datetime:
    if isinstance(parts, str):
        return datetime.datetime.fromisoformat(parts)
    text, fold, zone = parts
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def _zone_parts(zone: datetime.timezone) -> tuple[datetime.timedelta, str | None]:
    name = zone.tzname(None)
    return zone.utcoffset(None), None if name == str(datetime.timezone(zone.utcoffset(None))) else name


def _zone(parts: tuple[Any, ...]) -> datetime.timezone:
    offset, name = parts
    return datetime.timezone(offset) if name is None else datetime.timezone(offset, name)


def _array(parts: tuple[Any, ...]) -> Any:
    code, items = parts
    return importlib.import_module("array").array(code, items)


def _ndarray_parts(array: Any) -> tuple[str, tuple[int, ...], Any] | None:
    return (array.dtype.str, array.shape, array.tolist()) if _DTYPE.fullmatch(array.dtype.str) else None


def _ndarray(parts: tuple[Any, ...]) -> Any:
    dtype, shape, items = parts
    if not _DTYPE.fullmatch(dtype):  # nothing of objects, whose operators would be the program's
        raise CodecError("malformed")
    return importlib.import_module("numpy").array(items, dtype=dtype).reshape(_integers(shape))


def _maker(module: str, name: str) -> Callable[[Any], Any]:
    def make(parts: Any) -> Any:
        return getattr(importlib.import_module(module), name)(parts)

    return make


def _uuid(number: int) -> Any:
    return importlib.import_module("uuid").UUID(int=number)


_DTYPE: Final = re.compile(r"[<>|=]?[biufcUS]\d{1,4}")

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
    datetime.datetime: Standard("datetime", _moment_parts, (str, tuple), _moment),
    datetime.timezone: Standard("timezone", _zone_parts, tuple, _zone),
    datetime.timedelta: Standard(
        "timedelta",
        lambda one: (one.days, one.seconds, one.microseconds),
        tuple,
        lambda parts: datetime.timedelta(*_integers(parts)),
    ),
    pathlib.PosixPath: Standard("path", str, str, pathlib.PosixPath),
}
"""By exact type."""

_LATER: Final[dict[tuple[str, str], Standard]] = {
    ("array", "array"): Standard("array", lambda one: (one.typecode, one.tolist()), tuple, _array),
    ("ipaddress", "IPv4Address"): Standard("IPv4Address", str, str, _maker("ipaddress", "IPv4Address")),
    ("ipaddress", "IPv6Address"): Standard("IPv6Address", str, str, _maker("ipaddress", "IPv6Address")),
    ("numpy", "ndarray"): Standard("ndarray", _ndarray_parts, tuple, _ndarray),
    ("uuid", "UUID"): Standard("UUID", lambda one: one.int, int, _uuid),
    ("zoneinfo", "ZoneInfo"): Standard("ZoneInfo", lambda one: one.key, str, _maker("zoneinfo", "ZoneInfo")),
}
"""By module and name: the module is imported where a value crosses, and not before."""

_BY_NAME: Final = {one.name: one for one in (*STANDARD.values(), *_LATER.values())}


def standard_of(kind: type[Any]) -> Standard | None:
    """How a type of the standard library, or an array, crosses; `None` for any other.

    >>> standard_of(deque).name, standard_of(int)
    ('deque', None)
    """
    found = STANDARD.get(kind)
    if found is None:
        place = kind.__module__, kind.__qualname__
        later = _LATER.get(place)
        if later is not None and getattr(sys.modules.get(place[0]), place[1], None) is kind:
            return later
    return found


_CARRIED: Final = (bool, int, float, str, tuple, bytes, frozenset, complex)
_CHANGING: Final = ((list, "L"), (dict, "D"), (set, "S"))
_LIBRARIES: Final = ("collections", "numpy")
_BY_KIND: Final[dict[type[Any], str]] = {FunctionType: "p", GeneratorType: "g", SimpleNamespace: "s"}
_VIEWS: Final = ("dict_keys", "dict_values", "dict_items")


def revived(name: object, data: Any) -> Any:
    """A value of the standard library.

    Raises:
        CodecError: It is none.

    >>> revived("Fraction", (1, 3))
    Fraction(1, 3)
    """
    standard = _BY_NAME.get(name) if isinstance(name, str) else None
    kinds = standard.kind if standard is not None else ()
    if standard is None or type(data) not in (kinds if isinstance(kinds, tuple) else (kinds,)):
        raise CodecError("malformed")
    try:
        return standard.make(data)
    except (ArithmeticError, ValueError, TypeError, LookupError, ImportError, OSError):
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
    if issubclass(kind, _CARRIED) or issubclass(kind, (list, dict, set)):
        if kind.__module__.partition(".")[0] in _LIBRARIES:
            return None
        return "v" if issubclass(kind, _CARRIED) else _container_kind(cast("type[Any]", type(value)))
    if kind.__name__ in _VIEWS or (hasattr(kind, "dtype") and hasattr(kind, "tolist")):
        return None
    if issubclass(kind, CoroutineType):
        return "a"
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if hasattr(kind, "__next__") and not callable(value):  # a mock is both
        return "i"
    return "f" if callable(value) else "o"


def _container_kind(kind: type[Any]) -> str:
    return next(how for base, how in _CHANGING if issubclass(kind, base))


def carried_base(kind: type[Any]) -> type[Any]:
    """The built-in type that a class of data derives from.

    >>> carried_base(type("Id", (int,), {}))
    <class 'int'>
    """
    return next(base for base in _CARRIED if issubclass(kind, base))
