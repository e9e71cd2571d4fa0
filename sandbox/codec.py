"""Values as plain data, from a process nobody trusts to one that must not run anything of it.

JSON with tags: numbers, strings, booleans and null are themselves; everything else is an array whose first element
says what it is. A subclass becomes what it derives from, a custom object a name that equals nothing, so what crosses
can only ever be a value: no pickle, no `eval`, no type that brings an `__eq__` of its own.

    ["l", ...]  list        ["t", ...]  tuple       ["s", ...]  set         ["f", ...]  frozenset
    ["d", [k, v], ...]      ["b", hex]  bytes       ["c", re, im]           ["i", hex]  an integer beyond 62 bits
    ["o", name]  anything else
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias, cast

DEPTH: Final = 100
"""Levels of nesting, in both directions."""

NODES: Final = 1_000_000
"""Values within one value."""

_SMALL: Final = 1 << 62
_DIGITS: Final = 1 << 18
_TAGS: Final = frozenset("ltsfdbcio")
_LAZY: Final = ("range", "map", "filter", "zip", "generator", "dict_keys", "dict_values", "dict_items", "deque")

Encoded: TypeAlias = "bool | int | float | str | list[Encoded] | None"


class CodecError(ValueError):
    """No value: malformed, too deep or too large."""


class Opaque:
    """Stands for an object that is no plain data; equals nothing, not even itself."""

    __slots__ = ("name",)
    __hash__ = object.__hash__

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self.name} object>"


class _Encoder:
    def __init__(self) -> None:
        self.left = NODES

    def encode(self, value: Any, depth: int) -> Encoded:
        self.left -= 1
        if depth > DEPTH or self.left < 0:
            raise CodecError("nested too deeply" if depth > DEPTH else "too large")
        kind = cast("type[Any]", type(value))
        if value is None or kind is bool or kind is str or kind is float:
            return value
        if isinstance(value, int):
            whole = int.__index__(value)
            return whole if -_SMALL < whole < _SMALL else ["i", hex(whole)]
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, float):
            return float.__float__(value)
        return self._composite(value, kind, depth + 1)

    def _composite(self, value: Any, kind: type[Any], depth: int) -> Encoded:
        for base, tag in ((list, "l"), (tuple, "t"), (set, "s"), (frozenset, "f")):
            if isinstance(value, base):
                return [tag, *(self.encode(one, depth) for one in cast("list[Any]", value))]
        if isinstance(value, dict):
            pairs = cast("dict[Any, Any]", value).items()
            return ["d", *([self.encode(key, depth), self.encode(one, depth)] for key, one in pairs)]
        if isinstance(value, bytes | bytearray):
            return ["b", bytes(value).hex()]
        if isinstance(value, complex):
            return ["c", value.real, value.imag]
        if kind.__name__ in _LAZY:
            return ["l", *(self.encode(one, depth) for one in value)]
        if hasattr(value, "dtype") and hasattr(value, "tolist"):  # arrays and scalars of numpy
            return self.encode(value.tolist(), depth)
        return ["o", kind.__name__[:80]]


def encode(value: Any) -> Encoded:
    """A value as plain data.

    Raises:
        CodecError: Deeper than `DEPTH`, or more than `NODES` values.

    >>> encode({"a": (1, {2})})
    ['d', ['a', ['t', 1, ['s', 2]]]]
    >>> encode(len)
    ['o', 'builtin_function_or_method']
    """
    return _Encoder().encode(value, 0)


def dumps(value: Encoded) -> bytes:
    """The bytes that cross.

    >>> dumps(encode((1, 2)))
    b'["t",1,2]'
    """
    return json.dumps(value, separators=(",", ":")).encode()


def loads(data: bytes) -> Encoded:
    """What `dumps` wrote, or whatever else arrived, checked: still plain data, with no object made of it.

    Raises:
        CodecError: It is nothing that `encode` makes.

    >>> loads(b'["t",1,2]')
    ['t', 1, 2]
    >>> try: loads(b'{"__class__": "x"}')
    ... except CodecError as error: print(error)
    malformed
    """
    try:
        found = json.loads(data, object_pairs_hook=_refuse)
    except (ValueError, RecursionError):
        raise CodecError("malformed") from None
    _check(found)
    return found


def _refuse(_: object) -> NoReturn:
    raise CodecError("malformed")


def _check(found: Any) -> None:
    left, row = NODES, [found]
    for _ in range(DEPTH + 3):
        below: list[Any] = []
        for one in row:
            if isinstance(one, list):
                below += _parts(cast("list[Any]", one))
        left -= len(row)
        if left < 0:
            raise CodecError("too large")
        if not below:
            return
        row = below
    raise CodecError("nested too deeply")


def _parts(node: list[Any]) -> list[Any]:
    tag = node[0] if node else None
    if not isinstance(tag, str) or tag not in _TAGS:
        raise CodecError("malformed")
    if tag in "ltsf":
        return node[1:]
    if tag == "d":
        for pair in node[1:]:
            if not isinstance(pair, list) or len(cast("list[Any]", pair)) != 2:
                raise CodecError("malformed")
        return [one for pair in node[1:] for one in pair]
    kinds = {"b": (str,), "i": (str,), "o": (str,), "c": (int, float)}[tag]
    if len(node) != (3 if tag == "c" else 2) or not all(isinstance(one, kinds) for one in node[1:]):
        raise CodecError("malformed")
    if tag == "i" and len(node[1]) > _DIGITS:
        raise CodecError("too large")
    return []


def decode(value: Encoded) -> Any:
    """The Python value; where it comes from a program, only in a process that has limits (keys may be made to collide).

    Raises:
        CodecError: A key that cannot be one, or digits that are none.

    >>> decode(encode({"a": (1, {2})}))
    {'a': (1, {2})}
    """
    if not isinstance(value, list):
        return value
    tag, rest = cast("str", value[0]), value[1:]
    try:
        if tag == "d":
            return {decode(cast("Any", pair)[0]): decode(cast("Any", pair)[1]) for pair in rest}
        if tag in _SEVERAL:
            return _SEVERAL[tag]([decode(one) for one in rest])
        return scalar(tag, rest)
    except TypeError:
        raise CodecError("an unhashable key") from None


_SEVERAL: Final[dict[str, Callable[[list[Any]], Any]]] = {"l": list, "t": tuple, "s": set, "f": frozenset}


def scalar(tag: str, rest: list[Any]) -> Any:
    """The value of a node that holds no others.

    Raises:
        CodecError: Digits that are none.

    >>> scalar("i", ["0x10"]), scalar("b", ["ff"]), scalar("o", ["A"])
    (16, b'\\xff', <A object>)
    """
    try:
        if tag == "i":
            return int(rest[0], 16)
        if tag == "b":
            return bytes.fromhex(rest[0])
    except ValueError:
        raise CodecError("malformed") from None
    return complex(rest[0], rest[1]) if tag == "c" else Opaque(rest[0])
