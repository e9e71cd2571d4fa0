"""Worker processes and the threads that drive them.

Each thread owns one worker: it starts it, hands it samples from a shared queue one at a time, and replaces it when a
sample hangs or crashes it. Threads and not an event loop, because a scorer is called from anywhere, and because Linux
ties a child to the thread that started it.
"""

from __future__ import annotations

import pickle
import queue
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rlvr.errors import RewardDefinitionError
from rlvr.reward import Reward, describe, normalise
from rlvr.sample import Sample
from rlvr.scoring.process import DeadlinePassedError, WorkerLostError, WorkerProcess
from rlvr.scoring.worker import LOAD, SCORE
from rlvr.verdict import Status, Verdict


@dataclass(eq=False)
class _Batch:
    """Samples of one call, and the verdicts that have come in for them."""

    reward: int
    samples: Sequence[Sample]
    verdicts: list[Verdict | None]
    abandoned: bool = False
    failure: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    missing: int = 0

    def put(self, index: int, verdict: Verdict) -> None:
        self.verdicts[index] = verdict
        with self.lock:
            self.missing -= 1
            if not self.missing:
                self.done.set()

    def fail(self, error: Exception) -> None:
        self.failure = error
        self.abandoned = True
        self.done.set()


class Pool:
    """Scores samples with the given rewards in up to `workers` processes, started when first needed.

    Args:
        rewards: Every reward that will be asked for.
        workers: Number of processes.

    Raises:
        RewardDefinitionError: A reward cannot be sent to another process.
    """

    def __init__(self, rewards: Sequence[Reward[Any]], workers: int) -> None:
        self._rewards = list(rewards)
        self._keys = {id(reward): key for key, reward in enumerate(self._rewards)}
        self._pickled = [_pickled(reward) for reward in self._rewards]
        self._workers = workers
        self._queue: queue.SimpleQueue[tuple[_Batch, int] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._running: dict[threading.Thread, WorkerProcess] = {}
        self._closed = False

    def score(self, reward: Reward[Any], samples: Sequence[Sample]) -> list[Verdict]:
        """The verdicts, in order; returns once all are there. Any number of threads may call it."""
        batch = _Batch(self._keys[id(reward)], samples, [None] * len(samples), missing=len(samples))
        with self._lock:
            if self._closed:
                raise RuntimeError("This scorer is closed.")
            self._start_threads()
            for index in range(len(samples)):
                self._queue.put((batch, index))
        try:
            if samples:
                batch.done.wait()
        finally:
            batch.abandoned = True  # after Ctrl-C nobody waits for the rest
        if batch.failure is not None:
            raise batch.failure
        return [verdict for verdict in batch.verdicts if verdict is not None]

    def pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        return [process.pid for process in list(self._running.values())]

    def close(self) -> None:
        """Kills every worker. Samples still waiting get status `error`."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            threads = list(self._threads)
        for _ in threads:
            self._queue.put(None)
        for process in list(self._running.values()):
            process.interrupt()
        for thread in threads:
            if thread is not threading.current_thread():  # where the garbage collector closes a forgotten scorer
                thread.join()

    def _start_threads(self) -> None:
        for number in range(len(self._threads), self._workers):
            thread = threading.Thread(target=self._drive, name=f"rlvr-worker-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _drive(self) -> None:
        driver = _Driver(self)
        try:
            while (job := self._queue.get()) is not None:
                batch, index = job
                if batch.abandoned:
                    continue
                try:
                    batch.put(index, driver.verdict(batch.reward, batch.samples[index]))
                except Exception as error:  # noqa: BLE001 - a fault of ours must reach the caller, who waits for us
                    batch.fail(error)
        finally:
            driver.retire()

    # What a driver needs of its pool.

    def request(self, key: int) -> bytes:
        """The message that loads a reward."""
        # The path is read now and not at the start: a notebook may have extended it.
        return pickle.dumps((LOAD, key, self._rewards[key].identity, list(sys.path), self._pickled[key]))

    def reward(self, key: int) -> Reward[Any]:
        """The reward of that key."""
        return self._rewards[key]

    def adopt(self, process: WorkerProcess | None) -> None:
        """Notes which worker the calling thread runs, so that `close` can end it."""
        if process is None:
            self._running.pop(threading.current_thread(), None)
            return
        self._running[threading.current_thread()] = process
        if self._closed:
            process.interrupt()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed


class _Driver:
    """One thread's worker, replaced when it is lost."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._process: WorkerProcess | None = None
        self._loaded: set[int] = set()
        self._unloadable: dict[int, str] = {}
        self._served = 0
        self._asked = 0

    def verdict(self, key: int, sample: Sample) -> Verdict:
        """The verdict on one sample, whatever the reward does to the worker."""
        try:
            return self._attempt(key, sample)
        except WorkerLostError as error:
            # A worker that has served others may have died of what they left behind; the sample gets a fresh one.
            if not self._served or self._pool.closed:
                return self._lost(error)
        self.retire()
        try:
            return self._attempt(key, sample)
        except WorkerLostError as error:
            return self._lost(error)

    def retire(self) -> None:
        """Ends the worker; the next sample starts another."""
        if self._process is not None:
            self._process.kill()
        self._pool.adopt(None)
        self._process = None
        self._loaded.clear()
        self._served = 0

    def _lost(self, error: WorkerLostError) -> Verdict:
        self.retire()
        if self._pool.closed:
            return Verdict.unscored(Status.ERROR, "the scorer was closed before this sample was scored")
        return Verdict.unscored(Status.ERROR, f"the process that ran the reward {error}")

    def _attempt(self, key: int, sample: Sample) -> Verdict:
        if key in self._unloadable:
            return Verdict.unscored(Status.ERROR, self._unloadable[key])
        if self._pool.closed:
            raise WorkerLostError("was ended")
        process = self._ready(key)
        if process is None:
            return Verdict.unscored(Status.ERROR, self._unloadable[key])
        self._asked += 1
        try:
            request = pickle.dumps((SCORE, key, self._asked, sample), protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - what a task's `data` holds is the user's, and can fail in any way
            return Verdict.unscored(Status.ERROR, f"the sample cannot be sent to a process: {describe(error)}")
        timeout = self._pool.reward(key).spec.timeout
        start = time.perf_counter()
        try:
            answer = process.score(request, timeout)
        except DeadlinePassedError:
            self.retire()
            return Verdict.unscored(Status.TIMEOUT, f"killed after {timeout:.1f} s", elapsed=timeout)
        self._served += 1
        return replace(self._checked(key, answer), elapsed=time.perf_counter() - start)

    def _ready(self, key: int) -> WorkerProcess | None:
        """A worker that has the reward loaded, or nothing where it cannot be loaded; that is not tried again."""
        process = self._process
        if process is None:
            process = self._process = WorkerProcess()
            self._pool.adopt(process)
        if key in self._loaded:
            return process
        name = self._pool.reward(key).name
        try:
            answer = process.load(self._pool.request(key))
        except (WorkerLostError, DeadlinePassedError) as error:
            if self._pool.closed:
                raise WorkerLostError("was ended") from None
            self._unloadable[key] = f"loading `{name}` in a process: it {error or 'took too long'}"
            self.retire()
            return None
        if "loaded" not in answer:
            self._unloadable[key] = f"loading `{name}` in a process: {answer.get('failed')}"
            return None
        self._loaded.add(key)
        return process

    def _checked(self, key: int, answer: dict[str, Any]) -> Verdict:
        """The verdict in an answer, trusted no further than a reward's own return value."""
        try:
            verdict = normalise(Verdict.from_dict(answer["verdict"]), self._pool.reward(key).range)
            if answer["number"] == self._asked:
                return verdict
            why = "it answers another question"
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
            why = describe(error)
        self.retire()
        return Verdict.unscored(Status.ERROR, f"unusable answer from the process that ran the reward: {why}")


def _pickled(reward: Reward[Any]) -> bytes:
    import cloudpickle  # pyright: ignore[reportMissingTypeStubs]

    try:
        return cloudpickle.dumps(reward)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    except Exception as error:
        raise RewardDefinitionError(
            f"`{reward.name}` cannot be sent to another process: {describe(error)}.",
            hint="It uses something that cannot be copied (a lock, a file, a model): create that inside the function, "
            "or move the reward into a module that can be imported.",
        ) from error
