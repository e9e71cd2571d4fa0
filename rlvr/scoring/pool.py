"""Worker processes and the threads that drive them.

Each thread owns one worker: it has it forked, hands it portions of samples, and replaces it when a sample hangs or
crashes it. Threads and not an event loop, because a scorer is called from anywhere.

Calls take turns: whoever waits for a quick reward does not wait for all of another caller's slow samples first. How
many samples go over at a time follows from how long they took so far.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rlvr.judging import portions
from rlvr.plain_reward import PlainReward
from rlvr.sample import Sample
from rlvr.scoring.driver import Driver, Workers
from rlvr.verdict import Verdict

_LARGEST_PORTION = 64
_PORTION_SECONDS = 0.05
"""About how long a worker is busy with what it is handed at a time: long beside the hand-over, short for who waits."""


@dataclass(eq=False)
class _Call:
    """Samples of one call of `score`, and the verdicts that have come in for them."""

    reward: int
    parts: deque[list[int]]
    samples: Sequence[Sample]
    verdicts: list[Verdict | None]
    missing: int
    failure: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def put(self, index: int, verdict: Verdict) -> None:
        self.verdicts[index] = verdict
        self.missing -= 1
        if not self.missing:
            self.done.set()

    def fail(self, error: Exception) -> None:
        self.failure = error
        self.parts.clear()
        self.done.set()


class Pool(Workers):
    """Scores samples with the given rewards in up to `workers` processes, started when first needed.

    Args:
        rewards: Every reward that will be asked for.
        workers: Number of processes.

    Raises:
        RewardDefinitionError: A reward cannot be sent to another process.
    """

    def __init__(self, rewards: Sequence[PlainReward[Any]], workers: int) -> None:
        super().__init__(rewards)
        self._keys = {id(reward): key for key, reward in enumerate(self.rewards)}
        self._workers = workers
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._calls: deque[_Call] = deque()
        self._threads: list[threading.Thread] = []

    def score(self, reward: PlainReward[Any], samples: Sequence[Sample]) -> list[Verdict]:
        """The verdicts, in order; returns once all are there. Any number of threads may call it.

        Args:
            reward: One of the pool's.
            samples: What to score.
        """
        if not samples:
            return []
        key = self._keys[id(reward)]
        call = _Call(key, deque(portions(reward, samples)), samples, [None] * len(samples), missing=len(samples))
        with self._work:
            if self.closed:
                raise RuntimeError("This scorer is closed.")
            self._start_threads()
            self._calls.append(call)
            self._work.notify_all()
        try:
            call.done.wait()
        finally:
            call.parts.clear()  # after Ctrl-C nobody waits for the rest
        if call.failure is not None:
            raise call.failure
        return [verdict for verdict in call.verdicts if verdict is not None]

    def pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        return [process.pid for process in list(self._running.values())]

    def close(self) -> None:
        """Kills every worker. Samples still waiting get status `error`."""
        with self._work:
            if self.closed:
                return
            self.closed = True
            threads = list(self._threads)
            self._work.notify_all()
        with self._nursery_lock:
            if self._nursery is not None:
                self._nursery.close()
        for thread in threads:
            if thread is not threading.current_thread():  # where the garbage collector closes a forgotten scorer
                thread.join()

    def _start_threads(self) -> None:
        for number in range(len(self._threads), self._workers):
            thread = threading.Thread(target=self._drive, name=f"rlvr-worker-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _drive(self) -> None:
        driver = Driver(self)
        try:
            while (job := self._next()) is not None:
                call, part = job
                try:
                    samples = [call.samples[i] for i in part]
                    for place, verdict in driver.verdicts(call.reward, samples):
                        with self._lock:
                            call.put(part[place], verdict)
                except Exception as error:  # noqa: BLE001 - a fault of ours must reach the caller, who waits for us
                    call.fail(error)
        finally:
            driver.retire()

    def _next(self) -> tuple[_Call, list[int]] | None:
        """A portion of the call whose turn it is; after it, it is the next one's."""
        with self._work:
            while True:
                while self._calls and not self._calls[0].parts:
                    self._calls.popleft()
                if self._calls:
                    break
                if self.closed:
                    return None
                self._work.wait()
            call = self._calls[0]
            self._calls.rotate(-1)
            part = call.parts.popleft()
            if not self.rewards[call.reward].takes_many:
                wanted = self._portion(call)
                while call.parts and len(part) < wanted:
                    part = part + call.parts.popleft()
            return call, part

    def _portion(self, call: _Call) -> int:
        fair = -(-(len(call.parts) + 1) // self._workers)
        seconds = self._seconds[call.reward]
        quick = _LARGEST_PORTION if not seconds else max(1, int(_PORTION_SECONDS / seconds))
        return min(_LARGEST_PORTION, fair, quick)
