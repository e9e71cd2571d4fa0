"""pytest in the process that holds the tests: real fixtures, parameters and `raises`, and a program that is elsewhere.

The tests are a module that exists in this process alone: on the disk the program could read it, or change it. What
pytest looks for there (configuration, `conftest.py`, plug-ins) it does not look for here.
"""

from __future__ import annotations

import ast
import builtins
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

import pytest

from rlvr.sandbox.calls import ECHO
from rlvr.sandbox.peer import Peer, PeerLostError
from rlvr.sandbox.referee import BROKEN, DIED, FAILED, PASSED, RAISED, TESTS, Tell, meet, solution_module

_FILE: Final = f"/{TESTS}.py"
_MOST_TEXT: Final = 300
_OPTIONS: Final = (
    "-c", "/dev/null", "--rootdir=/", "--noconftest", "--capture=no", "--tb=no", "-q", "-p", "no:cacheprovider",
    "-p", "no:faulthandler", "-p", "no:junitxml", "-p", "no:pastebin", "-p", "no:stepwise", "-p", "no:doctest",
)  # fmt: skip


def judge_module(given: dict[str, Any], channel: int, tell: Callable[[Tell], None]) -> None:
    """Runs a module of tests and says what becomes of each.

    Args:
        given: `code`, `module`, the name under which the tests import the program, `operators`, and `stop`.
        channel: Socket to the program's process.
        tell: Takes what is found; see `rlvr.sandbox.referee.judge`.

    Raises:
        PeerLostError: The program ended.
    """
    try:
        tree = ast.parse(given["code"])
        code = compile(tree, _FILE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        tell([BROKEN, f"the tests are no program: {error}"[:_MOST_TEXT], ""])
        return
    tests = ModuleType(TESTS)
    tests.__file__ = _FILE
    sys.modules[TESTS] = tests
    peer = meet(channel, operators=bool(given.get("operators")))
    peer.call(ECHO, (), {})
    peer.on_printed = _print
    _offer(peer, given["module"], star_names(tree))
    try:
        exec(code, tests.__dict__)
    except PeerLostError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the tests raise when they are imported
        ours = str(getattr(error, "name", "")).partition(".")[0] == given["module"].partition(".")[0]
        word = BROKEN if isinstance(error, ModuleNotFoundError) and not ours else RAISED
        tell([word, f"the tests cannot be imported: {type(error).__name__}: {error}"[:_MOST_TEXT], ""])
        return
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    pytest.main([*_OPTIONS], plugins=[_Judge(peer, tell, stop=bool(given.get("stop")))])


def _print(text: str) -> None:
    sys.stdout.write(text)


def star_names(tree: ast.Module) -> list[str]:
    """What `from solution import *` gives: the names that the tests use and neither they nor Python have.

    A program that defines `abs`, `pytest` or `math` so replaces nothing that the tests judge with.

    >>> star_names(ast.parse("import math\\nfrom solution import *\\ndef test_f():\\n    assert abs(f(3)) < math.pi"))
    ['f']
    """
    used: set[str] = set()
    bound: set[str] = set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    return sorted(used - bound)


def _offer(peer: Peer, name: str, public: list[str]) -> None:
    """Makes the program importable under a name, and the packages above it."""
    there = solution_module(peer, name, None)
    # Only what the program has: `import *` of a name that is not there would be an error of the tests.
    there.__dict__["__all__"] = [one for one in public if _has(there, one)]
    while "." in name:
        package, _, last = name.rpartition(".")
        above = ModuleType(package)
        above.__path__ = []
        setattr(above, last, there)
        sys.modules[package] = there = above
        name = package


def _has(module: ModuleType, name: str) -> bool:
    try:
        getattr(module, name)
    except PeerLostError:
        raise
    except BaseException:  # noqa: BLE001 - the program's own
        return False
    return True


class _TestModule(pytest.Module):
    """The tests' module, which is there already."""

    def _getobj(self) -> ModuleType:
        return sys.modules[TESTS]

    def istestfunction(self, obj: object, name: str) -> bool:
        """Only functions that the tests define: the program's are handles."""
        return type(obj) in (FunctionType, staticmethod) and super().istestfunction(obj, name)

    def istestclass(self, obj: object, name: str) -> bool:
        """Only classes that the tests define."""
        return isinstance(obj, type) and super().istestclass(obj, name)


class _Judge:
    """A plug-in: says what the tests are, and tells what becomes of each."""

    def __init__(self, peer: Peer, tell: Callable[[Tell], None], *, stop: bool) -> None:
        self._peer, self._before, self._tell, self._stop = peer, peer.used, tell, stop
        self._said: list[str] | None = None
        self._problem = ""

    def pytest_collection(self, session: pytest.Session) -> bool:
        """The tests of our module, instead of those of files."""
        module: Any = _TestModule.from_parent(session, path=Path(_FILE))
        session.items = list(session.genitems(module))
        session.config.hook.pytest_collection_modifyitems(session=session, config=session.config, items=session.items)
        session.testscollected = len(session.items)
        session.config.hook.pytest_collection_finish(session=session)
        if self._problem or not session.items:
            self._tell([BROKEN, self._problem or "there are no tests in it", ""])
            session.items = []
        self._tell({"names": [_name(item) for item in session.items]})
        return True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module or class whose tests cannot be listed."""
        if report.failed:
            self._problem = str(report.longrepr)[-_MOST_TEXT:]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """What a step of a test came to; positive evidence is a call that passed, and nothing else that did not."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        if report.skipped or hasattr(report, "wasxfail"):
            self._said = [FAILED, "skipped, or expected to fail: it shows nothing"]
        elif not report.passed:
            self._said = self._why(error, report.when)
        elif report.when == "call":
            self._said = [PASSED, ""]
        if report.when == "teardown":
            word, why = self._said or [FAILED, "it was not run"]
            if self._peer.used > self._before:
                self._tell({"called": True})
            self._tell([word, why, _name(item)])
            self._said = None
            if word == DIED or (self._stop and word != PASSED):
                item.session.shouldstop = "enough"
        return report

    def _why(self, error: BaseException | None, when: str) -> list[str]:
        if isinstance(error, PeerLostError):
            return [DIED, ""]
        if isinstance(error, AssertionError | pytest.fail.Exception):
            return [FAILED, f"{error}"[:_MOST_TEXT] or "an assertion failed"]
        place = "" if when == "call" else f"{when}: "
        return [RAISED, f"{place}{type(error).__name__}: {error}"[:_MOST_TEXT]]


def _name(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[2]
