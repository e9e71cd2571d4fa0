"""From a judged program to a verdict."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from rlvr import Sample, Status, Verdict
from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.code.extraction import program_of
from rlvr.sandbox import Judgement, Limits, Outcome, Tests, shared_pool

LANES: Final = len(os.sched_getaffinity(0))
"""Programs that run at a time."""

SCORES: Final = ("all", "fraction")
_SHOWN: Final = 2000


def score_program(sample: Sample, make_tests: Callable[[dict[str, Any]], Tests]) -> Verdict:
    """Runs the program of an answer against the tests of its task.

    Args:
        sample: `reference` holds the tests, and perhaps `prelude`, code that stands before every program, and
            `weights` of the tests; `data` holds `limits` (see `rlvr.sandbox.Limits`) and `score`: `all` (the default)
            or `fraction` of the tests, by weight.
        make_tests: Reads the tests from the reference.

    Raises:
        ValueError: The reference or the data are not of that form (status `error`).
    """
    reference = sample.reference
    if not isinstance(reference, dict):
        raise DataError("The reference is no object with tests.", hint="docs/rewards.md shows its form.")
    tests = make_tests(cast("dict[str, Any]", reference))
    program, why = program_of(sample)
    if program is None:
        return Verdict.wrong(why)
    mode = str(sample.data.get("score", "all"))
    if mode not in SCORES:
        raise DataError(f"`score` is {mode!r}.{did_you_mean(mode, SCORES)}", hint="It is `all` or `fraction`.")
    limits = Limits.of(cast("Mapping[str, Any]", sample.data.get("limits") or {}))
    prelude = str(reference.get("prelude", ""))
    judged = shared_pool().judge(
        f"{prelude}\n{program}" if prelude else program, tests, limits, stop=mode == "all", client=sample.group
    )
    return _verdict(judged, program, mode, _weights(reference.get("weights"), tests.total))


def _weights(given: object, count: int) -> list[float]:
    if given is None:
        return [1.0] * count
    weights = [float(one) for one in cast("list[Any]", given)] if isinstance(given, list) else []
    if len(weights) != count or any(not 0 <= one < float("inf") for one in weights) or not sum(weights):
        raise DataError(f"`weights` are {count} numbers from 0 on, one for each test, and not all 0.")
    return weights


def _verdict(judged: Judgement, program: str, mode: str, weights: list[float]) -> Verdict:
    broken = [one for one in judged.tests if one.outcome is Outcome.SANDBOX_ERROR]
    if judged.outcome is Outcome.SANDBOX_ERROR or broken:
        why = f"sandbox_error: {broken[0].explanation if broken else judged.explanation}"
        return Verdict.unscored(Status.ERROR, why, extracted=program[:_SHOWN])
    right = judged.outcome is Outcome.ACCEPTED
    score = 1.0 if right else 0.0
    if mode == "fraction" and not right:
        passed = zip(weights, judged.tests, strict=False)
        score = sum(weight for weight, one in passed if one.outcome is Outcome.ACCEPTED) / sum(weights)
    return Verdict(
        score,
        extracted=program[:_SHOWN],
        explanation=f"{judged.outcome}: {judged.explanation}",
        # Time and memory differ from run to run, and a verdict does not.
        metrics={"passed": judged.passed / max(1, judged.total)},
    )
