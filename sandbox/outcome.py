"""What became of a program, in the words that online judges use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final


class Outcome(StrEnum):
    """How it ended.

    Attributes:
        ACCEPTED: Every test has positive evidence that it passed.
        WRONG_ANSWER: It ended in order, with another answer.
        TIME_LIMIT: It was ended at its limit of processor time or of the clock.
        MEMORY_LIMIT: It asked for more memory than it may have, and ended of that.
        OUTPUT_LIMIT: It wrote more than it may.
        RUNTIME_ERROR: An exception, a signal, or an exit status other than 0.
        COMPILE_ERROR: It is no program.
        SANDBOX_ERROR: Ours, never the program's: a lane that died, a test that is broken. No score follows from it.
    """

    ACCEPTED = "accepted"
    WRONG_ANSWER = "wrong_answer"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    RUNTIME_ERROR = "runtime_error"
    COMPILE_ERROR = "compile_error"
    SANDBOX_ERROR = "sandbox_error"

    @property
    def initials(self) -> str:
        """As judges abbreviate it.

        >>> Outcome.TIME_LIMIT.initials, Outcome.COMPILE_ERROR.initials, Outcome.ACCEPTED.initials
        ('TLE', 'CE', 'AC')
        """
        return _INITIALS[self]


_INITIALS: Final = {
    Outcome.ACCEPTED: "AC",
    Outcome.WRONG_ANSWER: "WA",
    Outcome.TIME_LIMIT: "TLE",
    Outcome.MEMORY_LIMIT: "MLE",
    Outcome.OUTPUT_LIMIT: "OLE",
    Outcome.RUNTIME_ERROR: "RE",
    Outcome.COMPILE_ERROR: "CE",
    Outcome.SANDBOX_ERROR: "SE",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One process of a program.

    Args:
        ending: `None` when it ended in order with status 0, else what ended it.
        stdout: What it wrote, up to its limit.
        stderr: The last of what it wrote there.
        cpu: Seconds of processor time.
        wall: Seconds of the clock.
        memory: MiB at its highest, those of the idle interpreter included.
        explanation: In words.
        report: What it answered by a channel of its own: results of calls, or what the tests' process found.
        files: Those of its folder that were wanted and are there, by path.
    """

    ending: Outcome | None
    stdout: bytes = b""
    stderr: str = ""
    cpu: float = 0.0
    wall: float = 0.0
    memory: float = 0.0
    explanation: str = ""
    report: bytes = b""
    files: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One test.

    Args:
        outcome: How it ended.
        cpu: Seconds of processor time; 0 where several tests shared a process.
        explanation: Why, in words; never the expected value.
        name: Of the test, where it has one.
    """

    outcome: Outcome
    cpu: float = 0.0
    explanation: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A program against its tests.

    Args:
        outcome: `accepted`, or what became of the first test that failed.
        tests: A result for each test that was run; fewer than there are where the first failure ends it.
        total: How many tests there are.
        cpu: Seconds of processor time of all processes.
        wall: Seconds of the clock.
        memory: MiB of the largest process.
        explanation: Why, in words.
        level: The level of the lane it ran in.

    >>> Judgement(Outcome.ACCEPTED, (CaseResult(Outcome.ACCEPTED),), 1).passed
    1
    """

    outcome: Outcome
    tests: tuple[CaseResult, ...] = ()
    total: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    memory: float = 0.0
    explanation: str = ""
    level: str = ""

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(test.outcome is Outcome.ACCEPTED for test in self.tests)

    def at(self, level: str) -> Judgement:
        """The same, with the level of its lane."""
        return replace(self, level=level)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data.

        >>> Judgement(Outcome.COMPILE_ERROR, total=2).as_dict()["verdict"]
        'compile_error'
        """
        tests = [
            {"verdict": str(one.outcome), "cpu": round(one.cpu, 4)}
            | ({"name": one.name} if one.name else {})
            | ({"explanation": one.explanation} if one.explanation else {})
            for one in self.tests
        ]
        return {
            "verdict": str(self.outcome),
            "passed": self.passed,
            "total": self.total,
            "tests": tests,
            "cpu": round(self.cpu, 4),
            "wall": round(self.wall, 4),
            "memory": round(self.memory, 1),
            "explanation": self.explanation,
            "level": self.level,
        }
