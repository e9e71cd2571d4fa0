"""What the tests change in their own process, changed in the program's: the library, the environment, the folder.

`monkeypatch.setattr("builtins.input", ...)`, `patch("time.sleep")`, `monkeypatch.setenv` and `random.seed` are for the
program under test, which is elsewhere. It is told of them, and the tests' process is changed by the tests alone.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

from rlvr.sandbox.bridge.handles import Called
from rlvr.sandbox.inside.answering import PATCH
from rlvr.sandbox.judges.tests_side.asking import LibraryCallable, TestsEnd
from rlvr.sandbox.judges.tests_side.lending import CannotCrossError

_ENVIRONMENT: Final = frozenset({"environ", "setenv", "delenv", "getenv", "putenv", "unsetenv"})
_HEARD: Final = frozenset({"stdout", "stderr"})
"""Of `sys`: what is printed is heard anyway, and the stream of the tests' process stays there."""


class Mirror:
    """From now on.

    Args:
        end: The tests' end.
        mentions: See `rlvr.sandbox.judges.tests_side.mentions`.
    """

    def __init__(self, end: TestsEnd, mentions: dict[str, Any]) -> None:
        self._end, self._busy = end, False
        words = set(mentions["words"])
        self._folder = os.getcwd() if "chdir" in words else ""  # noqa: PTH109 - compared, and not used as a path
        self._variables = dict(os.environ) if words & _ENVIRONMENT else None
        self._originals: dict[tuple[str, str], Any] = {}
        for name in mentions["modules"]:
            self._watch(name)
        if "seed" in words:
            self._share_seed()
        if self._folder or self._variables is not None:
            end.before_request = self._update

    def _watch(self, name: str) -> None:
        with suppress(ImportError, TypeError):  # no module, or one of a class of its own
            module = importlib.import_module(name)
            if type(module) is ModuleType:
                module.__class__ = _watched(self._tell)

    def _tell(self, module: str, name: str, before: Any, value: Any) -> None:
        """Tells the program of a name in a module of the library that the tests have set."""
        if name.startswith("__") or (module == "sys" and (name in _HEARD or name.startswith("last_"))):
            return
        if type(value).__module__.startswith("_pytest"):
            return
        original = self._originals.setdefault((module, name), before)
        need, used = self._end.need, self._end.used
        try:
            Called(self._end, PATCH)(module, name, *([] if value is original else [value]))
        except CannotCrossError:
            pass  # it is replaced here alone
        finally:
            self._end.need, self._end.used = need, used

    def _share_seed(self) -> None:
        random: Any = importlib.import_module("random")
        seed: Callable[..., Any] = random.seed

        @functools.wraps(seed)
        def share(*arguments: Any, **named: Any) -> None:
            seed(*arguments, **named)
            self._call("random:seed", *arguments, **named)

        ModuleType.__setattr__(random, "seed", share)

    def _update(self) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            if self._variables is not None and self._variables != (now := dict(os.environ)):
                before, self._variables = self._variables, now
                for name in before.keys() - now.keys():
                    self._call("os:environ.pop", name, None)
                for name, text in now.items():
                    if before.get(name) != text:
                        self._call("os:environ.__setitem__", name, text)
            if self._folder and self._folder != (folder := os.getcwd()):  # noqa: PTH109 - as above
                self._folder = folder
                self._call("os:chdir", folder)
        finally:
            self._busy = False

    def _call(self, path: str, *arguments: Any, **named: Any) -> None:
        used = self._end.used
        self._end.call(LibraryCallable(path), arguments, named)
        self._end.used = used  # nothing of this shows anything of the program


def _watched(tell: Callable[[str, str, Any, Any], None]) -> type[ModuleType]:
    class Watched(ModuleType):
        def __setattr__(self, name: str, value: Any) -> None:
            before = self.__dict__.get(name)
            super().__setattr__(name, value)
            tell(self.__name__, name, before, value)

    return Watched
