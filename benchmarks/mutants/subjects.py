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
        seconds: After so long a mutant counts as found: it hangs.
    """

    modules: Sequence[str]
    tests: Sequence[Sequence[str]]
    seconds: float = 300.0


SUBJECTS: Final = {
    "sandbox": Subject(
        modules=(
            "sandbox/bridge/*.py", "sandbox/inside/answering.py", "sandbox/judges/*.py", "!sandbox/judges/place.py",
            "!sandbox/judges/startup.py", "!sandbox/judges/timing.py",
        ),
        tests=(
            (  # in one process, and without what the other tests share
                "--confcutdir=tests/sandbox", "tests/sandbox/test_codec.py", "tests/sandbox/test_agreement.py",
                "tests/sandbox/test_messages.py", "tests/sandbox/test_operations.py",
                "tests/sandbox/test_handles_alone.py", "tests/sandbox/test_lending.py",
                "tests/sandbox/test_own_code.py", "tests/sandbox/test_verdicts.py",
                "tests/sandbox/test_tests_process.py", "tests/sandbox/test_answering.py",
            ),
            (
                "tests/sandbox/test_pytest_judging.py", "tests/sandbox/test_handles.py",
                "tests/sandbox/test_second_look.py",
            ),
        ),
    ),
}  # fmt: skip
