"""Who is next: a fair queue of threads that wait for one of a few things."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Lends each thing to one thread at a time.

    Higher priorities come first; within one, clients take turns, so that one with ten thousand jobs does not keep
    another with one job waiting; within a client, first come, first served. Whoever asks waits, which is what holds a
    producer back.

    Args:
        things: What there is to lend.

    >>> queue = FairQueue(["lane"])
    >>> with queue.lend() as lane:
    ...     print(lane)
    lane
    """

    def __init__(self, things: Iterable[T]) -> None:
        self._free = deque(things)
        self._count = len(self._free)
        self._condition = threading.Condition()
        self._waiting: list[tuple[int, int, int]] = []
        self._last: dict[str, int] = {}
        self._now = self._asked = 0

    @contextmanager
    def lend(self, *, priority: int = 0, client: str = "") -> Generator[T]:
        """One of the things, for as long as the block lasts; waits its turn for it.

        Args:
            priority: Higher comes first.
            client: Equal for those that share a turn.
        """
        thing = self._take(priority, client)
        try:
            yield thing
        finally:
            with self._condition:
                self._free.append(thing)
                self._condition.notify_all()

    def _take(self, priority: int, client: str) -> T:
        with self._condition:
            turn = max(self._now, self._last.get(client, -1)) + 1
            self._last[client] = turn
            self._asked += 1
            mine = (-priority, turn, self._asked)
            heapq.heappush(self._waiting, mine)
            try:
                while not self._free or self._waiting[0] != mine:
                    self._condition.wait()
            except BaseException:
                self._waiting.remove(mine)
                heapq.heapify(self._waiting)
                self._condition.notify_all()
                raise
            heapq.heappop(self._waiting)
            self._now = max(self._now, turn)
            if not self._waiting:
                self._last.clear()
            thing = self._free.popleft()
            self._condition.notify_all()
            return thing

    def take_all(self) -> list[T]:
        """Waits until everything is back, and keeps it."""
        with self._condition:
            while len(self._free) < self._count:
                self._condition.wait()
            taken = list(self._free)
            self._free.clear()
            self._count = 0
            return taken

    @property
    def waiting(self) -> int:
        """How many wait."""
        with self._condition:
            return len(self._waiting)
