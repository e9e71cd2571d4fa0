"""Two versions of a reward over the same rows: whose verdict changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from types import TracebackType
from typing import Any, Self

from rlvr.compose import Composable
from rlvr.errors import RewardDefinitionError
from rlvr.review.rows import Row
from rlvr.review.scoring import judged, row_batches
from rlvr.sample import Sample
from rlvr.scoring import Scorer
from rlvr.verdict import Verdict

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both verdicts on one row."""

    row: Row
    old: Verdict
    new: Verdict

    @property
    def changed(self) -> bool:
        """Whether status or score differ; another explanation of the same score is no change."""
        if self.old.score is None or self.new.score is None:
            return self.old.status is not self.new.status
        return abs(self.old.score - self.new.score) > _TOLERANCE


@dataclass(frozen=True, slots=True)
class Version:
    """A reward as the process that runs it knows it."""

    name: str
    identity: str
    compares: bool


class Versions:
    """Two rewards, each in a process of its own, so that they may share name, file name and modules beside them.

    Args:
        old: Name of the first; as `rlvr.get_reward` takes it.
        new: Name of the second.
        workers: Processes of each, for rewards that run in one of their own.

    Raises:
        UnknownRewardError, RewardDefinitionError: One of the two cannot be had.
    """

    def __init__(self, old: str, new: str, *, workers: int = 1) -> None:
        self._names = (old, new)
        self._stack = ExitStack()
        self._pools = [self._stack.enter_context(ProcessPoolExecutor(1, get_context("spawn"))) for _ in self._names]
        try:
            opened = [pool.submit(_open, name, workers) for pool, name in zip(self._pools, self._names, strict=True)]
            self.old, self.new = (self._wait(future, name) for future, name in zip(opened, self._names, strict=True))
        except BaseException:
            self._stack.close()
            raise

    def compare(self, rows: Iterable[Row]) -> Iterator[Comparison]:
        """Each row with both verdicts, in order; the file is never held whole."""
        for chunk in row_batches(rows, by_group=self.old.compares or self.new.compares):
            samples = [row.sample for row in chunk]
            futures = [pool.submit(_score, samples) for pool in self._pools]
            old, new = (self._wait(future, name) for future, name in zip(futures, self._names, strict=True))
            yield from (Comparison(*parts) for parts in zip(chunk, old, new, strict=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def _wait(self, future: Future[Any], name: str) -> Any:
        try:
            return future.result()
        except BrokenProcessPool:
            hint = 'With @reward(..., isolate="process") only the sample that kills it would fail.'
            raise RewardDefinitionError(f"The process that ran `{name}` died.", hint=hint) from None


_scorer: Scorer | None = None
"""Of the one reward that this process, a child of `Versions`, knows."""


def _open(name: str, workers: int) -> Version:
    global _scorer  # noqa: PLW0603 - what a pool's process keeps from task to task
    from rlvr.registry import get

    reward: Composable = get(name)
    _scorer = Scorer(reward, workers=workers, max_error_rate=1.0)
    return Version(reward.name, reward.identity, reward.compares)


def _score(samples: Sequence[Sample]) -> list[Verdict]:
    assert _scorer is not None
    return judged(_scorer, samples)
