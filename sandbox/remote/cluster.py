"""Pools on the machines of a Ray cluster, behind one door. `SandboxWorker` is a plain class; Ray wraps it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final, cast

from rlvr.errors import ConfigError, MissingDependencyError, RlvrError
from rlvr.sandbox.confine.packages import chosen_packages
from rlvr.sandbox.errors import LaneLostError
from rlvr.sandbox.interface import Job, RunJob, Sandbox
from rlvr.sandbox.languages.libraries import chosen_libraries
from rlvr.sandbox.levels import Level, required
from rlvr.sandbox.outcome import Judgement, Outcome, Run
from rlvr.sandbox.pool import SandboxPool
from rlvr.sandbox.queueing import FairQueue

ATTEMPTS: Final = 3
"""Workers that a job gets before it is given up as `sandbox_error`."""

_PATIENCE: Final = 120.0


class SandboxWorker:
    """A pool in an actor of its own: programs are forked neither from a trainer nor from its machine's memory.

    Args:
        lanes: How many programs run at a time.
        least: The level below which nothing is run.
        packages: Packages that programs may import.
        libraries: Libraries for programs in other languages.

    >>> from rlvr.sandbox import StdinTests
    >>> worker = SandboxWorker(1, "strict", [])
    >>> str(worker.judge(Job("print(7)", StdinTests([("", "7")]))).outcome)
    'accepted'
    >>> worker.close()
    """

    def __init__(
        self, lanes: int, least: str, packages: Sequence[str] | None, libraries: Sequence[str] | None = None
    ) -> None:
        self._pool = SandboxPool(lanes, Level(least), packages, libraries)

    def judge(self, job: Job) -> Judgement:
        """What becomes of a program."""
        return self._pool.judge_job(job)

    def run(self, job: RunJob) -> Run:
        """Runs a program and says what it wrote."""
        return self._pool.run_job(job)

    def close(self) -> None:
        """Ends all lanes."""
        self._pool.close()


class _Place:
    """A worker, which may be replaced."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.actor: Any = None
        self.lock = threading.Lock()


class ClusterSandbox(Sandbox):
    """Runs programs on workers all over a Ray cluster. Any thread may use it.

    No more jobs than there are lanes are out at a time; all others wait here, in a queue that is fair to clients and
    knows priorities. A worker that is lost is replaced, and its jobs go to others.

    Args:
        workers: How many; one for each node by default. They are spread over the nodes in turn.
        lanes: Programs that run at a time on each, and processors that it asks Ray for.
        least: The level below which nothing is run; what `RLVR_SANDBOX_REQUIRE` says here by default.
        packages: Packages that programs may import; see `SandboxPool`. What the environment says here by default.
        libraries: Libraries for programs in other languages; likewise.

    Raises:
        ConfigError: Ray has not been started.
        MissingDependencyError: Ray is not installed.
    """

    def __init__(
        self,
        workers: int | None = None,
        lanes: int = 1,
        least: Level | None = None,
        packages: Sequence[str] | None = None,
        libraries: Sequence[str] | None = None,
    ) -> None:
        try:
            import ray
        except ImportError:
            raise MissingDependencyError("A cluster needs Ray.", hint="pip install ray") from None
        self._ray: Any = ray
        if not self._ray.is_initialized():
            raise ConfigError(["ClusterSandbox needs a cluster"], hint="Call ray.init() first.")
        # Workers have the environment of their node, not of this process.
        packages = chosen_packages() if packages is None else packages
        libraries = chosen_libraries() if libraries is None else libraries
        self._given = (lanes, str(required() if least is None else least), packages, libraries)
        nodes = [str(node["NodeID"]) for node in self._ray.nodes() if node["Alive"]]
        self._places = [_Place(nodes[number % len(nodes)]) for number in range(workers or len(nodes))]
        super().__init__(lanes * len(self._places))
        self._permits = FairQueue(self._places * lanes)

    def judge_job(self, job: Job, *, priority: int = 0, client: str = "") -> Judgement:
        """What becomes of a program; see `Sandbox.judge_job`."""
        seconds = (job.tests.total + 1) * job.limits.seconds
        try:
            return self._on_worker("judge", job, seconds, priority, client)
        except LaneLostError as error:
            return Judgement(Outcome.SANDBOX_ERROR, total=job.tests.total, explanation=error.message)

    def run_job(self, job: RunJob, *, priority: int = 0, client: str = "") -> Run:
        """Runs a program and says what it wrote; see `Sandbox.run_job`.

        Raises:
            LaneLostError: `ATTEMPTS` workers were lost over it.
        """
        return self._on_worker("run", job, job.limits.seconds, priority, client)

    def _on_worker(self, method: str, job: Job | RunJob, seconds: float, priority: int, client: str) -> Any:
        exceptions = self._ray.exceptions
        said = ""
        for _ in range(ATTEMPTS):
            with self._permits.lend(priority=priority, client=client) as place:
                actor = self._actor(place)
                try:
                    return self._ray.get(getattr(actor, method).remote(job), timeout=3 * seconds + _PATIENCE)
                except exceptions.RayTaskError as error:
                    cause = cast("BaseException", error.cause)
                    raise cause if isinstance(cause, RlvrError) else error  # noqa: B904
                except (exceptions.RayActorError, exceptions.GetTimeoutError) as error:
                    said = f"{type(error).__name__} on node {place.node[:8]}"
                    self._drop(place, actor)
        raise LaneLostError(f"{ATTEMPTS} workers of the cluster were lost over it, the last by {said}.")

    def _actor(self, place: _Place) -> Any:
        with place.lock:
            if place.actor is None:
                lanes = self._given[0]
                strategy = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(place.node, soft=True)
                wrapped: Any = self._ray.remote(SandboxWorker)
                options = wrapped.options(num_cpus=lanes, max_concurrency=lanes, scheduling_strategy=strategy)
                place.actor = options.remote(*self._given)
            return place.actor

    def _drop(self, place: _Place, actor: Any) -> None:
        with place.lock:
            if place.actor is actor:  # and not replaced already, by another job that was on it
                self._ray.kill(actor)
                place.actor = None

    def close(self) -> None:
        """Ends all workers, once their jobs are done."""
        super().close()
        for place in set(self._permits.take_all()):
            if place.actor is not None:
                self._ray.kill(place.actor)
