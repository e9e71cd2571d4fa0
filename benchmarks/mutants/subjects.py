"""What is mutated, and by which tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Subject:
    """Modules, and the tests that are to find out what was changed in them.

    Args:
        modules: Patterns of paths; those that begin with `!` are left out.
        tests: What pytest is called with, call after call, the quickest first: the first that fails ends the run.
        count: How many mutants are tried.
        seconds: After so long a mutant counts as found: it hangs.
    """

    modules: Sequence[str]
    tests: Sequence[Sequence[str]]
    count: int = 300
    seconds: float = 300.0


SUBJECTS: Final = {
    "sandbox": Subject(
        modules=(
            "sandbox/bridge/*.py", "sandbox/inside/answering.py", "sandbox/judges/*.py",
            "sandbox/judges/tests_side/*.py", "!sandbox/judges/place.py", "!sandbox/judges/timing.py",
            "!sandbox/judges/tests_side/startup.py",
        ),
        tests=(
            (  # in one process, and without what the other tests share
                "--confcutdir=tests/sandbox", "tests/sandbox/test_codec.py", "tests/sandbox/test_agreement.py",
                "tests/sandbox/test_messages.py", "tests/sandbox/test_operations.py",
                "tests/sandbox/test_handles_alone.py", "tests/sandbox/test_lending.py",
                "tests/sandbox/test_own_code.py", "tests/sandbox/test_evaluation_order.py",
                "tests/sandbox/test_verdicts.py", "tests/sandbox/test_tests_process.py",
                "tests/sandbox/test_answering.py",
            ),
            (
                "tests/sandbox/test_pytest_judging.py", "tests/sandbox/test_handles.py",
                "tests/sandbox/test_second_look.py",
            ),
        ),
    ),
    # 600 of these three, to each as many as it has of all their mutants.
    "core": Subject(
        modules=("rlvr/compose.py", "rlvr/judging.py", "rlvr/verdict.py"),
        tests=(
            (
                "rlvr/verdict.py", "rlvr/compose.py", "rlvr/judging.py", "tests/core/test_compose.py",
                "tests/core/test_judging.py", "tests/core/test_reward.py", "tests/core/test_verdict.py",
            ),
            ("tests/scoring/test_forms.py",),
        ),
        count=101,
    ),
    "algorithms": Subject(
        modules=("rlvr/algorithms/*.py",), tests=(("rlvr/algorithms", "tests/algorithms"),), count=265
    ),
    "scoring": Subject(
        modules=("rlvr/scoring/*.py",),
        tests=(
            (
                "tests/scoring/test_stats.py", "tests/scoring/test_budget.py", "tests/scoring/test_pool.py",
                "tests/scoring/test_driver.py", "tests/scoring/test_frames.py", "tests/scoring/test_worker.py",
                "tests/scoring/test_overdue.py",
                "rlvr/scoring", "tests/scoring/test_scorer.py", "tests/scoring/test_cache.py",
                "tests/scoring/test_forkserver.py", "tests/scoring/test_process.py",
            ),
            # Not the soak, and not what a cluster is started for.
            (
                "tests/scoring/test_forms.py", "tests/scoring/test_deadlines.py",
                "--deselect=tests/scoring/test_deadlines.py::test_from_a_ray_actor",
            ),
        ),
        count=234,
    ),
}  # fmt: skip
