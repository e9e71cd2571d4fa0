"""Where programs in Python run, and what the processes of one judgement took."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.outcome import CaseResult, Run


class Place(Protocol):
    """A lane, or what stands for one; see `rlvr.sandbox.lane.Lane` for the methods."""

    @property
    def level(self) -> str:
        """What protects the machine there."""
        ...

    @property
    def holds_tests(self) -> bool:
        """Whether tests run there in a process of their own, beside the program's."""
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
class Spent:
    """What the processes of one judgement took.

    Args:
        total: How many tests there are.
        cpu: Seconds of processor time.
        wall: Seconds of the clock.
        memory: MiB of the largest process.
        results: Of the tests that were run.
        needs: Whether the tests had to hand over what cannot cross.
    """

    total: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    memory: float = 0.0
    results: list[CaseResult] = field(default_factory=list[CaseResult])
    needs: bool = False

    def add(self, run: Run) -> Run:
        """Adds a run, and returns it."""
        self.cpu += run.cpu
        self.wall += run.wall
        self.memory = max(self.memory, run.memory)
        return run


def with_stderr(run: Run) -> str:
    """Why a run ended, and the last line that it wrote to standard error."""
    last = run.stderr.strip().rsplit("\n", 1)[-1][:200]
    return f"{run.explanation}: {last}" if last and run.explanation else run.explanation or last


def shorten(data: bytes) -> str:
    """The beginning of what a program said; never `repr` of a value of its own.

    >>> shorten(b"5" * 81)[-5:]
    "5'..."
    """
    text = data[:80].decode(errors="replace")
    return f"{text!r}{'...' if len(data) > 80 else ''}"
