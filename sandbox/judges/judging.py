"""A program against its tests, on one lane. The only place where `accepted` is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rlvr.sandbox.checks import AssertTests, FunctionTests, PytestTests, StdinTests, Tests
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.judges.control import is_unscored, settle
from rlvr.sandbox.judges.function import judge_returns
from rlvr.sandbox.judges.held_tests import judge_held
from rlvr.sandbox.judges.place import Place, Spent
from rlvr.sandbox.judges.stdio import judge_outputs
from rlvr.sandbox.judges.timing import Timely
from rlvr.sandbox.outcome import CaseResult, Judgement, Outcome, Run


def judge(
    lane: Place,
    program: str,
    tests: Tests,
    limits: Limits | None = None,
    *,
    stop: bool = True,
    start: Callable[[bytes], Run] | None = None,
    solution: str = "",
    start_solution: Callable[[bytes], Run] | None = None,
) -> Judgement:
    """What becomes of a program.

    Args:
        lane: Where it runs.
        program: Its source.
        tests: See `rlvr.sandbox.checks`.
        limits: What each of its processes may take.
        stop: End at the first test that fails; else all are run, for a fraction.
        start: What runs it on an input, where it is in another language than Python; see
            `rlvr.sandbox.languages.starting`.
        solution: The task's reference solution, where it has one; see `rlvr.sandbox.judges.control`.
        start_solution: What runs that on an input, where it is in another language than Python.

    Raises:
        LaneLostError: The lane was lost; the judgement is to be had from another one.

    >>> from rlvr.sandbox import Lane
    >>> with Lane() as lane:
    ...     str(judge(lane, "print(int(input()) + 1)", StdinTests([("41", "42")])).outcome)
    'accepted'
    """
    limits, place = limits or Limits(), Timely(lane)
    if isinstance(tests, StdinTests):
        # A checker that fails has been tried with a control by then.
        if solution and start_solution is None:
            start_solution = _starter(place, solution, limits)
        spent = Spent(tests.total)
        results = judge_outputs(place, start or _starter(place, program, limits), tests, spent, start_solution)
        return _summed(results, spent, str(place.level), stop=stop)
    judgement, needs = _judge_module(place, program, tests, limits, stop=stop)
    if not is_unscored(judgement):
        return judgement

    def try_control(control: str) -> Judgement:
        return _judge_module(place, control, tests, limits, stop=stop)[0]

    return settle(judgement, tests, solution, try_control, needs=needs)


def _starter(place: Place, program: str, limits: Limits) -> Callable[[bytes], Run]:
    return lambda given: place.run(program, given, limits)


def _judge_module(
    place: Place, program: str, tests: FunctionTests | AssertTests | PytestTests, limits: Limits, *, stop: bool
) -> tuple[Judgement, bool]:
    spent = Spent(tests.total)
    if isinstance(tests, FunctionTests):
        results = judge_returns(place, program, tests, limits, spent)
    else:
        results = judge_held(place, program, tests, limits, spent, stop=stop)
    return _summed(results, spent, str(place.level), stop=stop), spent.needs


def _summed(results: Iterator[CaseResult], spent: Spent, level: str, *, stop: bool) -> Judgement:
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
        outcome, tuple(spent.results), spent.total, spent.cpu, spent.wall, spent.memory, explanation, level
    )
