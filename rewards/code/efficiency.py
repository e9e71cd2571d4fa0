"""`code.efficiency`: how much processor time does a right program take, beside a reference solution?"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from typing import Any, Final

from rlvr import Sample, Verdict, reward
from rlvr.errors import DataError
from rlvr.rewards.code.extraction import program_of
from rlvr.rewards.code.passing import stdin_tests
from rlvr.rewards.code.scoring import LANES, SHOWN, limits_of, reference_of, unscored, with_prelude
from rlvr.sandbox import Judgement, Outcome, Tests, read_tests, shared_pool
from rlvr.sandbox.pool import DEFAULT_PACKAGES

REPEATS: Final = 5

_STEPS: Final = 2
"""Doublings either way that count."""

_LEAST_NOISE: Final = 0.002
"""Seconds: what starting a process varies by."""

_SAID: Final = {
    0.0: "right, and four times as slow as the reference solution, or more",
    0.25: "right, and twice as slow as the reference solution, or more",
    0.5: "right, and as fast as the reference solution",
    0.75: "right, and twice as fast as the reference solution, or more",
    1.0: "right, and four times as fast as the reference solution, or more",
}


def score_of(ours: list[float], theirs: list[float]) -> float:
    """The score of a right program.

    The least of several times is what a program takes, since whatever else runs can only add to it; the middle one
    lies above it by what the machine adds. A difference of less than that earns nothing either way, and
    beyond it each doubling counts a quarter: coarse on purpose, so that the same program gets the same score.

    Args:
        ours: Seconds of the program, run by run.
        theirs: Seconds of the reference, between them.

    >>> score_of([0.01, 0.011], [0.1, 0.11]), score_of([0.1, 0.11], [0.1, 0.12]), score_of([0.9], [0.2])
    (1.0, 0.5, 0.0)
    """
    spread = max(statistics.median(row) - min(row) for row in (ours, theirs))
    noise = spread + _LEAST_NOISE
    one, other = min(ours), min(theirs)
    if abs(one - other) <= noise:
        return 0.5
    doublings = math.trunc(math.log2(max(other, 1e-6) / max(one, 1e-6)))
    return 0.5 + max(-_STEPS, min(_STEPS, doublings)) / (2 * _STEPS)


@reward("code.efficiency", timeout=600.0, concurrency=LANES, cache=True)
def efficiency(sample: Sample) -> Verdict:
    """0 for a wrong program; a right one gets 0.5 when it takes as long as the reference solution, up to 1 when less.

    Half the time is worth 0.75, a quarter 1; twice 0.25, four times 0. Both run in the sandbox on the same tests, in
    turns, each in processes of its own; processor time counts, so waiting and other work of the machine do not. What
    differs by less than the noise floor of these very runs earns nothing either way, so on a busy machine the same
    program may earn 0.5 once and 1 another time. Put it beside a reward for correctness with a small weight.

    Args:
        sample: `reference` is that of `code.stdio`, `code.function`, `code.asserts` or `code.pytest`, and `solution`, a
            right program in Python; it is never in a process that runs the answer. Inputs should take the reference
            50 ms and more, since starting a process takes some. `data` may hold `limits`, for both, and `repeats` (5).

    Raises:
        ValueError: The tests are of no such form, or the reference solution fails them (status `error`).

    >>> slow = "def total(n):\\n    s = 0\\n    for i in range(n + 1): s += i\\n    return s\\n"
    >>> task = {"fn_name": "total", "cases": [{"args": [999999], "expected": 499999500000}], "solution": slow}
    >>> efficiency.check("```python\\ndef total(n): return n * (n + 1) // 2\\n```", reference=task).score
    1.0
    """
    reference = reference_of(sample)
    solution = reference.get("solution")
    if not isinstance(solution, str) or not solution.strip():
        raise DataError("The reference has no `solution`, a right program to compare with.")
    repeats = sample.data.get("repeats", REPEATS)
    if type(repeats) is not int or not 1 <= repeats <= 50:
        raise DataError(f"`repeats` is {repeats!r}; it is a whole number from 1 to 50.")
    tests = _tests(reference)
    program, why = program_of(sample)
    if program is None:
        return Verdict.wrong(why)

    def judge(text: str, beside: str) -> Judgement:
        # Naming what the other one imports has both run where the same is imported already.
        named = " ".join(name for name in DEFAULT_PACKAGES if name in beside)
        source = with_prelude(reference, text)
        return shared_pool().judge(f"{source}\n# {named}\n" if named else source, tests, limits_of(sample))

    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(repeats):
        judged = judge(program, solution)
        if (failed := unscored(judged, program)) is not None:
            return failed
        if judged.outcome is not Outcome.ACCEPTED:
            return Verdict.wrong(f"{judged.outcome}: {judged.explanation}", extracted=program[:SHOWN])
        ours.append(judged.cpu)
        beside = judge(solution, program)
        if beside.outcome is not Outcome.ACCEPTED:
            raise DataError(f"The reference solution fails its own tests: {beside.outcome}: {beside.explanation}.")
        theirs.append(beside.cpu)
    score = score_of(ours, theirs)
    # Times differ from run to run, and are not told.
    return Verdict(score, extracted=program[:SHOWN], explanation=_SAID[score], metrics={"passed": 1.0})


def _tests(reference: Mapping[str, Any]) -> Tests:
    if "fn_name" in reference:
        return read_tests("function", dict(reference))
    if "code" in reference:
        return read_tests("assert" if "entry" in reference else "pytest", dict(reference))
    return stdin_tests(dict(reference))
