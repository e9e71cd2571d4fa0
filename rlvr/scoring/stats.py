"""How long rewards take and how often they fail."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass

from rlvr.sample import Sample
from rlvr.verdict import Status, Verdict

_REMEMBERED = 4096
_SLOWEST = 5


@dataclass(frozen=True, slots=True)
class RewardStats:
    """Figures of one plain reward since its scorer was made.

    Args:
        count: Samples it gave a verdict on.
        cached: Of these, those answered from memory.
        abstained: Of these, those it had no opinion on.
        errors: Of these, those with status `error`.
        timeouts: Of these, those that met the deadline.
        p50: Median seconds a sample took, of the last 4,096 that were not answered from memory.
        p99: 99th percentile of the same.
        max: Longest time a sample took, ever.
        slowest: Ids and seconds of the five slowest samples, slowest first.
    """

    count: int
    cached: int
    abstained: int
    errors: int
    timeouts: int
    p50: float
    p99: float
    max: float
    slowest: tuple[tuple[str, float], ...]


class Recorder:
    """Gathers the figures of one reward; its owner sees to it that one thread at a time calls it.

    >>> recorder = Recorder()
    >>> recorder.record([Sample("", id="a")], [Verdict(1.0, elapsed=0.1)], [True])
    >>> recorder.stats().slowest
    (('a', 0.1),)
    """

    def __init__(self) -> None:
        self._statuses: Counter[Status] = Counter()
        self._recent: deque[float] = deque(maxlen=_REMEMBERED)
        self._slowest: list[tuple[float, int, str]] = []
        self._count = 0
        self._cached = 0

    def record(self, samples: Sequence[Sample], verdicts: Sequence[Verdict], fresh: Sequence[bool]) -> None:
        """Takes in the verdicts of some samples, and which of them are not from memory."""
        for sample, verdict, new in zip(samples, verdicts, fresh, strict=True):
            self._statuses[verdict.status] += 1
            if not new:
                self._count, self._cached = self._count + 1, self._cached + 1
                continue
            self._recent.append(verdict.elapsed)
            heapq.heappush(self._slowest, (verdict.elapsed, -self._count, sample.id or f"sample {self._count}"))
            if len(self._slowest) > _SLOWEST:
                heapq.heappop(self._slowest)
            self._count += 1

    def stats(self) -> RewardStats:
        """The figures so far."""
        times = sorted(self._recent)
        slowest = sorted(self._slowest, reverse=True)
        return RewardStats(
            count=self._count,
            cached=self._cached,
            abstained=self._statuses[Status.ABSTAINED],
            errors=self._statuses[Status.ERROR],
            timeouts=self._statuses[Status.TIMEOUT],
            p50=_quantile(times, 0.5),
            p99=_quantile(times, 0.99),
            max=slowest[0][0] if slowest else 0.0,
            slowest=tuple((name, seconds) for seconds, _, name in slowest),
        )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
