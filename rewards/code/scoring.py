"""From a judged program to a verdict."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from rlvr import Sample, Status, Verdict
from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.code.extraction import program_of
from rlvr.rewards.code.shares import Share, shares_of
from rlvr.sample import is_object
from rlvr.sandbox import Judgement, Limits, Outcome, Tests, shared_pool
from rlvr.sandbox.judges.conventions import put_before

LANES: Final = len(os.sched_getaffinity(0))
"""Programs that run at a time."""

SCORES: Final = ("all", "fraction")
COUNTED: Final = ("all", "hidden")
SHOWN: Final = 2000


def score_program(sample: Sample, make_tests: Callable[[dict[str, Any]], Tests]) -> Verdict:
    """Runs the program of an answer against the tests of its task.

    Args:
        sample: `reference` holds the tests, and perhaps `prelude`, code that stands before every program, `solution`, a
            right program, `weights` of the tests, and `public`, those that the prompt shows
            (`rlvr.rewards.code.shares`). `data` holds `limits` (see `rlvr.sandbox.Limits`), `language` (Python where
            nothing is said), `score`: `all` (the default) or `fraction` of the tests, by weight, and `count`: `all`
            (the default) or `hidden`, where public tests are run and reported, and earn nothing.
        make_tests: Reads the tests from the reference.

    Raises:
        ValueError: The reference or the data are not of that form (status `error`).
    """
    reference = reference_of(sample)
    tests = make_tests(reference)
    share = shares_of(reference, tests)
    mode, counted = chosen(sample, "score", SCORES), chosen(sample, "count", COUNTED)
    language = str(sample.data.get("language", "python"))
    program, why = program_of(sample, language)
    if program is None:
        return Verdict.wrong(why)
    # With `hidden` a public test that fails must not keep the others from being run.
    stop = mode == "all" and (counted == "all" or not share.has_public)
    solution = reference.get("solution")
    judged = shared_pool().judge(
        with_prelude(reference, program),
        tests,
        limits_of(sample),
        stop=stop,
        client=sample.group,
        language=language,
        solution=with_prelude(reference, solution) if isinstance(solution, str) and solution else "",
    )
    return _verdict(judged, program, mode, counted, share)


def reference_of(sample: Sample) -> dict[str, Any]:
    """The reference, which is an object.

    Raises:
        DataError: It is none.
    """
    if not is_object(sample.reference):
        raise DataError("The reference is no object with tests.", hint="docs/code.md shows its form.")
    return sample.reference


def chosen(sample: Sample, name: str, words: tuple[str, ...]) -> str:
    """The word that `data` has under a name, the first of the words where it has none.

    Raises:
        DataError: Another word.
    """
    word = str(sample.data.get(name, words[0]))
    if word not in words:
        raise DataError(
            f"`{name}` is {word!r}.{did_you_mean(word, words)}",
            hint=f"It is {' or '.join(f'`{one}`' for one in words)}.",
        )
    return word


def limits_of(sample: Sample) -> Limits:
    """What each process of the program may take."""
    return Limits.of(cast("Mapping[str, Any]", sample.data.get("limits") or {}))


def with_prelude(reference: Mapping[str, Any], program: str) -> str:
    """The program, after the code that stands before every program of its task."""
    return put_before(str(reference.get("prelude", "")), program)


def unscored(judged: Judgement, program: str) -> Verdict | None:
    """The verdict where the sandbox or a test failed; `None` where the program was judged."""
    broken = [one for one in judged.tests if one.outcome is Outcome.SANDBOX_ERROR]
    if judged.outcome is not Outcome.SANDBOX_ERROR and not broken:
        return None
    why = f"sandbox_error: {broken[0].explanation if broken else judged.explanation}"
    return Verdict.unscored(Status.ERROR, why, extracted=program[:SHOWN])


def _verdict(judged: Judgement, program: str, mode: str, counted: str, share: Share) -> Verdict:
    if (failed := unscored(judged, program)) is not None:
        return failed
    hidden = counted == "hidden"
    score = share.passed(judged, public=False if hidden else None)
    if mode == "all":
        score = float(share.all_passed(judged, public=False if hidden else None))
    metrics = {"passed": judged.passed / max(1, judged.total)}
    if share.has_public:
        metrics |= {
            "passed_public": share.plain(judged, public=True),
            "passed_hidden": share.plain(judged, public=False),
        }
    return Verdict(
        score,
        extracted=program[:SHOWN],
        explanation=f"{judged.outcome}: {judged.explanation}",
        # Time and memory differ from run to run, and a verdict does not.
        metrics=metrics,
    )
