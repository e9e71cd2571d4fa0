"""What the process that holds tests reports of a program: assertions and pytest-style tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from rlvr.sandbox.checks import AssertTests, PytestTests
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.judges.place import Place, Spent, with_stderr
from rlvr.sandbox.judges.preparing import NoProgramError, prepare
from rlvr.sandbox.judges.tests_side import process as tests_process
from rlvr.sandbox.judges.tests_side.lending import PYTEST_FILE, TESTS
from rlvr.sandbox.judges.verdict_lines import fresh_key, read_lines
from rlvr.sandbox.outcome import CaseResult, Outcome, Run


def judge_held(
    lane: Place, program: str, tests: AssertTests | PytestTests, limits: Limits, spent: Spent, *, stop: bool
) -> Iterator[CaseResult]:
    """A result for each test that was run, and for those that were not run because one before them ended it."""
    key = fresh_key()
    asked: dict[str, Any] = {
        "operators": tests.operators, "own_equality": tests.own_equality, "stop": stop, "key": key,
    }  # fmt: skip
    try:
        if isinstance(tests, PytestTests):
            asked |= {"style": "pytest", "module": tests.module} | prepare(((PYTEST_FILE, tests.code),))
        else:
            texts = [tests.prompt, *tests.pieces]
            files = tuple((f"<{TESTS} {number}>", text) for number, text in enumerate(texts))
            asked |= {"entry": list(tests.entry)} | prepare(files)
    except NoProgramError as error:
        yield CaseResult(Outcome.SANDBOX_ERROR, 0.0, str(error))
        return
    run = spent.add(lane.check(program, json.dumps(asked).encode(), limits))
    told, names, called = _read_report(run.report, key)
    spent.total = len(names) or spent.total
    for word, why, name in told:
        spent.needs = spent.needs or word == tests_process.NEED
        # Tests that never asked anything of the program have shown nothing of it, whatever they asserted.
        yield replace(_judge_test(word, why, run, called=called), name=name)
        if word in (tests_process.DIED, tests_process.BROKEN):
            return
    # What is not told was ended, with the tests' process or before it.
    for name in names[len(told) :] or ([""] if len(told) < spent.total else []):
        yield CaseResult(run.ending or Outcome.RUNTIME_ERROR, 0.0, with_stderr(run) or "the tests did not end", name)


def _read_report(report: bytes, key: str) -> tuple[list[list[str]], list[str], bool]:
    """Words, reasons and names of the tests that were run; the names of all, where they have some; any call."""
    told: list[list[str]] = []
    names: list[str] = []
    called = False
    for line in read_lines(report, key):
        if isinstance(line, list):
            # A program's text may hold what has no form in UTF-8.
            words = (str(one).encode(errors="backslashreplace").decode() for one in cast("list[Any]", line))
            told.append(list(words))
        else:
            names = line.get("names", names)
            called = called or "called" in line
    return told, names, called


def _judge_test(word: str, why: str, run: Run, *, called: bool) -> CaseResult:
    if word == tests_process.PASSED:
        if called:
            return CaseResult(Outcome.ACCEPTED)
        return CaseResult(Outcome.SANDBOX_ERROR, 0.0, "the tests passed without a call of the program")
    if word in (tests_process.BROKEN, tests_process.NEED):
        return CaseResult(Outcome.SANDBOX_ERROR, 0.0, why)
    if word == tests_process.FAILED:
        return CaseResult(Outcome.WRONG_ANSWER, 0.0, why)
    if word == tests_process.DIED:
        # Ended by us or by itself, in whatever way: a program that exits has not passed.
        ending = run.ending or Outcome.RUNTIME_ERROR
        return CaseResult(ending, run.cpu, with_stderr(run) or "it ended before the tests did")
    return CaseResult(Outcome.RUNTIME_ERROR, 0.0, why)
