"""What one side may have the other do with an object: a fixed list, by name."""

from __future__ import annotations

import builtins
import copy
import functools
import importlib
import math
import operator
from collections.abc import Callable
from typing import Any, Final, cast

from rlvr.sandbox.bridge.deriving import derive
from rlvr.sandbox.bridge.outlines import outline
from rlvr.sandbox.bridge.special_methods import BINARY, ORDER, as_binary


def content(value: Any) -> Any:
    """What an object of a class that derives from a list, a mapping or a set holds, whatever its methods say."""
    bases: tuple[Any, ...] = (list, dict, set)
    for base in bases:
        if isinstance(value, base):
            return base(base.items(value) if base is dict else base.__iter__(value))
    raise TypeError("it holds nothing")


def state(value: Any) -> dict[str, Any]:
    """What an object consists of: its attributes, slots, and content."""
    found: dict[str, Any] = {}
    for kind in reversed(type(value).__mro__):
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name) and name not in ("__dict__", "__weakref__"):
                found[name] = getattr(value, name)
    found |= getattr(value, "__dict__", {})
    if isinstance(value, list | dict | set):
        found[""] = content(value)
    return found


def _next(value: Any) -> tuple[Any] | None:
    try:
        return (next(value),)
    except StopIteration:
        return None


def _type(value: Any) -> Any:
    return cast("Any", type(value))


def _leave(value: Any, told: tuple[str, str] | None, own: Any = None) -> Any:
    kind, error = _raised(told, own)
    left = _type(value).__exit__(value, kind, error, None)
    return left if error is None else bool(left)


def _raised(told: tuple[str, str] | None, own: Any) -> tuple[Any, Exception | None]:
    """What a block was left with: the object's own exception, or one of the built-in class that was told."""
    if told is None:
        return None, None
    if isinstance(own, Exception):
        return _type(own), own
    found = getattr(builtins, told[0], None)
    kind = found if isinstance(found, type) and issubclass(found, Exception) else RuntimeError
    return kind, kind(told[1])


def _enter(value: Any) -> Any:
    kind = _type(value)
    return kind.__enter__(value)


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


def _run(value: Any) -> Any:
    async def awaited() -> Any:
        return await value

    # One loop for all: what an object was made with in one it may use in the next.
    return _loop().run_until_complete(awaited())


@functools.cache
def _loop() -> Any:
    return importlib.import_module("asyncio").new_event_loop()


def _async_iter(value: Any) -> Any:
    return _type(value).__aiter__(value)


def _async_next(value: Any) -> tuple[Any] | None:
    try:
        return (_run(_type(value).__anext__(value)),)
    except StopAsyncIteration:
        return None


def _async_enter(value: Any) -> Any:
    return _run(_type(value).__aenter__(value))


def _async_leave(value: Any, told: tuple[str, str] | None, own: Any = None) -> Any:
    kind, error = _raised(told, own)
    return bool(_run(_type(value).__aexit__(value, kind, error, None)))


def _outline(value: Any) -> list[Any]:
    return outline(value, whole=True)


def _text(value: Any) -> Any:
    return value.__doc__


def _above(kind: Any, instance: Any, name: str) -> Any:
    return getattr(cast("Any", super(kind, instance)), name)


def _call(value: Any, /, *arguments: Any, **named: Any) -> Any:
    return value(*arguments, **named)


_KNOWN: dict[str, Any] = {
    "call": _call,
    "getattr": getattr, "setattr": setattr, "delattr": delattr, "iter": iter, "next": _next, "len": len,
    "getitem": operator.getitem, "setitem": operator.setitem, "delitem": operator.delitem,
    "contains": operator.contains, "eq": _equal, "type": type, "state": state,
    "content": content, "isinstance": isinstance, "issubclass": issubclass, "round": round, "format": format,
    "deepcopy": copy.deepcopy, "copy": copy.copy, "enter": _enter, "exit": _leave,
    "await": _run, "neg": operator.neg, "pos": operator.pos, "abs": abs,
    "invert": operator.invert, "floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "reversed": reversed,
    "dir": dir, "int": int, "index": operator.index, "float": float, "complex": complex, "str": str, "repr": repr,
    "bool": bool, "bytes": bytes,
    "hash": hash, "doc": _text, "outline": _outline, "derive": derive, "above": _above,
    "aiter": _async_iter, "anext": _async_next, "aenter": _async_enter, "aexit": _async_leave,
}  # fmt: skip
OPERATIONS: Final[dict[str, Callable[..., Any]]] = _KNOWN | {sign: as_binary(sign) for sign in (*BINARY, *ORDER)}
