"""The program as a module that tests import, or as names that they call; it is in another process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from rlvr.sandbox.bridge.handles import Called, Class
from rlvr.sandbox.bridge.peer import PeerLostError
from rlvr.sandbox.inside.answering import MODULE
from rlvr.sandbox.judges.tests_side.asking import TestsEnd


class _SolutionModule(ModuleType):
    """A module whose attributes are asked for over there."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self.__dict__["__handle__"], name)
        if name[:1].isupper():
            self.__dict__["__end__"].name_class(found)
        return found

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


def solution_module(end: TestsEnd, name: str, public: Iterator[str] | list[str] | None) -> ModuleType:
    """The program under a name to import, in `sys.modules`.

    Args:
        end: The tests' end.
        name: Dotted or not.
        public: What `from solution import *` gives, where that is known.
    """
    module = _SolutionModule(name)
    module.__dict__.update(__handle__=Called(end, MODULE), __end__=end, __replaced__={})
    if public is not None:
        module.__dict__["__all__"] = list(public)
    sys.modules[name] = module
    return module


def entry(end: TestsEnd, solution: ModuleType, name: str) -> Any:
    """What tests call by that name: looked up when it is called, but for what may be a class of errors to catch."""
    if name[0].isupper():
        try:
            found = getattr(solution, name, None)
        except PeerLostError:
            raise
        except BaseException:  # noqa: BLE001 - the program's own; it is raised again when the name is called
            found = None
        if isinstance(found, type):
            return found
    handle = Class(end, name)
    if name[0].isupper():
        end.name_class(handle)
    return handle
