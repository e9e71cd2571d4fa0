"""Threads that may be lost: a call that never returns takes one with it, and the process ends nevertheless."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
_Work: TypeAlias = "tuple[Future[T], Callable[[], T]] | None"


class Threads(Generic[T]):
    """Like a `ThreadPoolExecutor`, but the interpreter does not wait for its threads when it ends.

    Args:
        most: Calls at a time, those left behind not counted.

    >>> threads = Threads[int](2)
    >>> threads.submit(lambda: 6 * 7).result()
    42
    """

    def __init__(self, most: int) -> None:
        self._queue: SimpleQueue[_Work[T]] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._room, self._started = most, 0

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """The call's result, once a thread has come to it."""
        future: Future[T] = Future()
        self._queue.put((future, call))
        if not self._idle.acquire(blocking=False) and self._started < self._room:
            self._started += 1
            threading.Thread(target=self._work, name=f"rlvr-judge-{self._started}", daemon=True).start()
        return future

    def leave_one_behind(self) -> None:
        """A thread will not come back; another may take its place."""
        self._room += 1

    def close(self) -> None:
        """Ends the threads that are not at work; those that are end after it."""
        for _ in range(self._started):
            self._queue.put(None)

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            future, call = work
            try:
                future.set_result(call())
            finally:
                if (error := sys.exc_info()[1]) is not None:  # which ends this thread
                    self.leave_one_behind()
                    future.set_exception(error)
            self._idle.release()
