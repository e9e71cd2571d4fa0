"""The tests' end of the bridge: it asks the program for things, and does for it only what was lent.

It holds what the program must not learn, so it executes, calls and looks up nothing that the program names. A request
names an object by the number under which it was lent, and an operation that was lent with it; everything that can be
called arrives as a handle and is called over there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from rlvr.sandbox.bridge.codec import CodecError, Encoded
from rlvr.sandbox.bridge.handles import Class, Handle, is_handle
from rlvr.sandbox.bridge.operations import OPERATIONS
from rlvr.sandbox.bridge.outlines import outline
from rlvr.sandbox.bridge.peer import Peer
from rlvr.sandbox.bridge.values import kind_of
from rlvr.sandbox.judges.tests_side.identity import note_same
from rlvr.sandbox.judges.tests_side.lending import (
    NOTHING,
    TESTS,
    CannotCrossError,
    check_attribute,
    library_path,
    operations,
    recipe,
)


@dataclass(frozen=True, slots=True)
class Told:
    """What came with a reply: what the program has printed, warned of and logged."""

    printed: str
    errors: str
    warned: list[BaseException]
    logged: list[tuple[str, int, str, bool]]
    """Name of the logger, level, text, and whether the program has set a level of its own."""


@dataclass(frozen=True, slots=True)
class LibraryCallable:
    """A callable of the library in the program's process, by its path."""

    path: str


class _Sealed:
    """A docstring of the tests': the program may hold it, and give it to what it makes of their function."""

    def __init__(self, text: str) -> None:
        self.text = text


class TestsEnd(Peer):
    """See above.

    Args:
        channel: Socket to the program's process.
        operators: Whether operators between values of the tests and objects that the tests make themselves, by calling
            a class that they name, are the program's to answer.
        own_equality: Whether two objects of the program are equal when its own `==` says so.
    """

    __test__ = False

    def __init__(self, channel: int, *, operators: bool = False, own_equality: bool = False) -> None:
        super().__init__(channel)
        self.own_equality = own_equality
        self.arrays = True
        """Whether the tests know arrays; where they do not, one is the list of what it holds."""
        self.before_request: Callable[[], None] = lambda: None
        """Brings the program's process up to date with what the tests have changed in their own."""
        self.on_told: Callable[[Told], None] = lambda _: None
        self.skips: Callable[[BaseException], bool] = lambda _: False
        """Whether an assertion would stay unreached if an error were swallowed."""
        self.need = ""
        """What the tests had to hand over and could not."""
        self._operators, self._answering = operators, False
        self._allowed: dict[int, frozenset[str]] = {}
        self._named_classes: set[int | str] = set()
        self._own_handles: dict[int | str, Handle] = {}

    # What it does for the program.

    def target_of(self, operation: str, where: Encoded) -> Any:
        """The object of that number, and whether the operation was lent with it; of anything else none was.

        Raises:
            CodecError: No object was lent under that number.
        """
        if not isinstance(where, list) or len(where) != 2 or where[0] != "y":
            return _Lent(self.decode(where), allowed=False)
        number = where[1]
        return _Lent(self.lent(number), allowed=operation in self._allowed.get(cast("int", number), NOTHING))

    def reply_to(self, nodes: list[Encoded], arguments: list[Any], result: Any) -> list[Encoded]:
        """What came of a request; what cannot cross is lent, to be held and no more.

        The program chose to ask for it, and may not choose what the tests need.
        """
        self._answering = True
        try:
            return super().reply_to(nodes, arguments, result)
        finally:
            self._answering = False

    def describe_text(self, error: BaseException) -> str:
        """What an assertion says may be the value that it expects, and the tests raise it again all the same."""
        final = isinstance(error, AssertionError) or not isinstance(error, Exception)  # `pytest.fail` is none
        return "" if final else super().describe_text(error)

    def shows_class(self, kind: type[BaseException]) -> bool:
        """Only of the tests' own exceptions."""
        return kind.__module__ == TESTS

    def may_swallow(self, error: BaseException) -> bool:
        """An error, where it kept no assertion from being reached: one that did not run shows nothing."""
        return isinstance(error, Exception) and not isinstance(error, AssertionError) and not self.skips(error)

    def perform(self, operation: str, target: Any, arguments: list[Any], named: dict[str, Any]) -> Any:
        """Does it.

        Raises:
            AttributeError, TypeError: The program may not.
        """
        lent = cast("_Lent", target)
        if operation == "eq" and not lent.allowed:
            return bool(arguments) and lent.value is arguments[0]  # whether it is the same function, say
        if not lent.allowed:
            kind = AttributeError if operation in _OF_ATTRIBUTES else TypeError
            raise kind(f"the tests do not allow `{operation[:20]}` here")
        if operation in ("getattr", "setattr"):
            check_attribute(operation, lent.value, arguments[0] if arguments else None)
        if operation == "outline":
            return outline(lent.value, whole=False)
        if operation == "doc":
            return _Sealed(lent.value.__doc__) if lent.value.__doc__ is not None else None
        return OPERATIONS[operation](lent.value, *arguments, **named)

    def encode_object(self, value: Any, kind: type[Any], again: Callable[[Any], Encoded]) -> Encoded:
        """By name where the library has it, lent where the tests have it.

        Raises:
            CannotCrossError: Neither.
        """
        if kind is _Sealed:
            return self.lend(value.text, str, "o")
        if kind is LibraryCallable:
            return ["q", value.path]
        how = kind_of(value, kind)
        if how is None:
            return None
        allowed = operations(value)
        if allowed is None:
            return self._encode_library(value, kind, how, again)
        node = self.lend_data(value, kind, again) if how == "v" else self.lend(value, kind, how, _name_of(value))
        self._allowed[self.number(value)] = allowed
        return node

    def _encode_library(self, value: Any, kind: type[Any], how: str, again: Callable[[Any], Encoded]) -> Encoded:
        path = library_path(value)
        if path:
            return ["q", path]
        made = recipe(value)
        if made is not None:
            constructor, arguments, named = made
            return ["k", library_path(constructor), again(arguments), again(named)]
        if how in ("v", "m"):
            return None  # of a class of the library: what it derives from
        if self._answering:
            return self.lend(value, kind, "o")
        self.need = f"the tests hand over an object of `{kind.__module__}.{kind.__qualname__}`, which cannot cross"
        raise CannotCrossError(self.need)

    # What it asks for.

    def _request(self, operation: str, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self.before_request()
        return super()._request(operation, target, arguments, named)

    def revive(self, tag: str, rest: list[Any]) -> Any:
        """An array as the list of what it holds, where the tests do not know arrays."""
        found = super().revive(tag, rest)
        if tag == "x" and rest[0] == "ndarray" and not self.arrays:
            return found.tolist()
        return found

    def hear(self, told: Any, arguments: tuple[Any, ...], result: Any) -> None:
        """What came with a reply, checked.

        Raises:
            ValueError, TypeError: It is nothing that is told.
        """
        if isinstance(told, str):
            told = [told, "", [], [], -1]
        printed, errors, warned, logged, same = told
        found = Told(str(printed), str(errors), [self._raised(*one) for one in warned], [])
        for name, level, text, own in logged:
            if type(level) is not int or type(name) is not str:
                raise CodecError("malformed")
            found.logged.append((name, level, str(text), own is True))
        if type(same) is int and 0 <= same < len(arguments):
            note_same(result, arguments[same])
        if not all(isinstance(one, Warning) for one in found.warned):
            raise CodecError("malformed")
        self.on_told(found)

    def derive(self, name: str, bases: tuple[Any, ...], body: dict[str, Any], named: dict[str, Any]) -> Any:
        """Has the program make a class that derives from one of its own; it is the tests'."""
        made = super().derive(name, bases, body, named)
        self.name_class(made)
        return made

    # Whose operators the program may answer.

    def name_class(self, handle: object) -> None:
        """Takes note that the tests name a class of the program's: what they make with it is theirs."""
        if isinstance(handle, Class):
            self._named_classes.add(_number(handle))

    def call(self, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Has the program call its object."""
        result = super().call(target, arguments, named)
        made = self._operators and is_handle(target) and _number(target) in self._named_classes
        return self._tests_own(result) if made else result

    def answers_operators(self, handle: Handle) -> bool:
        """Only of what the tests made themselves: another object would answer in place of the value it should be.

        The same object is another handle when the program gives it as an answer, be it one of a method of its own.
        """
        return self._own_handles.get(_number(handle)) is handle

    def result_of(self, handle: Handle, result: Any) -> Any:
        """What comes of an operator on what the tests made is theirs too."""
        return self._tests_own(result) if self.answers_operators(handle) else result

    def _tests_own(self, result: Any) -> Any:
        if not is_handle(result):
            return result
        number = _number(result)
        if number not in self._own_handles:
            self._own_handles[number] = type(result)(self, number)
        return self._own_handles[number]


_OF_ATTRIBUTES: Final = frozenset({"getattr", "setattr", "delattr", "doc", "outline"})


class _Lent:
    """An object of the tests', and whether the operation asked for was lent with it."""

    __slots__ = ("allowed", "value")

    def __init__(self, value: Any, *, allowed: bool) -> None:
        self.value, self.allowed = value, allowed


def _number(handle: Any) -> int | str:
    return handle._rlvr_number


def _name_of(value: Any) -> str:
    return str(getattr(value, "__name__", "")) if callable(value) else ""
