"""The program's end of the bridge: it does what the tests' process asks for, and says how it went.

It runs in the program's process, so nobody believes it. What it sends can only be data or a handle; the tests' end
(`rlvr.sandbox.judges.tests_side.asking`) takes nothing else. It believes the tests' end.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Final, NoReturn, cast

from rlvr.sandbox.bridge.codec import CodecError, Encoded
from rlvr.sandbox.bridge.handles import is_handle
from rlvr.sandbox.bridge.operations import OPERATIONS
from rlvr.sandbox.bridge.peer import Peer, PeerLostError
from rlvr.sandbox.bridge.values import kind_of
from rlvr.sandbox.inside import program
from rlvr.sandbox.inside.calls import load, resolve
from rlvr.sandbox.inside.hearing import Hearing

MODULE: Final = "the module"
"""What the tests call the program itself; no name in it can be the same."""

ECHO: Final = "the echo"
"""Called when the tests want to hear what is printed and warned of; with True also what is logged."""

PATCH: Final = "patch the library"
"""Called with a module of the library, a name in it, and what the tests have put there; without, as it was before."""

RUN: Final = "run a text"
"""Called with a text that a test would have run, and whether it is an expression."""


class ProgramEnd(Peer):
    """See above.

    Args:
        channel: Socket to the tests' process.
        names: The program's names.
    """

    believes = True

    def __init__(self, channel: int, names: dict[str, Any]) -> None:
        super().__init__(channel)
        self._names = names
        self._hearing: Hearing | None = None
        self._same = -1
        self._patched: dict[tuple[str, str], Any] = {}

    def target_of(self, operation: str, where: Encoded) -> Any:
        """Any object that was lent, name of the program's, or value."""
        return self.decode(where)

    def perform(self, operation: str, target: Any, arguments: list[Any], named: dict[str, Any]) -> Any:
        """Does it: what the tests ask for is done."""
        return OPERATIONS[operation](target, *arguments, **named)

    def reply_to(self, nodes: list[Encoded], arguments: list[Any], result: Any) -> list[Encoded]:
        """What came of a request; which of the arguments it is, if it is one."""
        if type(result) in (list, dict, set, deque):
            self._same = next((place for place, one in enumerate(arguments) if one is result), -1)
        return super().reply_to(nodes, arguments, result)

    def told(self) -> Encoded:
        """What the program has printed, warned of and logged, and which argument it has returned.

        A text where it has only printed; nothing that the tests do not want to hear.
        """
        same, self._same = self._same, -1
        printed, errors, warned, logged = self._hearing.hear() if self._hearing is not None else ("", "", [], [])
        if same < 0 and not errors and not warned and not logged:
            return printed
        return [printed, errors, [self.describe(one) for one in warned], [*logged], same]

    def told_of(self, error: BaseException) -> list[Encoded]:
        """The same, with an exception, and what it was raised from."""
        self._same = -1
        told = self.told()
        if isinstance(error.__cause__, Exception):
            return [told, self.describe(error.__cause__)]
        return [told] if told else []

    def encode_object(self, value: Any, kind: type[Any], again: Callable[[Any], Encoded]) -> Encoded:
        """A handle, whatever can be called included; data of a class of the program's own as data with a handle."""
        if issubclass(kind, Exception):
            return ["r", *self.describe(value)]
        how = kind_of(value, kind)
        if how is None:
            return None
        return self.lend_data(value, kind, again) if how == "v" else self.lend(value, kind, how)

    def revive(self, tag: str, rest: list[Any]) -> Any:
        """What only the tests' end sends: names of the program, and callables of the library."""
        if tag == "y" and isinstance(rest[0], str):
            return self._find(rest[0])
        if tag == "q":
            return _look_up(rest[0])
        if tag == "k":
            made = _look_up(rest[0])
            return made(*cast("list[Any]", self.decode(rest[1])), **cast("dict[str, Any]", self.decode(rest[2])))
        return super().revive(tag, rest)

    def _find(self, name: str) -> Any:
        """What the tests mean by a name: the module itself, what it defines, or that they want to hear it print."""
        if name == MODULE:
            return sys.modules["solution"]
        if name == ECHO:
            return self._listen
        if name == PATCH:
            return self._patch
        if name == RUN:
            return self._run_text
        return self._names[name] if name in self._names else resolve(self._names, name)

    def arguments_of(self, error: BaseException) -> Encoded:
        """The arguments of a built-in exception: lists and objects too, where they can cross."""
        try:
            return super().arguments_of(error) or self.encode([*error.args])
        except CodecError:
            return None

    def _listen(self, logs: bool = False) -> None:
        self._hearing = Hearing(logs=logs)

    def _patch(self, module: str, name: str, *value: Any) -> None:
        """Puts what the tests did with the library of their process into that of the program's."""
        there, key = importlib.import_module(module), (module, name)
        if key not in self._patched:
            self._patched[key] = getattr(there, name, self)
        wanted = value[0] if value else self._patched.pop(key)
        if wanted is self:
            delattr(there, name)
        else:
            setattr(there, name, wanted)

    def _run_text(self, text: str, expression: bool) -> Any:
        """The value of a text, or the names that it defines."""
        names = {**self._names}
        if expression:
            return eval(text, names)
        before = dict(names)
        exec(text, names)
        return {name: value for name, value in names.items() if before.get(name, self) is not value}


def _look_up(path: str) -> Any:
    """A callable of the library, by module and qualified name.

    Raises:
        CodecError: There is none.

    >>> _look_up("operator:add")(1, 2), _look_up("builtins:str.upper")("a")
    (3, 'A')
    """
    module, _, name = path.partition(":")
    try:
        return functools.reduce(getattr, name.split("."), cast("Any", importlib.import_module(module)))
    except (ImportError, AttributeError):
        raise CodecError(f"there is no {path}") from None


def serve_calls(source: bytes, channel: int) -> NoReturn:
    """Runs the program as a module and does what the process that holds the tests asks of it, until that ends."""
    end = ProgramEnd(channel, load(source))
    try:
        end.send(["ready", 0])
        while True:
            end.answer(end.receive())
            try:
                if not is_handle(sys.stdout):  # one of the tests' has no part in that
                    sys.stdout.flush()
            except BaseException:  # noqa: BLE001 - the program's own
                program.finish(120)
    except MemoryError:
        os._exit(program.MEMORY_FAILED)
    except PeerLostError:
        os._exit(0)
