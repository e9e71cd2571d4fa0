"""The process that holds the tests. It runs no line of the program: it uses the program in another process.

Tests have builtins of their own here, so that `builtins.abs = lambda x: 0` over there changes nothing. What a call
returns is plain data, or a handle on an object that stays where it is (`rlvr.sandbox.handles`). Of exceptions the
built-in types are raised again, but for those that would end a loop or the process silently.
"""

from __future__ import annotations

import functools
import importlib.util
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from types import BuiltinMethodType, FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodType, ModuleType
from typing import Any, Final, NoReturn, TypeAlias, cast

from rlvr.sandbox.calls import MODULE
from rlvr.sandbox.handles import Called, Class
from rlvr.sandbox.peer import Peer, PeerLostError

PASSED: Final = "passed"
FAILED: Final = "failed"
RAISED: Final = "raised"
DIED: Final = "died"
BROKEN: Final = "broken"

Tell: TypeAlias = "list[str] | dict[str, list[str] | bool]"

TESTS: Final = "tests"
"""The module that the tests are, and so that of the classes that they define."""

_CALLABLE: Final = (FunctionType, MethodType, BuiltinMethodType, functools.partial, type)
_READABLE: Final = (io.StringIO, io.BytesIO)
_REFUSED: Final = frozenset({"delattr", "type", "state", "content", "issubclass", "await", "deepcopy", "copy", "dir"})
_MOST_TEXT: Final = 300


def permit(operation: str, target: Any, arguments: list[Any]) -> None:
    """What the program may do with an object that the tests have handed it, and nothing more.

    Functions may be called, iterators asked for the next value, and of objects of the tests' own classes, public
    attributes read and set, and operators used. Frames, modules and whatever else leads to expected values are out of
    reach.

    Raises:
        AttributeError, TypeError: It may not.

    >>> permit("call", lambda: 5, [])
    >>> permit("getattr", lambda: 5, ["__globals__"])
    Traceback (most recent call last):
        ...
    AttributeError: the tests do not show it
    """
    kind = cast("type[Any]", type(target))
    ours = kind.__module__ == TESTS
    if operation == "call" and (ours or lendable(target)) and callable(target):
        return
    if operation in ("iter", "next") and hasattr(kind, "__next__"):
        return
    if operation == "getattr" and isinstance(target, FunctionType) and arguments[0] in ("__name__", "__qualname__"):
        return  # what decorators copy
    if operation in ("getattr", "setattr"):
        if not ours and not isinstance(target, _READABLE):
            raise AttributeError("the tests do not show it")
        name = arguments[0]
        if type(name) is not str or name.startswith("_"):
            raise AttributeError("it is not public")
        # An attribute of the class, a method that checks something, is not the program's to replace.
        if operation == "setattr" and not isinstance(
            getattr(kind, name, None), property | MemberDescriptorType | GetSetDescriptorType | None
        ):
            raise AttributeError("it is not the program's to set")
        return
    if not ours or operation in _REFUSED:
        raise TypeError(f"the tests do not allow `{operation[:20]}` here")


def lendable(value: Any) -> bool:
    """Whether the program may have a handle on an object of this process at all.

    >>> lendable(print), lendable(iter([])), lendable(sys)
    (True, True, False)
    """
    kind = cast("type[Any]", type(value))
    if isinstance(value, type):
        return value.__module__ == TESTS
    if kind.__module__ in (TESTS, "unittest.mock") or isinstance(value, (*_CALLABLE, *_READABLE)):
        return True
    return hasattr(kind, "__next__")


def meet(channel: int, *, operators: bool) -> Peer:
    """The program, once it has run as a module.

    Args:
        channel: Socket to its process.
        operators: Whether operators between its objects and values of the tests are its own to answer.

    Raises:
        PeerLostError: It has not.
    """
    peer = Peer(channel, permit=permit, exports=lendable, operators=operators)
    if peer.receive()[0] != "ready":
        raise PeerLostError
    return peer


def leave_scratch() -> None:
    """Programs write in the working folder, and no import of a test's may find what they left there."""
    os.chdir("/")
    sys.path[:] = [folder for folder in sys.path if folder not in ("", ".")]


def judge(tests: bytes, channel: int, report: int) -> NoReturn:
    """Runs the tests and writes what became of each, as soon as it is known: what follows may take for ever.

    Lines of JSON: `{"names": [...]}` where they are known before, `{"called": true}` once the program was asked for
    something, and `[word, reason, name]` for each test.

    Args:
        tests: JSON: `prompt` that defines helpers, `entry` names, and `code`, a list of pieces that are judged apart;
            or what `rlvr.sandbox.pytest_referee` takes, and `style`.
        channel: Socket to the program's process.
        report: Descriptor that only this process has.
    """
    leave_scratch()
    given = json.loads(tests)

    def tell(line: Tell) -> None:
        data = memoryview(json.dumps(line).encode() + b"\n")
        while data:
            data = data[os.write(report, data) :]

    try:
        _STYLES[given.get("style", "asserts")](given, channel, tell)
    except (PeerLostError, MemoryError):
        tell([DIED, "", ""])
    except BaseException as error:  # noqa: BLE001 - ours, and to be seen as such
        tell([BROKEN, f"{type(error).__name__}: {error}"[:_MOST_TEXT], ""])
    os._exit(0)  # nothing of a test's is registered for the end that matters


def _judge_asserts(given: dict[str, Any], channel: int, tell: Callable[[Tell], None]) -> None:
    try:
        pieces = [compile(piece, "<tests>", "exec", dont_inherit=True) for piece in given["code"]]
        names = ModuleType(TESTS).__dict__
        exec(compile(given["prompt"], "<prompt>", "exec", dont_inherit=True), names)
    except BaseException as error:  # noqa: BLE001 - the tests' own, before the program had any part in it
        tell([BROKEN, f"the tests are no program: {type(error).__name__}: {error}"[:_MOST_TEXT], ""])
        return
    peer = meet(channel, operators=bool(given.get("operators")))
    solution = solution_module(peer, "solution", None)
    for name in given["entry"]:
        names[name] = solution.__dict__[name] = _entry(peer, solution, name)
    before = peer.used
    for piece in pieces:
        word, why = judged(functools.partial(exec, piece, names))
        if peer.used > before:
            tell({"called": True})
        tell([word, why, ""])
        if given.get("stop") and word != PASSED:
            return


def _entry(peer: Peer, solution: ModuleType, name: str) -> Any:
    """What tests call by that name: looked up when it is called, but for what may be a class of errors to catch."""
    if name[0].isupper():
        found = getattr(solution, name, None)
        if isinstance(found, type):
            return found
    return Class(peer, name)


class _SolutionModule(ModuleType):
    """The program as a module that tests import: its attributes are asked for over there."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.__dict__["__handle__"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
            return
        handle, replaced = self.__dict__["__handle__"], self.__dict__["__replaced__"]
        if name not in replaced and hasattr(handle, name):
            replaced[name] = getattr(handle, name)
        setattr(handle, name, value)

    def __delattr__(self, name: str) -> None:
        # pytest's `monkeypatch` takes back what is not in `__dict__` by deleting it.
        handle, replaced = self.__dict__["__handle__"], self.__dict__["__replaced__"]
        if name in replaced:
            setattr(handle, name, replaced.pop(name))
        else:
            delattr(handle, name)


def solution_module(peer: Peer, name: str, public: Iterator[str] | list[str] | None) -> ModuleType:
    """The program under a name to import, in `sys.modules`.

    Args:
        peer: The program.
        name: Dotted or not.
        public: What `from solution import *` gives, where that is known.
    """
    module = _SolutionModule(name)
    module.__dict__.update(__handle__=Called(peer, MODULE), __replaced__={})
    if public is not None:
        module.__dict__["__all__"] = list(public)
    sys.modules[name] = module
    return module


_STYLES: Final[dict[str, Callable[[dict[str, Any], int, Callable[[Tell], None]], None]]] = {"asserts": _judge_asserts}


def with_pytest() -> Callable[[], None]:
    """Reads the module that needs pytest while our files can be read; what is returned loads it when pytest can be."""
    name = "rlvr.sandbox.pytest_referee"
    spec = importlib.util.find_spec(name)
    code = cast("Any", spec).loader.get_code(name)

    def load() -> None:
        module = sys.modules[name] = ModuleType(name)
        exec(code, module.__dict__)
        _STYLES["pytest"] = module.judge_module

    return load


def judged(test: Callable[[], Any]) -> list[str]:
    """What became of a test.

    Raises:
        PeerLostError: The program ended.
    """
    try:
        test()
    except PeerLostError:
        raise
    except AssertionError as error:
        return [FAILED, f"assertion failed: {error}"[:_MOST_TEXT] if str(error) else "an assertion failed"]
    except BaseException as error:  # noqa: BLE001 - whatever the tests raise, SystemExit included
        return [RAISED, f"{type(error).__name__}: {error}"[:_MOST_TEXT]]
    return [PASSED, ""]
