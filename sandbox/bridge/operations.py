"""What one side may have the other do with an object: a fixed list, by name."""

from __future__ import annotations

import builtins
import copy
import importlib
import math
import operator
from collections.abc import Callable
from typing import Any, Final, cast

from rlvr.sandbox.bridge.handles import BINARY, ORDER, as_binary


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


def _leave(value: Any, told: tuple[str, str] | None) -> Any:
    kind = _type(value)
    if told is None:
        return kind.__exit__(value, None, None, None)
    found = getattr(builtins, told[0], None)
    error = found if isinstance(found, type) and issubclass(found, Exception) else RuntimeError
    return bool(kind.__exit__(value, error, error(told[1]), None))


def _enter(value: Any) -> Any:
    kind = _type(value)
    return kind.__enter__(value)


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)


def _run(value: Any) -> Any:
    async def awaited() -> Any:
        return await value

    return importlib.import_module("asyncio").run(awaited())


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
}  # fmt: skip
OPERATIONS: Final[dict[str, Callable[..., Any]]] = _KNOWN | {sign: as_binary(sign) for sign in (*BINARY, *ORDER)}
