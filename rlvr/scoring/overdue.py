"""Says that an inline reward is past its deadline, while it still is: nothing else tells why a run stands still."""

from __future__ import annotations

import inspect
import threading
import time
import warnings
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from rlvr.plain_reward import PlainReward

T = TypeVar("T")


class Overdue:
    """Watches the calls of plain inline rewards from a thread of its own; any thread may use it.

    A reward that passes its timeout is told of once, as a `RuntimeWarning`. The thread ends when nothing is at work.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls: set[_Calls] = set()
        self._told: set[int] = set()
        self._watching = False
        self._wakes = 0.0

    @contextmanager
    def watching(self, reward: PlainReward[Any], parts: Iterable[T]) -> Generator[Iterator[T]]:
        """The parts again, each with a call of the reward that begins when it is taken.

        Args:
            reward: A plain one, which runs in this thread.
            parts: What each call is about.
        """
        calls = _Calls(reward)
        with self._changed:
            self._calls.add(calls)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="rlvr-overdue", daemon=True).start()
            elif calls.deadline < self._wakes:
                self._changed.notify()
        try:
            yield calls.begun(parts)
        finally:
            with self._changed:
                self._calls.discard(calls)

    def _watch(self) -> None:
        with self._changed:
            while self._calls:
                now = time.monotonic()
                for calls in [calls for calls in self._calls if calls.deadline <= now]:
                    self._tell(calls.reward)
                    self._calls.discard(calls)  # of this reward nothing more is said
                if self._calls:
                    self._wakes = min(calls.deadline for calls in self._calls)
                    self._changed.wait(max(0.0, self._wakes - now))
            self._watching = False

    def _tell(self, reward: PlainReward[Any]) -> None:
        if id(reward) in self._told:
            return
        self._told.add(id(reward))
        code = getattr(inspect.unwrap(reward.function), "__code__", None)
        file, line = (__file__, 1) if code is None else (code.co_filename, code.co_firstlineno)
        warnings.warn_explicit(
            f"`{reward.name}` is still at work after its timeout of {reward.spec.timeout:g} s. It runs inline, where "
            'nothing can end it: declare isolate="process", and it is killed at its timeout.',
            RuntimeWarning,
            file,
            line,
        )


class _Calls:
    """One thread's calls of a reward, one after the other."""

    def __init__(self, reward: PlainReward[Any]) -> None:
        self.reward = reward
        self.deadline = time.monotonic() + reward.spec.timeout

    def begun(self, parts: Iterable[T]) -> Iterator[T]:
        for part in parts:
            self.deadline = time.monotonic() + self.reward.spec.timeout
            yield part
