"""What a function returned, beside what it was to return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rlvr.sandbox.bridge import frames
from rlvr.sandbox.bridge.codec import CodecError, dumps, encode, loads
from rlvr.sandbox.checks import FunctionTests
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.judges.conventions import prepare_call
from rlvr.sandbox.judges.place import Place, Spent, shorten, with_stderr
from rlvr.sandbox.outcome import CaseResult, Outcome


def judge_returns(
    lane: Place, program: str, tests: FunctionTests, limits: Limits, spent: Spent
) -> Iterator[CaseResult]:
    """A result for each case; all share a process."""
    prepared, name = prepare_call(program, tests)
    wanted = dumps(encode((name, [list(arguments) for arguments, _ in tests.cases])))
    run = spent.add(lane.call(prepared, wanted, limits))
    answered = 0
    answers = frames.frames(run.report, tests.total)
    for (status, payload), (_, expected) in zip(answers, tests.cases, strict=False):
        answered += 1
        yield _compare(status, payload, expected, tests, limits)
    # What was not answered ended with the process.
    for _ in range(answered, tests.total):
        ending = run.ending or Outcome.RUNTIME_ERROR
        yield CaseResult(ending, 0.0, with_stderr(run) or "it ended without an answer")
        if ending is Outcome.COMPILE_ERROR:
            return


def _compare(status: bytes, payload: bytes, expected: Any, tests: FunctionTests, limits: Limits) -> CaseResult:
    if status == frames.RETURNED:
        try:
            returned = loads(payload)
            right = any(tests.comparison.values_agree(returned, one) for one in tests.readings(expected))
        except CodecError as error:
            return CaseResult(Outcome.WRONG_ANSWER, 0.0, f"it returned what is no data: {error}")
        if right:
            return CaseResult(Outcome.ACCEPTED)
        return CaseResult(Outcome.WRONG_ANSWER, 0.0, f"it returned {shorten(payload)}")
    if status == frames.OUT_OF_MEMORY:
        return CaseResult(Outcome.MEMORY_LIMIT, 0.0, f"more than {limits.memory} MiB")
    if status == frames.NO_DATA:
        return CaseResult(Outcome.WRONG_ANSWER, 0.0, f"it returned what is no data: {shorten(payload)}")
    return CaseResult(Outcome.RUNTIME_ERROR, 0.0, shorten(payload))
