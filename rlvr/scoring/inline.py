"""Rewards that run in the caller's process: plain ones in its thread, async ones on an event loop of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from rlvr.judging import in_place, judge_async, judge_one, judge_portion, portions
from rlvr.plain_reward import PlainReward
from rlvr.sample import Sample
from rlvr.scoring.overdue import Overdue
from rlvr.verdict import Verdict


class Inline:
    """Runs rewards that are not isolated; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._limits: dict[int, asyncio.Semaphore] = {}
        self._overdue = Overdue()

    def score(self, reward: PlainReward[Any], samples: Sequence[Sample]) -> list[Verdict]:
        """The verdicts, in order.

        Args:
            reward: One that is not isolated.
            samples: What to score.
        """
        if not reward.takes_many and not reward.is_async and reward.concurrency == 1:
            with self._overdue.watching(reward, samples) as begun:
                return [judge_one(reward, sample) for sample in begun]
        parts = portions(reward, samples)
        chosen = [[samples[i] for i in part] for part in parts]
        if reward.is_async:
            found = asyncio.run_coroutine_threadsafe(self._gather(reward, chosen), self._running()).result()
        elif reward.concurrency == 1 or len(chosen) <= 1:
            found = self._in_turn(reward, chosen)
        else:
            with ThreadPoolExecutor(min(reward.concurrency, len(chosen)), thread_name_prefix="rlvr-inline") as pool:
                each = pool.map(partial(self._in_turn, reward), ([part] for part in chosen))
                found = [verdicts for (verdicts,) in each]
        return in_place(parts, found)

    def close(self) -> None:
        """Stops the event loop; calls under way are cancelled."""
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._loop = None

    def _in_turn(self, reward: PlainReward[Any], parts: Sequence[list[Sample]]) -> list[list[Verdict]]:
        with self._overdue.watching(reward, parts) as begun:
            return [judge_portion(reward, part) for part in begun]

    async def _gather(self, reward: PlainReward[Any], parts: Sequence[list[Sample]]) -> list[list[Verdict]]:
        # One limit for all callers of the reward, made on the loop that it belongs to.
        limit = self._limits.setdefault(id(reward), asyncio.Semaphore(reward.concurrency))

        async def one(part: list[Sample]) -> list[Verdict]:
            async with limit:
                return await judge_async(reward, part)

        return await asyncio.gather(*(one(part) for part in parts))

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="rlvr-async", daemon=True).start()
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
