"""What one process holds of an object that lives in another: a handle, whose every use is a message to the other side.

The tests' process and the program's hold handles on each other's objects; `rlvr.sandbox.bridge.peer` carries the
messages. Here stands what a handle answers by itself, because the other side could lie in its favour:

* It equals no data. Two handles are equal when they are the same object, or when the program's own `==` says so and
  what the two consist of is equal as data; where the task allows `own_equality`, when the program's own `==` says so.
* What its hash is decides no more than which equalities are asked for.
* An operator between it and a value of the tests (`handle - 6`, `handle < 7`, `6 in handle`) would hand the program
  the value that it is compared with, so it raises, or is decided here. Where the tests allow it (`operators`), it is
  asked of objects that the tests themselves made by calling a class they name; never of what a function returned.
* Of two objects of the program neither can be less than the other in both directions.
* What `len`, `bool`, `int`, `str` and their like give is checked to be of that very type.
* A context manager of the program's cannot swallow an assertion that failed, nor what kept one from being reached.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable, Iterator
from types import FunctionType, GeneratorType, MethodType, SimpleNamespace
from typing import Any, Final, Protocol, TypeGuard

from rlvr.sandbox.bridge.outlines import annotations_of, described_code, signature_of
from rlvr.sandbox.bridge.special_methods import BINARY, OF_ITS_KIND, OPTIONAL, ORDER, PROBED, TYPED, UNARY


class Side(Protocol):
    """What carries a handle's messages."""

    believes: bool
    """Whether the other side may say what is equal: the program may believe the tests."""

    own_equality: bool
    """Whether two objects of the other side are equal when its own `==` says so, whatever they consist of."""

    def answers_operators(self, handle: Handle) -> bool:
        """Whether an operator between the object and a value of this side is the other side's to answer."""
        ...

    def name_of(self, number: int | str) -> str:
        """The name of a function, where it came with its handle."""
        ...

    def may_swallow(self, error: BaseException) -> bool:
        """Whether a context manager of the other side's may swallow what was raised."""
        ...

    def result_of(self, handle: Handle, result: Any) -> Any:
        """What came of such an operator."""

    def ask(self, operation: str, target: Any, *arguments: Any) -> Any:
        """Has the other side do something with its object."""

    def call(self, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Has the other side call its object."""

    def derive(self, name: str, bases: tuple[Any, ...], body: dict[str, Any], named: dict[str, Any]) -> Any:
        """Has the other side make a class that derives from one of its own."""


class ForgedError(TypeError):
    """What came back is not of the type that such an operation has."""


class RefusedError(TypeError):
    """What the tests do with the program's object would tell it what it is compared with."""


class Handle:
    """An object of the other side.

    Args:
        side: Carries the messages.
        number: The object's, over there; a text is a name in the program.
    """

    __slots__ = ("__weakref__", "_rlvr_number", "_rlvr_side")

    _rlvr_side: Side
    _rlvr_number: int | str

    def __init__(self, side: Side, number: int | str) -> None:
        object.__setattr__(self, "_rlvr_side", side)
        object.__setattr__(self, "_rlvr_number", number)

    def __getattr__(self, name: str) -> Any:
        if name in PROBED and (name != "__wrapped__" or not callable(self) or self._rlvr_side.believes):
            raise AttributeError(name)
        if name in _NAMING and (own := self._rlvr_side.name_of(self._rlvr_number)):
            return own  # it came with the handle
        if name == "__signature__" or (name in _OUTLINED and self._rlvr_side.believes):
            return _outlined(self, name)
        return self._rlvr_side.ask("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._rlvr_side.ask("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._rlvr_side.ask("delattr", self, name)

    def __hash__(self) -> int:
        if self._rlvr_side.believes:
            return hash((id(self._rlvr_side), self._rlvr_number))
        return _typed(self._rlvr_side.ask("hash", self), int)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if self._rlvr_side.believes:
            return self._rlvr_side.ask("eq", self, other) is True
        return is_handle(other) and _same(self, other)

    def __format__(self, how: str) -> str:
        return _typed(self._rlvr_side.ask("format", self, how), str)

    def __deepcopy__(self, _: Any) -> Any:
        return self._rlvr_side.ask("deepcopy", self)


class Whole(Handle):
    """One that has all special methods; of a plain object those alone that its class has over there."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return self._rlvr_side.ask("iter", self)

    def __getitem__(self, key: Any) -> Any:
        return self._rlvr_side.ask("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._rlvr_side.ask("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        self._rlvr_side.ask("delitem", self, key)

    def __contains__(self, value: Any) -> bool:
        if self._rlvr_side.answers_operators(self):
            return _typed(self._rlvr_side.ask("contains", self, value), bool)
        return any(value is one or value == one for one in self)

    def __round__(self, *digits: Any) -> Any:
        return self._rlvr_side.ask("round", self, *digits)

    def __enter__(self) -> Any:
        return self._rlvr_side.ask("enter", self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        swallowed = self._rlvr_side.ask("exit", self, *_left_with(kind, error))
        return swallowed is True and error is not None and self._rlvr_side.may_swallow(error)

    def __aiter__(self) -> Any:
        return self._rlvr_side.ask("aiter", self)

    async def __anext__(self) -> Any:
        found = self._rlvr_side.ask("anext", self)
        if isinstance(found, tuple) and len(found) == 1:  # pyright: ignore[reportUnknownArgumentType]
            return found[0]  # pyright: ignore[reportUnknownVariableType]
        raise StopAsyncIteration

    async def __aenter__(self) -> Any:
        return self._rlvr_side.ask("aenter", self)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        swallowed = self._rlvr_side.ask("aexit", self, *_left_with(kind, error))
        return swallowed is True and error is not None and self._rlvr_side.may_swallow(error)


class Called(Whole):
    """One that can be called."""

    __slots__ = ()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Has it called over there."""
        return self._rlvr_side.call(self, arguments, named)


class Function(Called):
    """A function, which binds where it is an attribute of a class."""

    __slots__ = ()

    __class__: Any = property(lambda _: FunctionType)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)


class Iterating(Whole):
    """An iterator or a generator, which makes its values one by one as they are asked for."""

    __slots__ = ()

    def __next__(self) -> Any:
        found = self._rlvr_side.ask("next", self)
        if isinstance(found, tuple) and len(found) == 1:  # pyright: ignore[reportUnknownArgumentType]
            return found[0]  # pyright: ignore[reportUnknownVariableType]
        raise StopIteration


class Generating(Iterating):
    """A generator."""

    __slots__ = ()

    __class__: Any = property(lambda _: GeneratorType)


class Derive(ABCMeta):
    """Makes a class that derives from one of the other side's: over there, with methods that stay here."""

    def __new__(cls, name: str, bases: tuple[Any, ...], body: dict[str, Any], **named: Any) -> Any:
        """The class, or a handle on it."""
        above = body.pop("__orig_bases__", ())
        for one in above:
            if is_handle(one):
                return one._rlvr_side.derive(name, above, body, named)  # pyright: ignore[reportPrivateUsage]
        return super().__new__(cls, name, bases, body, **named)


class _Derived(metaclass=Derive):
    """Stands for a class of the other side's among the bases of one that is being made."""


class Class(Called):
    """A class."""

    __slots__ = ()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type[Any], ...]:
        return (_Derived,) if next(filter(is_handle, bases)) is self else ()

    def __instancecheck__(self, instance: object) -> bool:
        ours = is_handle(instance) or issubclass(type(instance), Carried)
        return ours and self._rlvr_side.ask("isinstance", instance, self) is True

    def __subclasscheck__(self, subclass: object) -> bool:
        return is_handle(subclass) and self._rlvr_side.ask("issubclass", subclass, self) is True


class Awaited(Whole):
    """A coroutine, which runs over there from its beginning to its end when it is awaited."""

    __slots__ = ()

    def send(self, _: Any) -> Any:
        """All of it."""
        raise StopIteration(self._rlvr_side.ask("await", self))

    def throw(self, *error: Any) -> Any:
        """Not into the other process."""
        raise error[0]

    def close(self) -> None:
        """It ends with its process."""

    def __await__(self) -> Any:
        return self._rlvr_side.ask("await", self)
        yield


class Container(Whole):
    """An object of a class that derives from a list, a mapping or a set: what it holds is compared as data."""

    __slots__ = ()
    __hash__: Any = None

    def __eq__(self, other: object) -> bool:
        if is_handle(other):
            return self is other or _same(self, other)
        return self._rlvr_side.ask("content", self) == other


class Namespace(Whole):
    """A `SimpleNamespace`: what it holds is compared as data."""

    __slots__ = ()
    __hash__: Any = None

    __class__: Any = property(lambda _: SimpleNamespace)

    def __eq__(self, other: object) -> bool:
        if is_handle(other):
            return self is other or _same(self, other)
        return type(other) is SimpleNamespace and self._rlvr_side.ask("state", self) == vars(other)


class Above:
    """`super()` of a class that derives from one of the other side's."""

    __slots__ = ("_rlvr_above",)

    _rlvr_above: tuple[Handle, Any]

    def __init__(self, kind: Handle, instance: Any) -> None:
        object.__setattr__(self, "_rlvr_above", (kind, instance))

    def __getattribute__(self, name: str) -> Any:
        kind, instance = object.__getattribute__(self, "_rlvr_above")
        return kind._rlvr_side.ask("above", kind, instance, name)


class _List(Container):
    __slots__ = ()
    __class__: Any = property(lambda _: list)


class _Dict(Container):
    __slots__ = ()
    __class__: Any = property(lambda _: dict)


class _Set(Container):
    __slots__ = ()
    __class__: Any = property(lambda _: set)


KINDS: Final[dict[str, type[Handle]]] = {
    "o": Whole, "f": Called, "p": Function, "i": Iterating, "g": Generating, "c": Class, "a": Awaited, "m": Container,
    "s": Namespace,
"L": _List, "D": _Dict, "S": _Set,
}  # fmt: skip


Function.__name__, Generating.__name__, Namespace.__name__ = "function", "generator", "SimpleNamespace"

# Every class has a text of its own, so each is told that the object over there may have another.
_TEXT: Final = property(lambda handle: handle._rlvr_side.ask("doc", handle))
_NOTES: Final = property(lambda handle: handle.__getattr__("__annotations__"))
for _kind in (Handle, Whole, *KINDS.values()):
    setattr(_kind, "__doc__", _TEXT)  # noqa: B010
    setattr(_kind, "__annotations__", _NOTES)  # noqa: B010


def is_handle(value: object) -> TypeGuard[Handle]:
    """Whether it is one; its type says so, not it."""
    return issubclass(type(value), Handle)


def is_same(one: object, other: object) -> bool:
    """`one is other`, where two handles may be on the same object."""
    return one is other or (is_handle(one) and is_handle(other) and _are_one(one, other))


def _are_one(one: Handle, other: Handle) -> bool:
    return one._rlvr_side is other._rlvr_side and one._rlvr_number == other._rlvr_number  # pyright: ignore[reportPrivateUsage]


def _same(one: Handle, other: Handle) -> bool:
    side = one._rlvr_side  # pyright: ignore[reportPrivateUsage]
    if _are_one(one, other):
        return True
    if side is not other._rlvr_side or side.ask("eq", one, other) is not True:  # pyright: ignore[reportPrivateUsage]
        return False
    if side.own_equality:
        return True
    ours: Any = side.ask("state", one)
    if type(ours) is not dict or ours == {} or ours != side.ask("state", other):
        return False  # nothing that could be compared, or something else
    return side.ask("type", one) is side.ask("type", other)


def _left_with(kind: type[BaseException] | None, error: BaseException | None) -> list[Any]:
    """What a block was left with: the name of the built-in class, the text, and what the other side raised itself."""
    if kind is None or error is None:
        return [None]
    name = next(one.__name__ for one in kind.__mro__ if one.__module__ == "builtins")
    return [(name, str(error)), *([error] if "_rlvr_handle" in getattr(error, "__dict__", {}) else [])]


def _outlined(handle: Handle, name: str) -> Any:
    try:
        return _OUTLINED[name](handle._rlvr_side.ask("outline", handle))  # pyright: ignore[reportPrivateUsage]
    except (TypeError, ValueError):
        raise AttributeError(name) from None


def _typed(value: Any, kind: type[Any]) -> Any:
    if type(value) is not kind:
        raise ForgedError(f"the program's object gives no {kind.__name__} here")
    return value


def _refused(handle: Handle, other: object, sign: str) -> None:
    """An operator with a value of the tests would tell the program what it is compared with."""
    if not is_handle(other) and not handle._rlvr_side.answers_operators(handle):  # pyright: ignore[reportPrivateUsage]
        raise RefusedError(
            f"`{sign}` between an object that the program returned and a value of the tests; `operators` allows it for "
            "objects that the tests make themselves"
        )


def _define(name: str, method: Callable[..., Any]) -> None:
    method.__name__ = name
    setattr(Whole if name in OPTIONAL else Handle, name, method)


def _binary(sign: str, *, turned: bool) -> Callable[..., Any]:
    def method(self: Handle, other: Any) -> Any:
        _refused(self, other, sign)
        side = self._rlvr_side  # pyright: ignore[reportPrivateUsage]
        return side.result_of(self, side.ask(sign, *((other, self) if turned else (self, other))))

    return method


def _ordered(sign: str) -> Callable[..., Any]:
    def method(self: Handle, other: Any) -> bool:
        _refused(self, other, sign)
        side = self._rlvr_side  # pyright: ignore[reportPrivateUsage]
        holds = _typed(side.ask(sign, self, other), bool)
        strict = sign in ("lt", "gt") and is_handle(other) and not side.believes
        if holds and strict and side.ask(sign, other, self) is True:
            raise ForgedError(f"the program says `{sign}` of two objects in both directions")
        return holds

    return method


def _unary(sign: str, kind: type[Any] | None) -> Callable[..., Any]:
    def method(self: Handle) -> Any:
        side = self._rlvr_side  # pyright: ignore[reportPrivateUsage]
        found = side.ask(sign, self)
        if kind is not None:
            return _typed(found, kind)
        return side.result_of(self, found) if sign in OF_ITS_KIND else found  # `abs(x)` is an answer

    return method


for _sign in BINARY:
    _define(f"__{_sign}__", _binary(_sign, turned=False))
    _define(f"__r{_sign}__", _binary(_sign, turned=True))
for _sign in ORDER:
    _define(f"__{_sign}__", _ordered(_sign))
for _sign in UNARY:
    _define(f"__{_sign}__", _unary(_sign, None))
for _sign, _kind in TYPED.items():
    _define(f"__{_sign}__", _unary(_sign, _kind))

_NAMING: Final = ("__name__", "__qualname__")  # what decorators copy
_OUTLINED: Final[dict[str, Callable[[Any], Any]]] = {
    "__signature__": signature_of, "__annotations__": annotations_of, "__code__": described_code,
}  # fmt: skip


class Carried:
    """Mixed into a number, text or tuple whose class is the program's own: the data, with attributes over there."""

    _rlvr_handle: Handle

    def __getattr__(self, name: str) -> Any:
        if name == "_rlvr_handle" or name in PROBED:
            raise AttributeError(name)
        return getattr(self._rlvr_handle, name)


class Types:
    """The types of one side's handles, which have the names of the classes over there."""

    def __init__(self) -> None:
        self._made: dict[tuple[type[Any], str, int], type[Any]] = {}

    def of(self, kind: str, name: str, methods: int = -1) -> type[Handle]:
        """A handle's type: `type(point).__name__` is "Point".

        Args:
            kind: See `KINDS`.
            name: Of the class over there.
            methods: What `methods_of` says of it; of a plain object no others are there.
        """
        base = KINDS[kind]
        if kind != "o" or methods < 0:
            return self._derived(base, name, (base,), {"__slots__": (), "__doc__": _TEXT}) if kind in "omfLDS" else base
        body = {name: vars(Whole)[name] for place, name in enumerate(OPTIONAL) if methods >> place & 1}
        body["__doc__"] = _TEXT
        return self._derived(Handle, name, (Handle,), {"__slots__": (), **body}, methods)

    def carrying(self, base: type[Any], name: str) -> type[Any]:
        """The type of data that derives from `base` and has attributes over there."""
        return self._derived(base, name, (Carried, base), {})

    def _derived(
        self, base: type[Any], name: str, bases: tuple[type[Any], ...], body: dict[str, Any], methods: int = -1
    ) -> type[Any]:
        if (base, name, methods) not in self._made:
            self._made[base, name, methods] = type(name or base.__name__, bases, body)
        return self._made[base, name, methods]
