"""What a program wrote, beside what it was to write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from rlvr.sandbox.bridge.codec import dumps, encode
from rlvr.sandbox.bridge.frames import RETURNED, frames
from rlvr.sandbox.checks import StdinTests
from rlvr.sandbox.judges.place import Place, Spent, shorten, with_stderr
from rlvr.sandbox.judges.preparing import NoProgramError, prepare
from rlvr.sandbox.judges.tests_side.lending import TESTS
from rlvr.sandbox.judges.tests_side.process import FAILED, PASSED
from rlvr.sandbox.judges.verdict_lines import fresh_key, read_lines
from rlvr.sandbox.outcome import CaseResult, Outcome, Run

_NEUTRAL = ("0\n", "1\n", "", "1 2\n", "1 2 3\n", "1\n1\n", "2\n1 2\n", "YES\n", "NO\n")
"""Outputs that a checker is tried on where none is known to be right."""


def judge_outputs(
    lane: Place, start: Callable[[bytes], Run], tests: StdinTests, spent: Spent, solution: Callable[[bytes], Run] | None
) -> Iterator[CaseResult]:
    """A result for each case, until the program is found not to compile.

    Args:
        lane: Where a checker runs.
        start: Runs the program on an input.
        tests: The cases.
        spent: What the runs take is added to it.
        solution: Runs the reference solution, where there is one: what it writes shows that a checker works.
    """
    for given, expected in tests.cases:
        run = spent.add(start(given.encode(errors="replace")))
        if run.ending is not None:
            compiling = run.ending is Outcome.COMPILE_ERROR
            why = run.explanation if compiling and ":" in run.explanation else with_stderr(run)
            yield CaseResult(run.ending, run.cpu, why)
            if compiling:
                return
        elif tests.checker:
            yield _check(lane, tests.checker, (given, expected), run, solution)
        elif tests.comparison.outputs_agree(run.stdout, expected.encode(errors="replace")):
            yield CaseResult(Outcome.ACCEPTED, run.cpu)
        else:
            yield CaseResult(Outcome.WRONG_ANSWER, run.cpu, f"it wrote {shorten(run.stdout)}")


def _check(
    lane: Place, checker: str, case: tuple[str, str], run: Run, solution: Callable[[bytes], Run] | None
) -> CaseResult:
    """What a problem's own checker says of an output.

    A checker that fails on it is tried on an output that the program has no part in. If it works there, what the
    program wrote is wrong; if it does not, it is broken.
    """
    given, expected = case
    try:
        output = run.stdout.decode()
    except UnicodeDecodeError:
        return CaseResult(Outcome.WRONG_ANSWER, run.cpu, "its output is no UTF-8")
    right, failure = _ask_checker(lane, checker, given, output, expected)
    if right is None:
        for control in _controls(given, expected, solution):
            if _ask_checker(lane, checker, given, control, expected)[0] is not None:
                return CaseResult(Outcome.WRONG_ANSWER, run.cpu, f"the checker cannot read {shorten(run.stdout)}")
        return CaseResult(Outcome.SANDBOX_ERROR, run.cpu, f"the checker failed: {failure}")
    if right:
        return CaseResult(Outcome.ACCEPTED, run.cpu)
    return CaseResult(Outcome.WRONG_ANSWER, run.cpu, f"the checker refused {shorten(run.stdout)}")


def _controls(given: str, expected: str, solution: Callable[[bytes], Run] | None) -> Iterator[str]:
    if solution is not None:
        yield solution(given.encode(errors="replace")).stdout.decode(errors="replace")
    elif expected.strip():
        yield expected
    else:
        yield from (*_NEUTRAL, given)


def _ask_checker(lane: Place, checker: str, given: str, output: str, expected: str) -> tuple[bool | None, str]:
    """The checker's answer, from a process that runs nothing but the checker; `None` and why where it gives none."""
    if not lane.holds_tests:
        return _call_checker(lane, checker, [given, output, expected])
    key = fresh_key()
    tests: dict[str, Any] = {"style": "checker", "key": key, "arguments": [given, output, expected]}
    try:
        tests |= prepare(((f"<{TESTS}>", checker),))
    except NoProgramError as error:
        return None, str(error)
    asked = lane.check("", json.dumps(tests).encode())
    word, why, _ = next(read_lines(asked.report, key), ["", "", ""])
    if word in (PASSED, FAILED):
        return word == PASSED, ""
    return None, why or asked.explanation or "it did not end"


def _call_checker(lane: Place, checker: str, arguments: list[str]) -> tuple[bool | None, str]:
    """The same where there is no process that holds tests; a checker that evaluates what it reads runs it there."""
    asked = lane.call(checker, dumps(["l", "check", ["l", encode(arguments)]]))
    answer = next(frames(asked.report, 1), None)
    if asked.ending is None and answer is not None and answer[0] == RETURNED and answer[1] in (b"true", b"false"):
        return answer[1] == b"true", ""
    raised = "" if answer is None else answer[1][:300].decode(errors="replace")
    return None, asked.stderr[-300:] or asked.explanation or raised
