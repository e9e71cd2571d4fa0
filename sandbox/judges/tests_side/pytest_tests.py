"""pytest in the process that holds the tests: real fixtures, parameters and `raises`, and a program that is elsewhere.

The tests are a module that exists in this process alone: on the disk the program could read it, or change it. What
pytest looks for there (configuration, `conftest.py`, plug-ins) it does not look for here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

import pytest
from _pytest.skipping import evaluate_skip_marks

from rlvr.sandbox.bridge.handles import RefusedError
from rlvr.sandbox.bridge.peer import PeerLostError
from rlvr.sandbox.judges.tests_side.asking import TestsEnd
from rlvr.sandbox.judges.tests_side.lending import PYTEST_FILE, TESTS
from rlvr.sandbox.judges.tests_side.own_code import OwnCode, load_code
from rlvr.sandbox.judges.tests_side.process import (
    BROKEN,
    DIED,
    FAILED,
    MOST_TEXT,
    PASSED,
    RAISED,
    Tell,
    begin,
    described,
    is_programs,
    settled,
)
from rlvr.sandbox.judges.tests_side.solution_module import solution_module

_OPTIONS: Final = (
    "-c", "/dev/null", "--rootdir=/", "--noconftest", "--capture=no", "--tb=no", "-q", "-p", "no:cacheprovider",
    "-p", "no:faulthandler", "-p", "no:junitxml", "-p", "no:pastebin", "-p", "no:stepwise", "-p", "no:doctest",
)  # fmt: skip


def judge_module(given: dict[str, Any], channel: int, tell: Tell) -> None:
    """Runs a module of tests and says what becomes of each.

    Args:
        given: What `rlvr.sandbox.judges.preparing` makes of the module, `module`, the name under which it imports the
            program, `operators`, and `stop`.
        channel: Socket to the program's process.
        tell: Takes what is found; see `rlvr.sandbox.judges.tests_side.process.hold`.

    Raises:
        PeerLostError: The program ended.
    """
    (code,) = map(load_code, given["code"])
    own = OwnCode(frozenset(given["texts"]))
    tests = ModuleType(TESTS)
    tests.__file__ = PYTEST_FILE
    sys.modules[TESTS] = tests
    own.install(tests.__dict__)
    end = begin(channel, given, own)
    before = end.used
    _offer(end, given["module"], given["names"])
    try:
        exec(code, tests.__dict__)
    except PeerLostError:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the tests raise when they are imported
        tell([_word(error, end, before, given["module"]), f"the tests cannot be imported: {described(error)}", ""])
        return
    if end.lost:
        raise PeerLostError
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    pytest.main([*_OPTIONS], plugins=[_Judge(end, before, tell, given)])


def _word(error: BaseException, end: TestsEnd, before: int, module: str) -> str:
    """Whose fault it is that the tests cannot be imported: theirs where the program had no part in it."""
    if is_programs(error) or isinstance(error, RefusedError) or end.used > before:
        return RAISED
    ours = str(getattr(error, "name", "")).partition(".")[0] == module.partition(".")[0]
    return RAISED if ours and isinstance(error, ImportError) else BROKEN


def _offer(end: TestsEnd, name: str, public: list[str]) -> None:
    """Makes the program importable under a name, and the packages above it."""
    there = solution_module(end, name, None)
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

    def __init__(self, end: TestsEnd, before: int, tell: Tell, given: dict[str, Any]) -> None:
        self._end, self._before, self._tell, self._stop = end, before, tell, bool(given.get("stop"))
        self._skips = set(given["mentions"]["skips"])
        self._told: list[str] | None = None
        self._problem = ""

    def pytest_collection(self, session: pytest.Session) -> bool:
        """The tests of our module, instead of those of files."""
        module: Any = _TestModule.from_parent(session, path=Path(PYTEST_FILE))
        items = list(session.genitems(module))
        # What is not for this machine is no test of it; where that is all there is, nothing is shown.
        session.items = [item for item in items if not self._is_elsewhere(item)] or items
        session.config.hook.pytest_collection_modifyitems(session=session, config=session.config, items=session.items)
        session.testscollected = len(session.items)
        session.config.hook.pytest_collection_finish(session=session)
        if self._end.lost:
            raise PeerLostError
        if self._problem or not session.items:
            # What the program told the tests may be why they cannot be listed.
            word = RAISED if self._end.used > self._before else BROKEN
            self._tell([word, self._problem or "there are no tests in it", ""])
            session.items = []
            return True
        self._tell({"names": [_name(item) for item in session.items]})
        return True

    def _is_elsewhere(self, item: pytest.Item) -> bool:
        """Whether a test is skipped by a condition in which the program has no part."""
        names = [str(getattr(one, "originalname", None) or one.name) for one in item.listchain()[2:]]
        if not any(".".join(names[:length]) in self._skips for length in range(1, len(names) + 1)):
            return False
        owners = (getattr(item, "obj", None), getattr(item, "cls", None))
        return any(getattr(one, "__unittest_skip__", False) for one in owners) or bool(evaluate_skip_marks(item))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module or class whose tests cannot be listed."""
        if report.failed:
            self._problem = str(report.longrepr)[-MOST_TEXT:]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """What a step of a test came to; positive evidence is a call that passed, and nothing else that did not."""
        report = yield
        error = call.excinfo.value if call.excinfo is not None else None
        if report.skipped or hasattr(report, "wasxfail"):
            self._told = [FAILED, "skipped, or expected to fail: it shows nothing"]
        elif not report.passed:
            self._told = self._describe_failure(error, report.when)
        elif report.when == "call" and self._told is None:  # else a subtest has failed, or all so far have passed
            self._told = [PASSED, ""]
        if report.when == "teardown":
            self._tell_result(item)
        return report

    def _tell_result(self, item: pytest.Item) -> None:
        try:
            word, why = settled(self._told or [FAILED, "it was not run"], self._end)
        except PeerLostError:
            word, why = DIED, ""
        if self._end.used > self._before:
            self._tell({"called": True})
        self._tell([word, why, _name(item)])
        self._told = None
        if word == DIED or (self._stop and word != PASSED):
            item.session.shouldstop = "enough"

    def _describe_failure(self, error: BaseException | None, when: str) -> list[str]:
        if isinstance(error, PeerLostError):
            return [DIED, ""]
        if isinstance(error, AssertionError | pytest.fail.Exception):
            return [FAILED, described(error).partition(": ")[2] or "an assertion failed"]
        place = "" if when == "call" else f"{when}: "
        return [RAISED, f"{place}{'' if error is None else described(error)}"]


def _name(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[2]
