"""A program against its tests, on one lane. The only place where `accepted` is said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from rlvr.sandbox import calls, referee
from rlvr.sandbox.checks import AssertTests, FunctionTests, PytestTests, StdinTests, Tests
from rlvr.sandbox.codec import CodecError, dumps, encode, loads
from rlvr.sandbox.compare import Comparison
from rlvr.sandbox.limits import Limits
from rlvr.sandbox.outcome import CaseResult, Judgement, Outcome, Run
from rlvr.sandbox.timing import Timely


class Place(Protocol):
    """Where programs in Python run: a lane, or what stands for one; see `rlvr.sandbox.lane.Lane` for the methods."""

    @property
    def level(self) -> str:
        """What protects the machine there."""
        ...

    def run(self, source: str, stdin: bytes = b"", limits: Limits | None = None) -> Run:
        """Runs a program as `__main__`."""
        ...

    def call(self, source: str, calls: bytes, limits: Limits | None = None) -> Run:
        """Runs a program as a module and makes calls."""
        ...

    def check(self, source: str, tests: bytes, limits: Limits | None = None) -> Run:
        """Runs tests in a process of their own, and the program in another."""
        ...


@dataclass
class _Spent:
    """What the processes of one judgement took."""

    total: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    memory: float = 0.0
    results: list[CaseResult] = field(default_factory=list[CaseResult])

    def add(self, run: Run) -> Run:
        self.cpu += run.cpu
        self.wall += run.wall
        self.memory = max(self.memory, run.memory)
        return run


def judge(
    lane: Place,
    program: str,
    tests: Tests,
    limits: Limits | None = None,
    *,
    stop: bool = True,
    start: Callable[[bytes], Run] | None = None,
) -> Judgement:
    """What becomes of a program.

    Args:
        lane: Where it runs.
        program: Its source.
        tests: See `rlvr.sandbox.checks`.
        limits: What each of its processes may take.
        stop: End at the first test that fails; else all are run, for a fraction.
        start: What runs it on an input, where it is in another language than Python; see `rlvr.sandbox.starting`.

    Raises:
        LaneLostError: The lane was lost; the judgement is to be had from another one.

    >>> from rlvr.sandbox import Lane
    >>> with Lane() as lane:
    ...     str(judge(lane, "print(int(input()) + 1)", StdinTests([("41", "42")])).outcome)
    'accepted'
    """
    limits, spent, lane = limits or Limits(), _Spent(tests.total), Timely(lane)
    if isinstance(tests, StdinTests):
        results = _stdin(lane, start or (lambda given: lane.run(program, given, limits)), tests, spent)
    elif isinstance(tests, FunctionTests):
        results = _function(lane, program, tests, limits, spent)
    else:
        results = _refereed(lane, program, tests, limits, spent, stop=stop)
    for result in results:
        spent.results.append(result)
        if stop and result.outcome is not Outcome.ACCEPTED:
            break
    failed = next((one for one in spent.results if one.outcome is not Outcome.ACCEPTED), None)
    # Positive evidence for every test, not the absence of a failure.
    whole = len(spent.results) == spent.total and failed is None
    outcome = Outcome.ACCEPTED if whole else failed.outcome if failed else Outcome.SANDBOX_ERROR
    if failed:
        which = failed.name or f"test {spent.results.index(failed) + 1} of {spent.total}"
        explanation = f"{which}: {failed.explanation or outcome}"
    else:
        explanation = f"all {spent.total} tests passed" if whole else "the tests came to no result"
    return Judgement(
        outcome,
        tuple(spent.results),
        spent.total,
        spent.cpu,
        spent.wall,
        spent.memory,
        explanation,
        str(lane.level),
    )


def _stdin(lane: Place, start: Callable[[bytes], Run], tests: StdinTests, spent: _Spent) -> Iterator[CaseResult]:
    for given, expected in tests.cases:
        run = spent.add(start(given.encode(errors="replace")))
        if run.ending is not None:
            why = (
                run.explanation if run.ending is Outcome.COMPILE_ERROR and ":" in run.explanation else _with_stderr(run)
            )
            yield CaseResult(run.ending, run.cpu, why)
            if run.ending is Outcome.COMPILE_ERROR:
                return
        elif tests.checker:
            yield _checked(lane, tests.checker, (given, run.stdout, expected), run)
        elif tests.comparison.outputs_agree(run.stdout, expected.encode(errors="replace")):
            yield CaseResult(Outcome.ACCEPTED, run.cpu)
        else:
            yield CaseResult(Outcome.WRONG_ANSWER, run.cpu, f"it wrote {_short(run.stdout)}")


def _checked(lane: Place, checker: str, given: tuple[str, bytes, str], run: Run) -> CaseResult:
    """What a problem's own checker says, from a process that runs nothing but the checker."""
    try:
        arguments = encode([given[0], given[1].decode(), given[2]])
    except UnicodeDecodeError:
        return CaseResult(Outcome.WRONG_ANSWER, run.cpu, "its output is no UTF-8")
    asked = lane.call(checker, dumps(["l", "check", ["l", arguments]]))
    answer = next(calls.frames(asked.report, 1), None)
    if (
        asked.ending is not None
        or answer is None
        or answer[0] != calls.RETURNED
        or answer[1] not in (b"true", b"false")
    ):
        return CaseResult(
            Outcome.SANDBOX_ERROR, run.cpu, f"the checker failed: {asked.stderr[-300:] or asked.explanation}"
        )
    if answer[1] == b"true":
        return CaseResult(Outcome.ACCEPTED, run.cpu)
    return CaseResult(Outcome.WRONG_ANSWER, run.cpu, f"the checker refused {_short(given[1])}")


def _function(lane: Place, program: str, tests: FunctionTests, limits: Limits, spent: _Spent) -> Iterator[CaseResult]:
    wanted = dumps(encode((tests.name, [list(arguments) for arguments, _ in tests.cases])))
    run = spent.add(lane.call(program, wanted, limits))
    answered = 0
    for (status, payload), (_, expected) in zip(calls.frames(run.report, tests.total), tests.cases, strict=False):
        answered += 1
        yield _returned(status, payload, expected, tests.comparison, limits)
    # What was not answered ended with the process.
    for _ in range(answered, tests.total):
        ending = run.ending or Outcome.RUNTIME_ERROR
        yield CaseResult(ending, 0.0, _with_stderr(run) or "it ended without an answer")
        if ending is Outcome.COMPILE_ERROR:
            return


def _returned(status: bytes, payload: bytes, expected: Any, comparison: Comparison, limits: Limits) -> CaseResult:
    if status == calls.RETURNED:
        try:
            right = comparison.values_agree(loads(payload), expected)
        except CodecError as error:
            return CaseResult(Outcome.WRONG_ANSWER, 0.0, f"it returned what is no data: {error}")
        if right:
            return CaseResult(Outcome.ACCEPTED)
        return CaseResult(Outcome.WRONG_ANSWER, 0.0, f"it returned {_short(payload)}")
    if status == calls.OUT_OF_MEMORY:
        return CaseResult(Outcome.MEMORY_LIMIT, 0.0, f"more than {limits.memory} MiB")
    if status == calls.NO_DATA:
        return CaseResult(Outcome.WRONG_ANSWER, 0.0, f"it returned what is no data: {_short(payload)}")
    return CaseResult(Outcome.RUNTIME_ERROR, 0.0, _short(payload))


def _refereed(
    lane: Place, program: str, tests: AssertTests | PytestTests, limits: Limits, spent: _Spent, *, stop: bool
) -> Iterator[CaseResult]:
    asked: dict[str, Any] = {"operators": tests.operators, "stop": stop}
    if isinstance(tests, PytestTests):
        asked |= {"style": "pytest", "code": tests.code, "module": tests.module}
    else:
        asked |= {"prompt": tests.prompt, "entry": list(tests.entry), "code": tests.pieces}
    run = spent.add(lane.check(program, json.dumps(asked).encode(), limits))
    found, names, called = _told(run.report)
    spent.total = len(names) or spent.total
    for word, why, name in found:
        # Tests that never asked anything of the program have shown nothing of it, whatever they asserted.
        yield replace(_judged(word, why, run, called=called), name=name)
        if word in (referee.DIED, referee.BROKEN):
            return
    # What is not told was ended, with the tests' process or before it.
    for name in names[len(found) :] or ([""] if len(found) < spent.total else []):
        yield CaseResult(run.ending or Outcome.RUNTIME_ERROR, 0.0, _with_stderr(run) or "the tests did not end", name)


def _told(report: bytes) -> tuple[list[list[str]], list[str], bool]:
    """Words, reasons and names of the tests that were run; the names of all, where they have some; any call."""
    found: list[list[str]] = []
    names: list[str] = []
    called = False
    for line in report.splitlines():
        try:
            told: Any = json.loads(line)
        except ValueError:  # it was ended while it wrote
            break
        if isinstance(told, list):
            found.append([str(one) for one in cast("list[Any]", told)])
        else:
            names = told.get("names", names)
            called = called or "called" in told
    return found, names, called


def _judged(word: str, why: str, run: Run, *, called: bool) -> CaseResult:
    if word == referee.PASSED:
        if called:
            return CaseResult(Outcome.ACCEPTED)
        return CaseResult(Outcome.SANDBOX_ERROR, 0.0, "the tests passed without a call of the program")
    if word == referee.BROKEN:
        return CaseResult(Outcome.SANDBOX_ERROR, 0.0, why)
    if word == referee.FAILED:
        return CaseResult(Outcome.WRONG_ANSWER, 0.0, why)
    if word == referee.DIED:
        # Ended by us or by itself, in whatever way: a program that exits has not passed.
        ending = run.ending or Outcome.RUNTIME_ERROR
        return CaseResult(ending, run.cpu, _with_stderr(run) or "it ended before the tests did")
    return CaseResult(Outcome.RUNTIME_ERROR, 0.0, why)


def _with_stderr(run: Run) -> str:
    last = run.stderr.strip().rsplit("\n", 1)[-1][:200]
    return f"{run.explanation}: {last}" if last and run.explanation else run.explanation or last


def _short(data: bytes) -> str:
    """The beginning of what a program said; never `repr` of a value of its own."""
    text = data[:80].decode(errors="replace")
    return f"{text!r}{'...' if len(data) > 80 else ''}"
