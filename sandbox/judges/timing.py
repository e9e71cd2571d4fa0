"""Who is called too slow: not a program that was close to its limit once, on a machine that does other things as well.

The rule: a program may overrun its limit by a tenth. One that ends by itself within that tenth, and one that the clock
ended while it was still computing (others had the processor), is run once more, and the lesser of the two times counts.
One that does not end within the tenth is too slow and is not run again: most of those would never end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.outcome import Outcome, Run

GRACE: Final = 1.1
"""How far beyond its limits a program is let run."""

_COMPUTING: Final = 0.25
"""The share of its processor time that one ended by the clock must have used, to be no sleeper."""


class Timely:
    """A lane, or what stands for one, whose programs get a second chance; see above.

    Args:
        place: Where they run.
    """

    def __init__(self, place: Any) -> None:
        self._place = place

    @property
    def level(self) -> str:
        """What protects the machine there."""
        return str(self._place.level)

    @property
    def holds_tests(self) -> bool:
        """Whether tests run there in a process of their own."""
        return bool(self._place.holds_tests)

    def run(self, source: str, stdin: bytes = b"", limits: Limits | None = None) -> Run:
        """Runs a program as `__main__`."""
        return timely(lambda bound: self._place.run(source, stdin, bound), limits or Limits())

    def call(self, source: str, calls: bytes, limits: Limits | None = None) -> Run:
        """Runs a program as a module and makes calls."""
        return timely(lambda bound: self._place.call(source, calls, bound), limits or Limits())

    def check(self, source: str, tests: bytes, limits: Limits | None = None) -> Run:
        """Runs tests in a process of their own, and the program in another."""
        return timely(lambda bound: self._place.check(source, tests, bound), limits or Limits())


def timely(start: Callable[[Limits], Run], limits: Limits) -> Run:
    """A run, or the better of two.

    Args:
        start: Runs the program under limits.
        limits: Those that count.

    >>> runs = iter([Run(None, cpu=1.05), Run(None, cpu=0.9)])
    >>> timely(lambda bound: next(runs), Limits(cpu=1.0)).cpu
    0.9
    >>> timely(lambda bound: Run(None, cpu=1.05), Limits(cpu=1.0)).ending
    <Outcome.TIME_LIMIT: 'time_limit'>
    """
    bound = replace(limits, cpu=limits.cpu * GRACE, wall=limits.seconds * GRACE)
    run = start(bound)
    if _close(run, limits):
        run = min(run, start(bound), key=lambda one: (_late(one, limits), one.cpu))
    if not _late(run, limits):
        return run
    slow = run.cpu > limits.cpu
    why = f"{limits.cpu:g} s of processor time" if slow else f"{limits.seconds:g} s of the clock"
    return replace(run, ending=Outcome.TIME_LIMIT, explanation=f"more than {why}")


def _late(run: Run, limits: Limits) -> bool:
    over = run.cpu > limits.cpu or run.wall > limits.seconds
    return run.ending is Outcome.TIME_LIMIT or (run.ending is None and over)


def _close(run: Run, limits: Limits) -> bool:
    if run.ending is Outcome.TIME_LIMIT:
        return _COMPUTING * limits.cpu <= run.cpu <= limits.cpu
    return _late(run, limits)
