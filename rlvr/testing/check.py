"""A check: one named statement about a reward, whoever runs it: pytest, the command line, or a loop of your own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from rlvr.errors import MissingDependencyError, RlvrError

Group = Literal["cases", "contract", "relations", "probes"]


@dataclass(frozen=True, slots=True)
class Check:
    """One statement about one reward. Calling it raises `AssertionError` where it does not hold.

    Where it cannot be asked it raises `unittest.SkipTest` with the reason, which pytest reports as skipped.

    Args:
        reward: Name of the reward.
        group: What kind of statement.
        name: Which one.
        body: Asserts it.

    >>> check = Check("shop.price", "contract", "deterministic", lambda: None)
    >>> check()
    >>> str(check)
    'shop.price: contract: deterministic'
    """

    reward: str
    group: Group
    name: str
    body: Callable[[], None] = field(repr=False, compare=False)

    def __call__(self) -> None:
        """Asserts it."""
        self.body()

    def __str__(self) -> str:
        return f"{self.reward}: {self.group}: {self.name}"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a check.

    Attributes:
        check: Which one.
        status: `passed`, `failed` or `skipped`.
        detail: Why it failed or was skipped.
        seconds: How long it took.
    """

    check: Check
    status: Literal["passed", "failed", "skipped"]
    detail: str = ""
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The result as plain JSON data."""
        row: dict[str, Any] = {"reward": self.check.reward, "group": self.check.group, "name": self.check.name}
        return row | {"status": self.status, "detail": self.detail, "seconds": round(self.seconds, 4)}


def run_check(check: Check) -> Result:
    """Runs a check.

    >>> from rlvr.testing.check import fail
    >>> run_check(Check("shop.price", "contract", "in range", lambda: fail("2 is above 1"))).status
    'failed'
    """
    from unittest import SkipTest

    start = time.perf_counter()
    status, detail = "passed", ""
    try:
        check()
    except (SkipTest, MissingDependencyError) as reason:
        status, detail = "skipped", str(reason)
    except (AssertionError, RlvrError) as error:
        status, detail = "failed", str(error)
    return Result(check, status, detail, time.perf_counter() - start)


def run_checks(checks: Iterable[Check]) -> list[Result]:
    """Runs checks one after the other."""
    return [run_check(check) for check in checks]


def fail(reason: str) -> NoReturn:
    """Says that a statement does not hold.

    Raises:
        AssertionError: Always.
    """
    __tracebackhide__ = True
    raise AssertionError(reason)


def skip(reason: str) -> NoReturn:
    """Says that a statement cannot be asked of this reward.

    Raises:
        unittest.SkipTest: Always; pytest knows it.
    """
    from unittest import SkipTest

    raise SkipTest(reason)
