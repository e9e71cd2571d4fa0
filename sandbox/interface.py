"""What every sandbox has, wherever its programs run: here, at a service, on a cluster."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Self

from rlvr.sandbox.checks import Tests
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.files import Files
from rlvr.sandbox.languages.catalogue import PYTHON
from rlvr.sandbox.outcome import Judgement, Run

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
        solution: The task's reference solution, where it has one: the control where tests come to no verdict.
    """

    program: str
    tests: Tests
    limits: Limits = field(default_factory=Limits)
    stop: bool = True
    language: str = PYTHON
    solution: str = ""


@dataclass(frozen=True, slots=True)
class RunJob:
    """A program to be run, without tests.

    Args:
        program: Its source.
        stdin: What it reads.
        limits: What its process may take.
        language: See `rlvr.sandbox.languages`.
        files: What lies beside it, and what of its folder is wanted.
    """

    program: str
    stdin: bytes = b""
    limits: Limits = field(default_factory=Limits)
    language: str = PYTHON
    files: Files | None = None


class Sandbox(ABC):
    """Runs programs and judges them. Any thread may use it.

    Args:
        size: How many programs run at a time.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        # Each waits for its turn in a queue, which is fair only among those that it sees.
        self._threads = ThreadPoolExecutor(max(_WAITERS, 2 * size), thread_name_prefix=type(self).__name__)

    @abstractmethod
    def judge_job(self, job: Job, *, priority: int = 0, client: str = "") -> Judgement:
        """What becomes of a program; waits its turn.

        Args:
            job: The program and its tests.
            priority: Higher comes first.
            client: Clients take turns.
        """

    @abstractmethod
    def run_job(self, job: RunJob, *, priority: int = 0, client: str = "") -> Run:
        """What a program writes; waits its turn.

        Args:
            job: The program.
            priority: Higher comes first.
            client: Clients take turns.

        Raises:
            SandboxUnavailableError: The machine does not reach the required level.
            ToolchainError: The language's toolchain is not there.
            LaneLostError: The program could not be run.
        """

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
        """Runs a program and says what it wrote; see `run_job`."""
        job = RunJob(program, stdin, limits or Limits(), language)
        return self.run_job(job, priority=priority, client=client)

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
        solution: str = "",
    ) -> Judgement:
        """What becomes of a program; waits its turn.

        Args:
            program: Its source.
            tests: See `rlvr.sandbox.checks`.
            limits: What each of its processes may take.
            stop: End at the first test that fails.
            priority: Higher comes first.
            client: Clients take turns.
            language: See `rlvr.sandbox.languages`.
            solution: See `Job`.

        Raises:
            SandboxUnavailableError: The machine does not reach the required level.
            ToolchainError: The language's toolchain is not there.
            BadTestsError: Tests that this language, or this sandbox, does not have.
        """
        job = Job(program, tests, limits or Limits(), stop, language, solution)
        return self.judge_job(job, priority=priority, client=client)

    def judge_all(self, jobs: Iterable[Job], *, priority: int = 0, client: str = "") -> list[Judgement]:
        """Judges a batch, as many at a time as it can; the judgements come in the order of the jobs."""
        with ThreadPoolExecutor(self.size) as threads:
            return list(threads.map(partial(self.judge_job, priority=priority, client=client), jobs))

    async def judge_async(self, job: Job, *, priority: int = 0, client: str = "") -> Judgement:
        """The same as `judge_job`, for an event loop, which it does not hold up."""
        work = partial(self.judge_job, job, priority=priority, client=client)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def run_async(self, job: RunJob, *, priority: int = 0, client: str = "") -> Run:
        """The same as `run_job`, for an event loop, which it does not hold up."""
        work = partial(self.run_job, job, priority=priority, client=client)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Ends what it holds, once its jobs are done."""
        self._threads.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
