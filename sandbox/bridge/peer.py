"""Two processes that use each other's objects: the tests' and the program's, each with an end of a socket.

Messages are lines of JSON, one under way at a time:

    ["?", number, operation, target, arguments, named]     have it done
    ["=", number, value, changed, told]                     what came of it; what it did to arguments that can change
    ["!", number, class, built-in base, text, arguments]    what it raised; may go on with what is told, and with four
                                                            such fields of the exception that it was raised from

Values are those of the codec, and beside them

    ["h", number, kind, type, name, methods]   an object of the sender's       ["y", number]   one of the receiver's
    ["v", number, name, data]   data of a class of its own      ["n", name]         a type of the closed list
    ["e", number, name, base, parents]  a class of errors       ["x", name, data]   a value of the standard library
    ["r", class, built-in base, text, arguments]  an exception that is no more than a value

and, only from the tests to the program, what the program's process looks up or makes for itself:

    ["q", path]                       a callable of the library       ["k", path, arguments, named]   a call of one

What both ends do stands here. What the program's end does for the tests stands in `rlvr.sandbox.inside.answering`, and
what little the tests' end does for the program in `rlvr.sandbox.judges.tests_side.asking`. A malformed message ends the
conversation.
"""

from __future__ import annotations

import builtins
import os
import threading
from collections.abc import Callable
from typing import Any, Final, NoReturn, cast

from rlvr.sandbox.bridge.changes import changed, restore
from rlvr.sandbox.bridge.codec import CodecError, Encoded, Opaque, decode, dumps, encode, from_json
from rlvr.sandbox.bridge.deriving import members_of
from rlvr.sandbox.bridge.errors import library_error, library_error_parts, library_error_path, made_library_error
from rlvr.sandbox.bridge.handles import KINDS, Called, Carried, Class, ForgedError, Handle, Types, is_handle
from rlvr.sandbox.bridge.plain_types import PLAIN_TYPES, plain_name
from rlvr.sandbox.bridge.raised import built_in_error, exception_class
from rlvr.sandbox.bridge.special_methods import methods_of
from rlvr.sandbox.bridge.values import carried_base, revived, standard_of

LARGEST: Final = 64 << 20
_PIECE: Final = 1 << 18
_MOST_TEXT: Final = 500
_SMALL: Final = 1 << 62
_MALFORMED: Final = (ValueError, TypeError, LookupError, RecursionError, AttributeError)
_EXCEPTIONS: Final = {
    id(one): name for name, one in vars(builtins).items() if isinstance(one, type) and issubclass(one, BaseException)
}


_SCALARS: Final = frozenset({str, int, float, bool, bytes, type(None)})


class PeerLostError(BaseException):
    """The other process ended, or does not speak properly; no `except Exception` of a test may take it for a result."""


class Peer:
    """One end.

    Args:
        channel: Socket to the other process.
    """

    believes = False
    own_equality = False
    """See `rlvr.sandbox.bridge.handles.Side`."""

    def __init__(self, channel: int) -> None:
        self.asked = 0
        self.used = 0
        """How often the other side has done something, or told a value: looking for a name shows nothing of it."""
        self.lost = False
        """Whether the conversation has ended; whatever a test makes of that, it has not passed."""
        self._pending: BaseException | None = None
        self._depth = self._pending_depth = 0
        self._channel, self._rest = channel, b""
        self._turn = threading.RLock()  # threads take turns: one request is under way at a time
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []
        self._held: dict[int, Any] = {}
        self._foreign: dict[int, int] = {}
        self._named: dict[int | str, str] = {}
        self._types = Types()

    # What handles ask for.

    def ask(self, operation: str, target: Any, *arguments: Any) -> Any:
        """Has the other side do something with its object; `target` may be an argument where the operator is turned."""
        return self._request(operation, target, arguments, {})

    def call(self, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Has the other side call its object."""
        return self._request("call", target, arguments, named)

    def name_of(self, number: int | str) -> str:
        """The name of a function of the other side, where it came with its handle."""
        return self._named.get(number, "")

    def answers_operators(self, handle: Handle) -> bool:
        """See `rlvr.sandbox.bridge.handles.Side`."""
        return True

    def derive(self, name: str, bases: tuple[Any, ...], body: dict[str, Any], named: dict[str, Any]) -> Any:
        """See `rlvr.sandbox.bridge.handles.Side`."""
        made = self._request("derive", None, (name, list(bases), members_of(body), dict(named)), {})
        if type(made) is not Class:
            raise ForgedError("the program makes no class here")
        if "__classcell__" in body:
            body["__classcell__"].cell_contents = made
        return made

    def may_swallow(self, error: BaseException) -> bool:
        """See `rlvr.sandbox.bridge.handles.Side`."""
        return isinstance(error, Exception)

    def result_of(self, handle: Handle, result: Any) -> Any:
        """See `rlvr.sandbox.bridge.handles.Side`."""
        return result

    def _request(self, operation: str, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        with self._turn:
            self._depth += 1
            try:
                return self._asked(operation, target, arguments, named)
            finally:
                self._depth -= 1

    def _asked(self, operation: str, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self.asked += 1
        number = self.asked
        if operation != "getattr":
            self.used += 1
        where = ["y", cast("Any", target)._rlvr_number] if is_handle(target) else self.encode(target)
        given = [self.encode(one) for one in arguments]
        self.send(["?", number, operation, where, given, self.encode(named) if named else None])
        message = self._reply(number)
        if self._pending is not None and self._pending_depth >= self._depth:
            # What a test raised when the program called it is no business of the program's to swallow; nor of another
            # test's function that the program calls meanwhile.
            pending, self._pending = self._pending, None
            raise pending
        try:
            if message[0] == "!":
                error = self._raised(*message[2:6])
                told, *cause = message[6:] or [""]
                if told:
                    self.hear(told, (), None)
                if cause:
                    error.__cause__ = self._raised(*cause[0])
            else:
                _, _, value, after, told = message
                if after is not None:
                    restore(arguments, cast("list[Any]", self.decode(after)))
                result = self.decode(value)
                if operation == "getattr" and not is_handle(result):
                    self.used += 1
                if told:
                    self.hear(told, arguments, result)
                return result
        except _MALFORMED:
            self.lose()
        raise error

    def _reply(self, number: int) -> list[Any]:
        """The reply to a request; what the other side asks for in the meantime is done."""
        while (message := self.receive())[0] == "?":
            self.answer(message)
        if message[0] not in ("=", "!") or message[1] != number:
            self.lose()
        return message

    def lose(self) -> NoReturn:
        """Ends the conversation.

        Raises:
            PeerLostError: Always.
        """
        self.lost = True
        raise PeerLostError from None

    # What the other side asks for.

    def answer(self, message: list[Any]) -> None:
        """Does what a message asks for, where this end may, and tells what came of it."""
        try:
            _, number, operation, where, given, named = message
            if type(number) is not int or type(operation) is not str or not isinstance(given, list):
                self.lose()
            nodes = cast("list[Encoded]", given)
            target = self.target_of(operation, where)
            arguments = [self.decode(one) for one in nodes]
            known: Any = self.decode(named) if named else dict[str, Any]()
            if type(known) is not dict:
                self.lose()
        except _MALFORMED:
            self.lose()
        try:
            result = self.perform(operation, target, arguments, cast("dict[str, Any]", known))
            reply: list[Encoded] = ["=", number, *self.reply_to(nodes, arguments, result), self.told()]
        except (MemoryError, PeerLostError):
            raise
        except BaseException as error:  # noqa: BLE001 - the program's own, or a test's
            final = isinstance(error, AssertionError) or not isinstance(error, Exception)
            if final and not self.believes and self._pending is None:
                self._pending, self._pending_depth = error, self._depth
            reply = ["!", number, *self.describe(error), *self.told_of(error)]
        self.send(reply)

    def reply_to(self, nodes: list[Encoded], arguments: list[Any], result: Any) -> list[Encoded]:
        """What came of a request, and what it did to arguments that can change."""
        return [self.encode(result), changed(nodes, arguments, self.encode)]

    def target_of(self, operation: str, where: Encoded) -> Any:
        """What a request is about.

        Raises:
            CodecError: Nothing that it may be about.
        """
        raise NotImplementedError

    def perform(self, operation: str, target: Any, arguments: list[Any], named: dict[str, Any]) -> Any:
        """Does it."""
        raise NotImplementedError

    def told(self) -> Encoded:
        """What is to be told with a reply of what was printed, warned of and logged since the last."""
        return ""

    def told_of(self, error: BaseException) -> list[Encoded]:
        """The same, with an exception, and what it was raised from; nothing where there is neither."""
        return []

    def hear(self, told: Any, arguments: tuple[Any, ...], result: Any) -> None:
        """What came with a reply.

        Raises:
            ValueError, TypeError, LookupError: It is nothing that is told.
        """
        raise CodecError("malformed")

    def describe(self, error: BaseException) -> list[Encoded]:
        """An exception as it crosses."""
        kind = type(error)
        base = next((one.__name__ for one in kind.__mro__ if id(one) in _EXCEPTIONS), "Exception")
        text = self.describe_text(error)
        # One that was lent as a class, be it a built-in one under another name, is what the other side catches by.
        if id(kind) in self._foreign:
            return [self.encode(kind), base, text, self.encode(error) if "_rlvr_handle" in vars(error) else None]
        path = library_error_path(kind)
        if path:
            return [["n", path], base, text, self.encode(["", *library_error_parts(error)])]
        if (id(kind) not in _EXCEPTIONS and self.shows_class(kind)) or id(kind) in self._numbers:
            return [self.encode(kind), base, text, self.lend(error, kind, "o")]
        return [None, base, text, self.arguments_of(error) if text or not error.args else None]

    def arguments_of(self, error: BaseException) -> Encoded:
        """The arguments of a built-in exception; `None` where they are more than scalars."""
        given = [*error.args]
        if isinstance(error, OSError) and len(given) == 2 and type(error.filename) is str:
            given.append(error.filename)
        return self.encode(given) if all(type(one) in _SCALARS for one in given) else None

    def describe_text(self, error: BaseException) -> str:
        """What an exception says, for the other side."""
        try:
            return str(error)[:_MOST_TEXT]
        except BaseException:  # noqa: BLE001 - its text is the program's own code
            return "an exception without a text"

    def shows_class(self, kind: type[BaseException]) -> bool:
        """Whether the other side is to know an exception by its class, which is not built in."""
        return True

    def _raised(self, kind: Any, base: str, text: str, more: Any) -> BaseException:
        if isinstance(kind, list) and cast("list[Any]", kind)[0] == "e":
            own: Any = self.decode(kind)
            error: Any = own.__new__(own)
            error._rlvr_text, error._rlvr_handle = str(text)[:_MOST_TEXT], self.decode(more)
        elif isinstance(kind, list) and (library := library_error(cast("list[Any]", kind)[-1])):
            error = made_library_error(library, str(text)[:_MOST_TEXT], self.decode(more))
        elif isinstance(kind, list) and isinstance(own := self.decode(kind), type) and issubclass(own, Exception):
            found = self.decode(more)  # the one that was raised here, and has come back
            error = found if type(found) is own else own(str(text)[:_MOST_TEXT])
        else:
            error = built_in_error(base, str(text)[:_MOST_TEXT], self.decode(more) if kind is None else None)
        error._rlvr_raised = self
        return error

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
        if issubclass(kind, Carried) or "_rlvr_handle" in getattr(value, "__dict__", {}):
            return ["y", value._rlvr_handle._rlvr_number]
        if kind is Opaque:
            return ["o", value.name]
        if id(value) in self._foreign:
            return ["y", self._foreign[id(value)]]
        standard = standard_of(kind)
        if standard is not None and (parts := standard.parts(value)) is not None:
            return ["x", standard.name, again(parts)]
        name = plain_name(value)
        return self.encode_object(value, kind, again) if name is None else ["n", name]

    def encode_object(self, value: Any, kind: type[Any], again: Callable[[Any], Encoded]) -> Encoded:
        """How an object crosses that is no plain data and of no type that crosses whole; `None` as plain data."""
        raise NotImplementedError

    def lend(self, value: Any, kind: type[Any], how: str, name: str = "") -> Encoded:
        """A handle on an object that stays here.

        Args:
            value: The object.
            kind: Its type.
            how: See `rlvr.sandbox.bridge.handles.KINDS`; `e` for a class of exceptions.
            name: That of a function.
        """
        if how == "e":
            base = next(one.__name__ for one in value.__mro__ if id(one) in _EXCEPTIONS)
            own = [one for one in value.__bases__ if id(one) not in _EXCEPTIONS and issubclass(one, Exception)]
            parents: Encoded = ["l", *map(self.encode, own)]
            return ["e", self.number(value), value.__name__[:80], base, parents]
        return ["h", self.number(value), how, kind.__name__[:80], name[:80], methods_of(kind)]

    def lend_data(self, value: Any, kind: type[Any], again: Callable[[Any], Encoded]) -> Encoded:
        """Data whose class is of this side's own: the data, and a handle."""
        base = carried_base(kind)
        parts = again(base(base.__iter__(value))) if base in (tuple, frozenset) else encode(value)
        return ["v", self.number(value), kind.__name__[:80], parts]

    def number(self, value: Any) -> int:
        """The number of an object that is lent."""
        number = self._numbers.get(id(value))
        if number is None:
            self._kept.append(value)  # so that nobody else gets its id
            number = self._numbers[id(value)] = len(self._kept)
        return number

    def lent(self, number: Any) -> Any:
        """An object that was lent.

        Raises:
            CodecError: There is none of that number.
        """
        if type(number) is not int or not 0 < number <= len(self._kept):
            raise CodecError("malformed")
        return self._kept[number - 1]

    def decode(self, node: Any) -> Any:
        """The value that crossed.

        Raises:
            CodecError: It is none.
        """
        return decode(node, self.revive)

    def revive(self, tag: str, rest: list[Any]) -> Any:
        """The value of a node that is no plain data.

        Raises:
            CodecError: It is none.
        """
        if tag == "y":
            return self.lent(*rest)
        if tag == "r":
            return self._raised(*rest)
        if tag == "n":
            return PLAIN_TYPES[rest[0]]
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
            if rest[1] not in KINDS:
                raise CodecError("malformed")
            if len(rest) > 3 and (name := _identifier(rest[3])):
                self._named[number] = name
            methods = rest[4] if len(rest) > 4 and type(rest[4]) is int else -1
            return self._types.of(rest[1], _identifier(rest[2]), methods)(self, number)
        if tag == "e":
            above = [one for one in self.decode(rest[3]) if id(one) in self._foreign] if len(rest) > 3 else []
            made = exception_class(_identifier(rest[1]), above, rest[2], Called(self, number))
            self._foreign[id(made)] = number  # it is kept in what is held, so that nobody else gets its id
            return made
        data = self.decode(rest[2])
        if type(data) not in (int, float, str, tuple, bytes, frozenset, complex):
            raise CodecError("malformed")
        made = self._types.carrying(cast("type[Any]", type(data)), _identifier(rest[1]))
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
            self.lose()

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
                self.lose()
            size += len(data)
            if not data or size > LARGEST:
                self.lose()
            pieces.append(data)
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        try:
            message = from_json(line)
        except CodecError:
            self.lose()
        if not isinstance(message, list) or len(cast("list[Any]", message)) < 2:
            self.lose()
        return cast("list[Any]", message)


def _identifier(name: object) -> str:
    return name[:80] if isinstance(name, str) and name.isidentifier() else ""
