"""Many lanes behind one door."""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from rlvr.sandbox.building import BuildCache
from rlvr.sandbox.checks import Tests
from rlvr.sandbox.errors import LaneLostError
from rlvr.sandbox.host import installed
from rlvr.sandbox.judging import judge
from rlvr.sandbox.lane import Lane
from rlvr.sandbox.languages import PYTHON, Language, language_of
from rlvr.sandbox.levels import Level, required
from rlvr.sandbox.limits import Limits
from rlvr.sandbox.outcome import Judgement, Outcome, Run
from rlvr.sandbox.queueing import FairQueue
from rlvr.sandbox.starting import check_tests, starter
from rlvr.sandbox.toolchains import toolchain

if TYPE_CHECKING:
    from rlvr.sandbox.remote import RemoteSandbox

T = TypeVar("T")

ATTEMPTS: Final = 3
"""Lanes that a job gets before it is given up as `sandbox_error`."""

DEFAULT_PACKAGES: Final = ("numpy",)

MOST_JOBS: Final = 20_000
"""Jobs after which a lane is replaced, whether it needs it or not."""


_WAITERS: Final = 64


@dataclass(frozen=True, slots=True)
class Job:
    """A program and its tests.

    Args:
        program: Its source.
        tests: See `rlvr.sandbox.checks`.
        limits: What each of its processes may take.
        stop: End at the first test that fails.
        language: See `rlvr.sandbox.languages`.
    """

    program: str
    tests: Tests
    limits: Limits = field(default_factory=Limits)
    stop: bool = True
    language: str = PYTHON


_OTHERS: Final = ("other languages",)


class _Slot:
    """A place for a fork server at work, and one more for each set of packages that programs have asked for.

    One more runs all other languages than Python.
    """

    def __init__(self, least: Level, packages: Sequence[str]) -> None:
        self._least, self._packages = least, tuple(packages)
        self._lanes: dict[tuple[str, ...], Lane] = {}

    def lane(self, program: str, language: Language | None, needs: Sequence[str] = ()) -> tuple[tuple[str, ...], Lane]:
        """The lane that has imported what a program names, and the first of what its tests need."""
        if language is not None:
            if _OTHERS not in self._lanes:
                self._lanes[_OTHERS] = Lane(self._least, execute=True)
            return _OTHERS, self._lanes[_OTHERS]
        named = (name for name in self._packages if re.search(rf"\b{re.escape(name)}\b", program))
        wanted = tuple(dict.fromkeys((*needs[:1], *named)))
        if wanted not in self._lanes:
            others = [name for name in (*self._packages, *needs) if name not in wanted]
            self._lanes[wanted] = Lane(self._least, preload=wanted, packages=others)
        return wanted, self._lanes[wanted]

    def drop(self, which: tuple[str, ...]) -> None:
        lane = self._lanes.pop(which, None)
        if lane is not None:
            with suppress(OSError):
                lane.close()

    def close(self) -> None:
        for which in list(self._lanes):
            self.drop(which)


class SandboxPool:
    """Runs programs on several lanes; any thread may use it. A lane that is lost or dirty is replaced.

    Args:
        lanes: How many programs run at a time; by default one for each core this process may use.
        least: The level below which nothing is run; what `RLVR_SANDBOX_REQUIRE` says by default.
        packages: Packages that programs may import, by default numpy where it is installed. A program that names
            one runs where it is imported already.

    Raises:
        SandboxUnavailableError: `RLVR_SANDBOX_REQUIRE` names no level.

    >>> from rlvr.sandbox import StdinTests
    >>> with SandboxPool(1) as pool:
    ...     str(pool.judge("print(input()[::-1])", StdinTests([("abc", "cba")])).outcome)
    'accepted'
    """

    def __init__(
        self, lanes: int | None = None, least: Level | None = None, packages: Sequence[str] | None = None
    ) -> None:
        count = lanes or len(os.sched_getaffinity(0))
        packages = installed(DEFAULT_PACKAGES) if packages is None else packages
        least = required() if least is None else least
        self.size = count
        self._slots = FairQueue([_Slot(least, packages) for _ in range(count)])
        self._builds = BuildCache()
        # Each waits for its turn in the queue, which is fair only among those that it sees.
        self._threads = ThreadPoolExecutor(max(_WAITERS, 2 * count), thread_name_prefix="sandbox")

    def judge(
        self,
        program: str,
        tests: Tests,
        limits: Limits | None = None,
        *,
        stop: bool = True,
        priority: int = 0,
        client: str = "",
        language: str = PYTHON,
    ) -> Judgement:
        """What becomes of a program; waits its turn for a lane.

        Args:
            program: Its source.
            tests: See `rlvr.sandbox.checks`.
            limits: What each of its processes may take.
            stop: End at the first test that fails.
            priority: Higher comes first.
            client: Clients take turns.
            language: See `rlvr.sandbox.languages`.

        Raises:
            SandboxUnavailableError: The machine does not reach the required level.
            ToolchainError: The language's toolchain is not here.
            BadTestsError: Tests that this language does not have.
        """
        row = check_tests(language, tests)

        def work(lane: Lane) -> Judgement:
            start = None if row is None else starter(lane, program, row, limits or Limits(), self._builds)
            return judge(lane, program, tests, limits, stop=stop, start=start)

        try:
            return self._with_lane(program, row, work, priority, client, tests.needs)
        except LaneLostError as error:
            why = f"{ATTEMPTS} lanes were lost over it: {error.message}"
            return Judgement(Outcome.SANDBOX_ERROR, total=tests.total, explanation=why)

    def run(
        self,
        program: str,
        stdin: bytes = b"",
        limits: Limits | None = None,
        *,
        priority: int = 0,
        client: str = "",
        language: str = PYTHON,
    ) -> Run:
        """Runs a program and says what it wrote.

        Raises:
            SandboxUnavailableError: The machine does not reach the required level.
            ToolchainError: The language's toolchain is not here.
            LaneLostError: `ATTEMPTS` lanes were lost over it.
        """
        row = language_of(language)

        def work(lane: Lane) -> Run:
            return starter(lane, program, row, limits or Limits(), self._builds)(stdin)

        return self._with_lane(program, row, work, priority, client)

    def judge_all(self, jobs: Iterable[Job], *, priority: int = 0, client: str = "") -> list[Judgement]:
        """Judges a batch on all lanes; the judgements come in the order of the jobs."""

        def one(job: Job) -> Judgement:
            return self._judge(job, priority, client)

        with ThreadPoolExecutor(self.size) as threads:
            return list(threads.map(one, jobs))

    async def judge_async(self, job: Job, *, priority: int = 0, client: str = "") -> Judgement:
        """The same as `judge`, for an event loop, which it does not hold up."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._judge, job, priority, client)

    async def run_async(
        self,
        program: str,
        stdin: bytes = b"",
        limits: Limits | None = None,
        *,
        priority: int = 0,
        client: str = "",
        language: str = PYTHON,
    ) -> Run:
        """The same as `run`, for an event loop, which it does not hold up."""
        run = partial(self.run, priority=priority, client=client, language=language)
        return await asyncio.get_running_loop().run_in_executor(self._threads, run, program, stdin, limits)

    def _judge(self, job: Job, priority: int, client: str) -> Judgement:
        return self.judge(
            job.program,
            job.tests,
            job.limits,
            stop=job.stop,
            priority=priority,
            client=client,
            language=job.language,
        )

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
        self._threads.shutdown()
        for slot in self._slots.take_all():
            slot.close()

    def __enter__(self) -> SandboxPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _remote(url: str) -> RemoteSandbox:
    from rlvr.sandbox.remote import RemoteSandbox

    return RemoteSandbox(url)


def _close(pool: SandboxPool | RemoteSandbox, owner: int) -> None:
    if os.getpid() == owner:  # and no child that a caller has forked
        pool.close()


_lock = threading.Lock()
_shared: dict[tuple[int, str, tuple[str, ...] | None], SandboxPool | RemoteSandbox] = {}

URL_VARIABLE: Final = "RLVR_SANDBOX_URL"
"""The environment variable that names a service to use instead of this machine; a run sets it from `sandbox.url`."""


def shared_pool(packages: Sequence[str] | None = None) -> SandboxPool | RemoteSandbox:
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
