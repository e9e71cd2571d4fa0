"""Two processes that use each other's objects: the tests' and the program's, each a `Peer` at one end of a socket.

Messages are lines of JSON, one under way at a time:

    ["?", number, operation, target, arguments, named]     have it done
    ["=", number, value, changed, printed]                  what came of it; what it did to arguments that can change
    ["!", number, class, built-in base, text, arguments]    what it raised

Values are those of the codec, and beside them

    ["h", number, kind, name]   an object of the sender's       ["y", number]       one of the receiver's
    ["v", number, name, data]   data of a class of its own      ["n", name]         a built-in function or type
    ["e", number, name, base]   a class of exceptions           ["x", name, data]   a value of the standard library

Neither side trusts the other: a malformed message ends the conversation, and what the tests' side does for the program
is little (`Peer.permit`).
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable
from typing import Any, Final, cast

from rlvr.sandbox.codec import CodecError, Encoded, decode, dumps, encode, from_json
from rlvr.sandbox.handles import Carried, Handle, Types, is_handle
from rlvr.sandbox.operations import OPERATIONS
from rlvr.sandbox.values import STANDARD, carried_base, kind_of, revived

LARGEST: Final = 64 << 20
_PIECE: Final = 1 << 18
_MOST_TEXT: Final = 500
_SMALL: Final = 1 << 62
_CHANGING: Final = (list, dict, set)
_BUILT_IN: Final = {id(one): name for name, one in vars(builtins).items() if callable(one)}


class PeerLostError(BaseException):
    """The other process ended, or does not speak properly; no `except Exception` of a test may take it for a result."""


class PeerRaisedError(RuntimeError):
    """The other side raised what is no built-in exception, or one that must not pass."""


class Peer:
    """One end.

    Args:
        channel: Socket to the other process.
        permit: Says whether the other side may do that with an object of ours; raises `AttributeError` or `TypeError`
            where not.
        exports: Whether an object of ours may be lent at all.
        operators: See `rlvr.sandbox.handles`.
        names: What texts name as targets.
    """

    def __init__(
        self,
        channel: int,
        *,
        permit: Callable[[str, Any, list[Any]], None] | None = None,
        exports: Callable[[Any], bool] = lambda _: True,
        operators: bool = True,
        names: Callable[[str], Any] | None = None,
    ) -> None:
        self.operators = operators
        self.believes = permit is None
        self.asked = 0
        self.used = 0
        """How often the other side has done something, or told a value: looking for a name shows nothing of it."""
        self._pending: BaseException | None = None
        self.printed: Callable[[], str] = lambda: ""
        self.on_printed: Callable[[str], None] = lambda _: None
        self._channel, self._rest = channel, b""
        self._permit, self._exports, self._names = permit, exports, names
        self._lent: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._held: dict[int, Any] = {}
        self._types = Types()

    # What handles ask for.

    def ask(self, operation: str, target: Any, *arguments: Any) -> Any:
        """Has the other side do something with its object; `target` may be an argument where the operator is turned."""
        return self._request(operation, target, arguments, {})

    def call(self, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Has the other side call its object, or the one of that name."""
        return self._request("call", target, arguments, named)

    def _request(self, operation: str, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self.asked += 1
        number = self.asked
        if operation != "getattr":
            self.used += 1
        where: Encoded = target if type(target) is str and operation == "call" else self._target(target)
        given = [self.encode(one) for one in arguments]
        self.send(["?", number, operation, where, given, self.encode(named) if named else None])
        message = self._reply(number)
        if self._pending is not None:
            # What a test raised when the program called it is no business of the program's to swallow.
            pending, self._pending = self._pending, None
            raise pending
        try:
            if message[0] == "!":
                error = self._raised(*message[2:])
            else:
                _, _, value, changed, printed = message
                if printed:
                    self.on_printed(str(printed))
                if changed is not None:
                    _restore(arguments, cast("list[Any]", self.decode(changed)))
                found = self.decode(value)
                if operation == "getattr" and not is_handle(found):
                    self.used += 1
                return found
        except (ValueError, TypeError, LookupError, RecursionError):
            raise PeerLostError from None
        raise error

    def _reply(self, number: int) -> list[Any]:
        """The reply to a request; what the other side asks for in the meantime is done."""
        while (message := self.receive())[0] == "?":
            self.answer(message)
        if message[0] not in ("=", "!") or message[1] != number:
            raise PeerLostError
        return message

    def _target(self, target: Any) -> Encoded:
        return ["y", cast("Any", target)._rlvr_number] if is_handle(target) else self.encode(target)

    # What the other side asks for.

    def answer(self, message: list[Any]) -> None:
        """Does what a message asks for, and tells what came of it."""
        try:
            _, number, operation, where, given, named = message
            nodes = cast("list[Encoded]", given)
            by_name = type(where) is str and self._names is not None and operation == "call"
            target = cast("Any", self._names)(where) if by_name else self.decode(where)
            arguments = [self.decode(one) for one in nodes]
            known: dict[str, Any] = self.decode(named) if named else {}
            does = OPERATIONS[operation]
        except (ValueError, TypeError, LookupError, RecursionError):
            raise PeerLostError from None
        try:
            if self._permit is not None:
                self._permit(operation, target, arguments)
            result = does(target, *arguments, **known)
            value = self.encode(result)
            changed = self._changed(nodes, arguments)
        except MemoryError:
            raise
        except PeerLostError:
            raise
        except BaseException as error:  # noqa: BLE001 - the program's own, or a test's
            if not self.believes and (isinstance(error, AssertionError) or not isinstance(error, Exception)):
                self._pending = error
            self.send(["!", number, *self._described(error)])
            return
        self.send(["=", number, value, changed, self.printed()])

    def _changed(self, nodes: list[Encoded], arguments: list[Any]) -> Encoded:
        """Arguments that were changed, in their places; nothing where none was."""
        if not any(type(one) in _CHANGING for one in arguments):
            return None
        after = [self.encode(one) if type(one) in _CHANGING else None for one in arguments]
        if all(one is None or one == before for one, before in zip(after, nodes, strict=True)):
            return None
        return ["l", *after]

    def _described(self, error: BaseException) -> list[Encoded]:
        kind = type(error)
        base = next((one.__name__ for one in kind.__mro__ if _BUILT_IN.get(id(one)) == one.__name__), "Exception")
        try:
            text = str(error)[:_MOST_TEXT]
        except BaseException:  # noqa: BLE001 - its text is the program's own code
            text = "an exception without a text"
        if kind.__name__ != base:
            return [self.encode(kind), base, text, self._lend(error, "o")]
        plain = all(type(one) in (str, int, float, bool, type(None)) for one in error.args)
        return [None, base, text, self.encode(list(error.args)) if plain else None]

    def _raised(self, kind: Any, base: str, text: str, more: Any) -> BaseException:
        if isinstance(kind, list) and cast("list[Any]", kind)[0] == "e":
            error: Exception = self.decode(kind)(str(text)[:_MOST_TEXT])
            cast("Any", error)._rlvr_handle = self.decode(more)
            return error
        return built_in_error(base, str(text)[:_MOST_TEXT], self.decode(more) if kind is None else None)

    # Values.

    def encode(self, value: Any) -> Encoded:
        """A value as it crosses."""
        kind = cast("type[Any]", type(value))
        if kind is str or kind is bool or (kind is int and -_SMALL < value < _SMALL):
            return value  # most are
        return encode(value, self._other)

    def _other(self, value: Any, kind: type[Any], again: Callable[[Any], Encoded]) -> Encoded:
        if issubclass(kind, Handle):
            return ["y", value._rlvr_number]
        if issubclass(kind, Carried):
            return ["y", value._rlvr_handle._rlvr_number]
        if id(value) in _BUILT_IN:
            return ["n", _BUILT_IN[id(value)]]
        if kind in STANDARD:
            name, parts, _ = STANDARD[kind]
            return ["x", name, again(parts(value))]
        found = kind_of(value, kind)
        if found is None:
            return None
        if not self._exports(value):
            return ["o", kind.__name__[:80]]
        if found == "v":
            base = carried_base(kind)
            parts = again(base(base.__iter__(value))) if base in (tuple, frozenset) else encode(value)
            return ["v", self._number(value), kind.__name__[:80], parts]
        if found == "e":
            base = next(one.__name__ for one in value.__mro__ if id(one) in _BUILT_IN)
            return ["e", self._number(value), value.__name__[:80], base]
        return self._lend(value, found)

    def _lend(self, value: Any, kind: str) -> Encoded:
        return ["h", self._number(value), kind, type(value).__name__[:80]]

    def _number(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._lent) + 1
            self._lent[number] = value  # kept, so that nobody else gets its id
        return number

    def decode(self, node: Any) -> Any:
        """The value that crossed.

        Raises:
            CodecError: It is none.
        """
        return decode(node, self._revive)

    def _revive(self, tag: str, rest: list[Any]) -> Any:
        if tag == "y":
            return self._lent[rest[0]] if type(rest[0]) is int else cast("Any", self._names)(rest[0])
        if tag == "n":
            return getattr(builtins, rest[0]) if rest[0] in _BUILT_IN.values() else None
        if tag == "x":
            return revived(rest[0], self.decode(rest[1]))
        number = rest[0]
        if tag not in ("h", "v", "e") or type(number) is not int:
            raise CodecError("malformed")
        if number not in self._held:
            self._held[number] = self._made(tag, number, rest)
        return self._held[number]

    def _made(self, tag: str, number: int, rest: list[Any]) -> Any:
        if tag == "h":
            return self._types.of(rest[1], _named(rest[2]))(self, number)
        if tag == "e":
            return _exception_class(_named(rest[1]), rest[2])
        data = self.decode(rest[2])
        if type(data) not in (int, float, str, tuple, bytes, frozenset, complex):
            raise CodecError("malformed")
        made = self._types.carrying(cast("type[Any]", type(data)), _named(rest[1]))
        carried = made.__new__(made, data)
        carried._rlvr_handle = Handle(self, number)
        return carried

    # Messages.

    def send(self, message: list[Encoded]) -> None:
        """One message."""
        view = memoryview(dumps(message) + b"\n")
        try:
            while view:
                view = view[os.write(self._channel, view) :]
        except OSError:
            raise PeerLostError from None

    def receive(self) -> list[Any]:
        """One message.

        Raises:
            PeerLostError: There comes none, or what comes is none.
        """
        data = self._rest
        pieces = [data]
        size = len(data)
        while b"\n" not in data:
            try:
                data = os.read(self._channel, _PIECE)
            except OSError:
                raise PeerLostError from None
            size += len(data)
            if not data or size > LARGEST:
                raise PeerLostError
            pieces.append(data)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        try:
            message = from_json(line)
        except CodecError:
            raise PeerLostError from None
        if not isinstance(message, list) or len(cast("list[Any]", message)) < 2:
            raise PeerLostError
        return cast("list[Any]", message)


def _named(name: object) -> str:
    return name[:80] if isinstance(name, str) and name.isidentifier() else ""


def _exception_class(name: str, base: object) -> type[Exception]:
    """A class of ours that stands for one of the program's: it derives from the same built-in one."""
    found = safe_exception(base) or PeerRaisedError

    def attribute(self: Any, wanted: str) -> Any:
        if wanted == "_rlvr_handle":
            raise AttributeError(wanted)
        return getattr(self._rlvr_handle, wanted)

    return cast("type[Exception]", type(name or "Error", (found,), {"__getattr__": attribute}))


def safe_exception(name: object) -> type[Exception] | None:
    """The built-in exception of that name, but for those that would end a loop or the process silently."""
    found = getattr(builtins, name, None) if isinstance(name, str) else None
    if isinstance(found, type) and issubclass(found, Exception) and not issubclass(found, _SILENT):
        return found
    return None


_SILENT: Final = (StopIteration, StopAsyncIteration)


def built_in_error(base: str, text: str, arguments: Any) -> Exception:
    """The exception that the other side raised, raised here."""
    found = safe_exception(base)
    if found is None:
        return PeerRaisedError(f"{base}: {text}")
    try:
        return found(*cast("list[Any]", arguments)) if isinstance(arguments, list) else found(text)
    except TypeError:  # UnicodeDecodeError and its like want more than a text
        return PeerRaisedError(f"{base}: {text}")


def _restore(ours: tuple[Any, ...], theirs: list[Any]) -> None:
    """What the program did to arguments that can change is done to ours."""
    for one, other in zip(ours, theirs, strict=False):
        if other is None or type(one) is not type(other):
            continue
        if isinstance(one, list):
            one[:] = other
        elif isinstance(one, dict | set):
            cast("Any", one).clear()
            cast("Any", one).update(other)
