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

NODES: Final = 10_000_000
"""Values within one value; the bytes of a message or report, and a process's memory, may bound them before that."""

_SMALL: Final = 1 << 62
_DIGITS: Final = 1 << 18
_TAGS: Final = frozenset("ltsfdbcio")
_PLAIN: Final = frozenset({type(None), bool, str, float})
_EXACT: Final = frozenset({int, list, tuple, dict, set, frozenset, bytes, bytearray, complex})
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


Other: TypeAlias = "Callable[[Any, type[Any], Callable[[Any], Encoded]], Encoded]"
"""What an object that is no plain data becomes: of it, its type, and what encodes its parts; `None` where nothing."""


class _Encoder:
    def __init__(self, other: Other | None = None) -> None:
        self.left = NODES
        self.other = other

    def encode(self, value: Any, depth: int) -> Encoded:
        self.left -= 1
        if depth > DEPTH or self.left < 0:
            raise CodecError("nested too deeply" if depth > DEPTH else "too large")
        kind = cast("type[Any]", type(value))
        if kind in _PLAIN or (kind is int and -_SMALL < value < _SMALL):
            return value
        if kind in _EXACT or self.other is None:
            return self._composite(value, kind, depth + 1)
        node = self.other(value, kind, lambda part: self.encode(part, depth + 1))
        return self._composite(value, kind, depth + 1) if node is None else node

    def _composite(self, value: Any, kind: type[Any], depth: int) -> Encoded:
        if isinstance(value, int | str | float):
            return _simple(value)
        for base, tag in ((list, "l"), (tuple, "t"), (set, "s"), (frozenset, "f")):
            if isinstance(value, base):
                return [tag, *self._items(base, value, depth)]
        if isinstance(value, dict):
            pairs = dict[Any, Any].items(cast("dict[Any, Any]", value))
            return ["d", *([self.encode(key, depth), self.encode(one, depth)] for key, one in pairs)]
        if isinstance(value, bytes | bytearray):
            return ["b", bytes(value).hex()]
        if isinstance(value, complex):
            return ["c", complex.__complex__(value).real, complex.__complex__(value).imag]
        if kind.__name__ in _LAZY:
            return ["l", *(self.encode(one, depth) for one in value)]
        if hasattr(value, "dtype") and hasattr(value, "tolist"):  # arrays and scalars of numpy
            return self.encode(value.tolist(), depth)
        return ["o", kind.__name__[:80]]

    def _items(self, base: Any, value: Any, depth: int) -> list[Encoded]:
        items: list[Any] = list(base.__iter__(value))
        kinds = set(map(type, items))
        # Most lists hold nothing but small numbers or texts, which are themselves.
        if kinds <= _PLAIN or (kinds == {int} and min(items) > -_SMALL and max(items) < _SMALL):
            self.left -= len(items)
            if self.left < 0:
                raise CodecError("too large")
            return items
        return [self.encode(one, depth) for one in items]


def _simple(value: float | str) -> Encoded:
    """What a number or a text of a class of its own derives from."""
    if isinstance(value, int):
        whole = int.__index__(value)
        return whole if -_SMALL < whole < _SMALL else ["i", hex(whole)]
    return str.__str__(value) if isinstance(value, str) else float.__float__(value)


def encode(value: Any, other: Other | None = None) -> Encoded:
    """A value as plain data.

    Args:
        value: Any.
        other: What becomes of an object that is none; without, its name, and of a subclass what it derives from.

    Raises:
        CodecError: Deeper than `DEPTH`, or more than `NODES` values.

    >>> encode({"a": (1, {2})})
    ['d', ['a', ['t', 1, ['s', 2]]]]
    >>> encode(len)
    ['o', 'builtin_function_or_method']
    """
    return _Encoder(other).encode(value, 0)


def dumps(value: Encoded) -> bytes:
    """The bytes that cross.

    >>> dumps(encode((1, 2)))
    b'["t",1,2]'
    """
    return _to_json(value).encode()


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
    found = from_json(data)
    _check(found)
    return found


def from_json(data: bytes) -> Any:
    """JSON without objects, not checked any further.

    Raises:
        CodecError: It is none.
    """
    try:
        return _parsed(data.decode())
    except (ValueError, RecursionError):
        raise CodecError("malformed") from None


def _refuse(_: object) -> NoReturn:
    raise CodecError("malformed")


# Made once: `json.dumps` and `json.loads` make one for each call.
_to_json: Final = json.JSONEncoder(separators=(",", ":")).encode
_parsed: Final[Callable[[str], Any]] = json.JSONDecoder(object_pairs_hook=_refuse).decode


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


def decode(value: Encoded, other: Callable[[str, list[Any]], Any] | None = None) -> Any:
    """The Python value; where it comes from a program, only in a process that has limits (keys may be made to collide).

    Args:
        value: What `loads` gave, or unchecked where `other` is given.
        other: Makes the value of a node whose tag is none of ours.

    Raises:
        CodecError: A key that cannot be one, digits that are none, or, unchecked, anything malformed.

    >>> decode(encode({"a": (1, {2})}))
    {'a': (1, {2})}
    """
    if not isinstance(value, list):
        return value
    try:
        return _decoded(cast("list[Any]", value), other)
    except (TypeError, ValueError, IndexError):
        raise CodecError("malformed, or an unhashable key") from None


def _decoded(node: list[Any], other: Callable[[str, list[Any]], Any] | None) -> Any:
    tag, rest = node[0], node[1:]
    if tag in _SEVERAL:
        if list not in set(map(type, rest)):
            return _SEVERAL[tag](rest)
        return _SEVERAL[tag]([decode(one, other) for one in rest])
    if tag == "d":
        return {decode(key, other): decode(one, other) for key, one in rest}
    if other is not None and tag not in _TAGS:
        return other(tag, rest)
    return scalar(tag, rest)


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
    return complex(rest[0], rest[1]) if tag == "c" else Opaque(str(rest[0]))
