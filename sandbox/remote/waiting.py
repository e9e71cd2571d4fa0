"""Requests that wait: how many there may be, how long each may take, and what becomes of one that takes longer.

verl's client (`verl/utils/reward_score/sandbox_fusion/utils.py` of 0.9.1) sends a whole batch at once, waits for each
answer the seconds that it gave the program and ten more, and scores 0 whatever it is answered then, with one exception:
it asks again after a 504, twice. So a request is never turned away at once. It waits for room, then for its program,
and is answered 504 shortly before its client would give up. Its program goes on, and the same request, asked again,
finds it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Final

MOST_REQUESTS: Final = 1024
"""Requests that are read and wait or run, all together."""

MOST_MIB: Final = 256
"""Of their bodies, all together, and as much again of answers that wait to be asked for again."""

KEPT: Final = 120.0
"""Seconds that an answer is kept, once its client was answered 504."""


class Room:
    """Room for requests; who finds none waits for it in turn.

    Args:
        requests: How many may be inside.
        size: Bytes of all of them together. One that is larger goes in alone.

    >>> async def enter_two():
    ...     room = Room(1, 100)
    ...     return await room.enter(50, 0.01), await room.enter(50, 0.01)
    >>> asyncio.run(enter_two())
    (True, False)
    """

    def __init__(self, requests: int, size: int) -> None:
        self._requests, self._size = requests, size
        self.inside = self.held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def enter(self, size: int, patience: float) -> bool:
        """Waits for room; whether there was any within the seconds of `patience`."""
        if not self._waiting and self._fits(size):
            self._take(size)
            return True
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await asyncio.wait_for(turn, patience)
        except TimeoutError:
            return False
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(1, size)
            raise
        return True

    def leave(self, requests: int, size: int) -> None:
        """Makes room for others.

        Args:
            requests: 1 where one was answered.
            size: Bytes that are not held any more.
        """
        self.inside -= requests
        self.held -= size
        while self._waiting and (self._waiting[0][1].done() or self._fits(self._waiting[0][0])):
            wanted, turn = self._waiting.popleft()
            if not turn.done():
                self._take(wanted)
                turn.set_result(None)

    def _fits(self, size: int) -> bool:
        return not self.inside or (self.inside < self._requests and self.held + size <= self._size)

    def _take(self, size: int) -> None:
        self.inside += 1
        self.held += size


class Unclaimed:
    """Answers whose clients were answered 504, until they ask again.

    Args:
        size: Bytes of all of them together; the oldest go first.
        seconds: How long each is kept.
    """

    def __init__(self, size: int = MOST_MIB << 20, seconds: float = KEPT) -> None:
        self._size, self._seconds = size, seconds
        self._tasks: OrderedDict[asyncio.Task[bytes], bytes] = OrderedDict()

    def leave(self, key: bytes, task: asyncio.Task[bytes]) -> None:
        """Keeps what will be the answer to the request of this key."""
        self._tasks[task] = key
        task.add_done_callback(self._trim)

    def claim(self, key: bytes) -> asyncio.Task[bytes] | None:
        """The oldest answer, or what will be one, to such a request; nobody else gets it."""
        for task, other in self._tasks.items():
            if other == key:
                del self._tasks[task]
                return task
        return None

    def _trim(self, task: asyncio.Task[bytes]) -> None:
        if task in self._tasks:
            asyncio.get_running_loop().call_later(self._seconds, self._tasks.pop, task, None)
        done = [one for one in self._tasks if one.done()]
        held = sum(_length(one) for one in done)
        while held > self._size:
            held -= _length(done[0])
            del self._tasks[done.pop(0)]


def _length(task: asyncio.Task[bytes]) -> int:
    return 0 if task.cancelled() or task.exception() is not None else len(task.result())
