"""The closed list of types that cross by name. Nothing else that can be called ever does.

To call one of these on whatever a program says makes plain data, or an exception that nobody has raised yet. Missing
are `type`, which makes classes, and the exceptions by which a program could catch what the tests raise themselves or
end one of their loops.
"""

from __future__ import annotations

import builtins
from typing import Any, Final

_DATA: Final = (
    bool, bytearray, bytes, complex, dict, float, frozenset, int, list, object, set, str, tuple,
)  # fmt: skip
_CATCHING: Final = (Exception, AssertionError, StopIteration, StopAsyncIteration)


def safe_exception(name: object) -> type[Exception] | None:
    """The built-in exception of that name, but for those that would end a loop or the process silently.

    >>> safe_exception("KeyError"), safe_exception("StopIteration"), safe_exception("SystemExit"), safe_exception("int")
    (<class 'KeyError'>, None, None, None)
    """
    exception = getattr(builtins, name, None) if isinstance(name, str) else None
    if not isinstance(exception, type) or not issubclass(exception, Exception):
        return None
    return None if issubclass(exception, (StopIteration, StopAsyncIteration)) else exception


def _exceptions() -> list[type[Any]]:
    named = (safe_exception(name) for name in dir(builtins))
    return [
        one for one in named if one is not None and one not in _CATCHING and not issubclass(one, BaseExceptionGroup)
    ]


PLAIN_TYPES: Final[dict[str, type[Any]]] = {one.__name__: one for one in (*_DATA, *_exceptions())}
_NAMES: Final = {id(one): name for name, one in PLAIN_TYPES.items()}


def plain_name(value: object) -> str | None:
    """The name under which a type crosses.

    >>> plain_name(int), plain_name(len), plain_name(type), plain_name(AssertionError)
    ('int', None, None, None)
    """
    return _NAMES.get(id(value))
