"""What tests find out by `is`, `isinstance` and `issubclass`, where two handles may be on one object.

`f(x) is x` holds where the program says that it has returned its argument: what crossed is a copy, and equal.
"""

from __future__ import annotations

import builtins
import inspect
from collections import deque
from typing import Any, Final, cast

from rlvr.sandbox.bridge import handles
from rlvr.sandbox.bridge.handles import Above, Carried, Class, Function, Generating, Handle, Namespace, is_handle

_MOST: Final = 256
_pairs: deque[tuple[object, object]] = deque(maxlen=_MOST)


def note_same(result: object, argument: object) -> None:
    """Takes note that a call returned its argument, if what it returned is what the argument now is.

    >>> note_same(copy := [1], kept := [1])
    >>> is_same(copy, kept), is_same(copy, [1])
    (True, False)
    """
    if type(result) is type(argument) and result == argument:
        _pairs.append((result, argument))


def is_same(one: object, other: object) -> bool:
    """`one is other`."""
    if handles.is_same(one, other):
        return True
    return any((one is a and other is b) or (one is b and other is a) for a, b in _pairs)


def is_instance(value: Any, kinds: Any) -> bool:
    """`isinstance(value, kinds)`: a class of the program's is a class."""
    if builtins.isinstance(value, kinds):
        return True
    return type in _flat(kinds) and issubclass(cast("type[Any]", builtins.type(value)), Class)


def is_subclass(kind: Any, kinds: Any) -> bool:
    """`issubclass(kind, kinds)`: of a class of the program's it says what it derives from in the library."""
    if not is_handle(kind):
        return builtins.issubclass(kind, kinds)
    return any(
        one is object or (kind._rlvr_side.ask("issubclass", kind, one) is True)  # pyright: ignore[reportPrivateUsage]
        for one in _flat(kinds)
    )


def look_through_handles() -> None:
    """Has `inspect` know a class of the program's when it sees one."""
    is_class, is_abstract = inspect.isclass, inspect.isabstract

    def isclass(value: object) -> bool:
        return is_class(value) or is_instance(value, type)

    def isabstract(value: Any) -> bool:
        return is_abstract(value) or (is_instance(value, type) and len(getattr(value, "__abstractmethods__", ())) > 0)

    inspect.isclass, inspect.isabstract = isclass, isabstract  # pyright: ignore[reportAttributeAccessIssue]


def own_type(value: Any) -> Any:
    """`type(value)`: of an object of the program's its class over there, and nothing that is no such class."""
    kind = cast("type[Any]", type(value))
    if not issubclass(kind, Handle | Carried):
        return kind
    if kind in (Function, Generating, Namespace):
        return value.__class__
    handle: Any = value if is_handle(value) else value._rlvr_handle
    side = handle._rlvr_side
    found = side.ask("type", value)
    return found if type(found) is Class else kind


def own_super(kind: Any, instance: Any) -> Any:
    """`super(kind, instance)`, where the class may derive from one of the program's."""
    return Above(kind, instance) if issubclass(type(kind), Handle) else cast("Any", super(kind, instance))


def _flat(kinds: Any) -> list[Any]:
    if builtins.type(kinds) is tuple:
        return [one for several in cast("tuple[Any, ...]", kinds) for one in _flat(several)]
    return [kinds]
