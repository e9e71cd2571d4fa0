"""Many lanes behind one door."""

from __future__ import annotations

import atexit
import os
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeVar

from rlvr.sandbox.confine.packages import DEFAULT, chosen_packages, named_packages, with_required
from rlvr.sandbox.errors import HostFaultError, LaneLostError
from rlvr.sandbox.interface import Job, RunJob, Sandbox
from rlvr.sandbox.judges.control import settle
from rlvr.sandbox.judges.judging import judge
from rlvr.sandbox.lane import Lane
from rlvr.sandbox.languages.building import BuildCache
from rlvr.sandbox.languages.catalogue import PYTHON, Language, language_of
from rlvr.sandbox.languages.libraries import chosen_libraries, rows_with
from rlvr.sandbox.languages.starting import check_tests, starter
from rlvr.sandbox.languages.toolchains import toolchain
from rlvr.sandbox.levels import Level, required
from rlvr.sandbox.outcome import Judgement, Outcome, Run
from rlvr.sandbox.queueing import FairQueue

T = TypeVar("T")

ATTEMPTS: Final = 3
"""Lanes that a job gets before it is given up as `sandbox_error`."""

DEFAULT_PACKAGES: Final = DEFAULT
"""What programs may import where nothing is said, as far as it is installed."""

MOST_JOBS: Final = 20_000
"""Jobs after which a lane is replaced, whether it needs it or not."""

MOST_LANES: Final = 4
"""Fork servers of one slot that have packages imported, beside the one for other languages; the one that was used
longest ago ends when one more is wanted."""

_OTHERS: Final = ("other languages",)


class _Slot:
    """A place for a fork server at work, and one more for each set of packages that programs have asked for.

    One more runs all other languages than Python.
    """

    def __init__(self, least: Level, packages: Sequence[str], importable: Sequence[str], shown: Sequence[str]) -> None:
        self._least, self._packages, self._shown = least, tuple(packages), tuple(shown)
        self._importable = importable
        self._lanes: dict[tuple[str, ...], Lane] = {}

    def lane(self, program: str, language: Language | None, needs: Sequence[str] = ()) -> tuple[tuple[str, ...], Lane]:
        """The lane that has imported what a program names, and the first of what its tests need."""
        if language is not None:
            if _OTHERS not in self._lanes:
                self._lanes[_OTHERS] = Lane(self._least, execute=True, shown=self._shown)
            return _OTHERS, self._lanes[_OTHERS]
        named = (name for name in self._packages if re.search(rf"\b{re.escape(name)}\b", program))
        wanted = tuple(dict.fromkeys((*needs[:1], *named)))
        lane = self._lanes.pop(wanted, None)
        if lane is None:
            self._make_room()
            others = [name for name in (*self._importable, *needs) if name not in wanted]
            lane = Lane(self._least, preload=wanted, packages=others)
        self._lanes[wanted] = lane  # the last one used stands last
        return wanted, lane

    def _make_room(self) -> None:
        others = [which for which in self._lanes if which != _OTHERS]
        for which in others[: len(others) - MOST_LANES + 1]:
            self.drop(which)

    def drop(self, which: tuple[str, ...]) -> None:
        lane = self._lanes.pop(which, None)
        if lane is not None:
            with suppress(OSError):
                lane.close()

    def close(self) -> None:
        for which in list(self._lanes):
            self.drop(which)


class SandboxPool(Sandbox):
    """Runs programs on several lanes; any thread may use it. A lane that is lost or dirty is replaced.

    Args:
        lanes: How many programs run at a time; by default one for each core this process may use.
        least: The level below which nothing is run; what `RLVR_SANDBOX_REQUIRE` says by default.
        packages: Packages that programs may import, with what those require; by default what `RLVR_SANDBOX_PACKAGES`
            says, or those of `DEFAULT_PACKAGES` that are installed, which `default` stands for. A program that names
            one runs where it is imported already.
        libraries: Libraries for programs in other languages (`cpp:crypto`, `rust:regex`), see
            `rlvr.sandbox.languages.libraries`; by default what `RLVR_SANDBOX_LIBRARIES` says.

    Raises:
        SandboxUnavailableError: `RLVR_SANDBOX_REQUIRE` names no level.
        ToolchainError: A library is not installed.

    >>> from rlvr.sandbox import StdinTests
    >>> with SandboxPool(1) as pool:
    ...     str(pool.judge("print(input()[::-1])", StdinTests([("abc", "cba")])).outcome)
    'accepted'
    """

    def __init__(
        self,
        lanes: int | None = None,
        least: Level | None = None,
        packages: Sequence[str] | None = None,
        libraries: Sequence[str] | None = None,
    ) -> None:
        super().__init__(lanes or len(os.sched_getaffinity(0)))
        packages = chosen_packages() if packages is None else named_packages(packages)
        least = required() if least is None else least
        self._rows = rows_with(chosen_libraries() if libraries is None else libraries)
        shown = [place for row in self._rows.values() for place in row.shown]
        importable = with_required(packages)
        self._slots = FairQueue([_Slot(least, packages, importable, shown) for _ in range(self.size)])
        self._builds = BuildCache()

    def judge_job(self, job: Job, *, priority: int = 0, client: str = "") -> Judgement:
        """What becomes of a program; waits its turn for a lane. See `Sandbox.judge_job`."""
        try:
            return self._judge_on_lane(job, priority, client)
        except LaneLostError as error:
            why = f"{ATTEMPTS} lanes were lost over it: {error.message}"
            lost = Judgement(Outcome.SANDBOX_ERROR, total=job.tests.total, explanation=why)
            if isinstance(error, HostFaultError):
                return lost

        def try_control(control: str) -> Judgement:
            language = job.language if job.solution else PYTHON
            try:
                return self._judge_on_lane(
                    replace(job, program=control, solution="", language=language), priority, client
                )
            except LaneLostError:
                return lost

        return settle(lost, job.tests, job.solution, try_control)

    def _judge_on_lane(self, job: Job, priority: int, client: str) -> Judgement:
        row = self._with_libraries(check_tests(job.language, job.tests))

        def work(lane: Lane) -> Judgement:
            def start_solution(given: bytes) -> Run:
                return starter(lane, job.solution, row, job.limits, self._builds)(given)

            return judge(
                lane,
                job.program,
                job.tests,
                job.limits,
                stop=job.stop,
                start=None if row is None else starter(lane, job.program, row, job.limits, self._builds),
                solution=job.solution,
                start_solution=start_solution if job.solution else None,
            )

        return self._with_lane(job.program, row, work, priority, client, job.tests.needs)

    def run_job(self, job: RunJob, *, priority: int = 0, client: str = "") -> Run:
        """Runs a program and says what it wrote; waits its turn for a lane. See `Sandbox.run_job`."""
        row = self._with_libraries(language_of(job.language))

        def work(lane: Lane) -> Run:
            return starter(lane, job.program, row, job.limits, self._builds, job.files)(job.stdin)

        return self._with_lane(job.program, row, work, priority, client)

    def _with_libraries(self, row: Language | None) -> Language | None:
        return None if row is None else self._rows.get(row.name, row)

    def _with_lane(
        self,
        program: str,
        language: Language | None,
        work: Callable[[Lane], T],
        priority: int,
        client: str,
        needs: Sequence[str] = (),
    ) -> T:
        if language is not None:
            toolchain(language)  # what is missing is said before a lane is asked for
        for attempt in range(ATTEMPTS):
            with self._slots.lend(priority=priority, client=client) as slot:
                which, lane = slot.lane(program, language, needs)
                try:
                    done = work(lane)
                except LaneLostError:
                    slot.drop(which)
                    if attempt == ATTEMPTS - 1:
                        raise
                    continue
                if lane.dirty or lane.jobs >= MOST_JOBS:
                    slot.drop(which)
                return done
        raise AssertionError

    def close(self) -> None:
        """Ends all lanes, once their jobs are done."""
        super().close()
        for slot in self._slots.take_all():
            slot.close()


def _remote(url: str) -> Sandbox:
    from rlvr.sandbox.remote.client import RemoteSandbox

    return RemoteSandbox(url)


def _close(pool: Sandbox, owner: int) -> None:
    if os.getpid() == owner:  # and no child that a caller has forked
        pool.close()


_lock = threading.Lock()
_shared: dict[tuple[int, str, tuple[str, ...] | None], Sandbox] = {}

URL_VARIABLE: Final = "RLVR_SANDBOX_URL"
"""The environment variable that names a service to use instead of this machine; a run sets it from `sandbox.url`."""


def shared_pool(packages: Sequence[str] | None = None) -> Sandbox:
    """The pool of this process for the required level, made when it is first asked for.

    Where `RLVR_SANDBOX_URL` names a service, that stands in for it.

    Args:
        packages: Packages that programs may import; a service has its own.

    Raises:
        SandboxUnavailableError: `RLVR_SANDBOX_REQUIRE` names no level.
        ConfigError: `RLVR_SANDBOX_URL` is no address.
    """
    url = os.environ.get(URL_VARIABLE, "")
    # A forked child must not share its parent's lanes: two would speak on one socket.
    key = (os.getpid(), url or str(required()), None if packages is None else tuple(packages))
    with _lock:
        if key not in _shared:
            pool = _shared[key] = _remote(url) if url else SandboxPool(packages=packages)
            atexit.register(_close, pool, os.getpid())
        return _shared[key]
