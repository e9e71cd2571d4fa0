"""Exceptions that the other side raised, raised here: classes that stand for its own, and the built-in ones."""

from __future__ import annotations

import operator
from typing import Any, Final, cast

from rlvr.sandbox.bridge.handles import Called
from rlvr.sandbox.bridge.plain_types import safe_exception

_KEPT_HERE: Final = frozenset(dir(BaseException)) - {"args"}


class PeerRaisedError(RuntimeError):
    """The other side raised what is no built-in exception, or one that must not pass."""


def exception_class(name: str, above: list[type[Exception]], base: object, there: Called) -> type[Exception]:
    """A class of ours that stands for one of the other side's: it derives from what stands for the ones above it.

    One that is made here is made over there, where its arguments have a meaning.
    """
    built_in = safe_exception(base) or PeerRaisedError
    bases = tuple(above) if any(issubclass(one, built_in) for one in above) else (*above, built_in)

    def make(kind: Any, *_: Any, **__: Any) -> Any:
        return built_in.__new__(kind)

    def begin(self: Any, *arguments: Any, **named: Any) -> None:
        made = there(*arguments, **named)
        self._rlvr_handle = getattr(made, "__dict__", {}).get("_rlvr_handle", made)

    def text(self: Any) -> str:
        return self.__dict__["_rlvr_text"] if "_rlvr_text" in self.__dict__ else str(self._rlvr_handle)

    def attribute(self: Any, wanted: str) -> Any:
        if wanted.startswith("_rlvr"):
            raise AttributeError(wanted)
        return getattr(self._rlvr_handle, wanted)

    body: dict[str, Any] = {"__new__": make, "__init__": begin, "__str__": text, "__getattr__": attribute}
    for one in {"args", *dir(built_in)} - set(dir(object)) - _KEPT_HERE:  # such as `errno` of an OSError
        body[one] = property(operator.attrgetter(f"_rlvr_handle.{one}"))
    body["_rlvr_there"] = there
    return cast("type[Exception]", _ErrorClass(name or "Error", bases, body))


class _ErrorClass(type):
    """Of classes that stand for the other side's: what else such a class has is over there."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(cls.__dict__.get("_rlvr_there") or cls.__mro__[1], name)


def built_in_error(base: str, text: str, arguments: Any) -> BaseException:
    """The exception that the other side raised, raised here."""
    # One that ends a process ends a test here, which has not passed then.
    exception = SystemExit if base == "SystemExit" else safe_exception(base)
    if exception is None:
        return PeerRaisedError(f"{base}: {text}")
    try:
        return exception(*cast("list[Any]", arguments)) if isinstance(arguments, list) else exception(text)
    except TypeError:  # UnicodeDecodeError and its like want more than a text
        return PeerRaisedError(f"{base}: {text}")
