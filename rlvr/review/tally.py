"""What many verdicts come to: counts, mean, quartiles, a histogram, frequent explanations, latencies."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rlvr.scoring.outcome import FAILED, likeness
from rlvr.verdict import Status, Verdict

_BINS: Final = 10
_FEW_VALUES: Final = 10
_SLOWEST: Final = 5
_LONGEST_EXPLANATION: Final = 200
_MOST_PATTERNS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Bar:
    """Scores in [low, high), or in [low, high] for the last; of one value where the two are the same."""

    low: float
    high: float
    count: int


@dataclass(slots=True)
class Explanation:
    """An explanation, up to the values quoted in it.

    Attributes:
        text: As first given; what differs from sample to sample reads `…`.
        count: How often.
        place: Where it was first given.
        status: With which status.
    """

    text: str
    count: int
    place: str
    status: Status


class Tally:
    """Takes verdicts in one by one; keeps a number or two of each, and never the texts.

    Args:
        range: Lowest and highest score of the reward.

    >>> tally = Tally((0.0, 1.0))
    >>> tally.add("said.jsonl:1", Verdict(1.0, elapsed=0.002))
    >>> tally.add("said.jsonl:2", Verdict.wrong("'5' is not '4'"))
    >>> tally.mean, tally.histogram()[1], tally.explanations(1)[0].text
    (0.5, Bar(low=1.0, high=1.0, count=1), "'5' is not '4'")
    """

    def __init__(self, range: tuple[float, float]) -> None:
        self.range = range
        self.statuses: Counter[Status] = Counter()
        self.count = 0
        self._scores = array("d")
        self._seconds = array("d")
        self._slowest: list[tuple[float, int, str]] = []
        self._explanations: dict[tuple[Status, str], Explanation] = {}

    def add(self, place: str, verdict: Verdict) -> None:
        """Takes in the verdict on the sample at `place`."""
        self.statuses[verdict.status] += 1
        if verdict.score is not None:
            self._scores.append(verdict.score)
        self._seconds.append(verdict.elapsed)
        heapq.heappush(self._slowest, (verdict.elapsed, -self.count, place))
        if len(self._slowest) > _SLOWEST:
            heapq.heappop(self._slowest)
        self.count += 1
        self._explain(place, verdict)

    @property
    def failed(self) -> int:
        """Verdicts with status `error` or `timeout`."""
        return sum(self.statuses[status] for status in FAILED)

    @property
    def failure_rate(self) -> float:
        """Their share."""
        return self.failed / self.count if self.count else 0.0

    @property
    def mean(self) -> float | None:
        """Of the scores there are; `None` where there is none."""
        return sum(self._scores) / len(self._scores) if self._scores else None

    def quantiles(self, *shares: float) -> list[float]:
        """Of the scores, interpolated; empty where there is none."""
        return _quantiles(self._scores, shares)

    def latency(self, *shares: float) -> list[float]:
        """Quantiles of the seconds that a verdict took."""
        return _quantiles(self._seconds, shares)

    def slowest(self) -> list[tuple[str, float]]:
        """Place and seconds of the slowest samples, slowest first."""
        return [(place, seconds) for seconds, _, place in sorted(self._slowest, reverse=True)]

    def histogram(self) -> list[Bar]:
        """A bar for each value where there are few, else ten bars of one width over the reward's range."""
        values = Counter(round(score, 9) for score in self._scores)
        low, high = self.range
        if len(values) <= _FEW_VALUES:
            ends = (end for end in self.range if len(values) < _FEW_VALUES - 1)
            return [Bar(value, value, values[value]) for value in sorted({*values, *ends})]
        width = (high - low) / _BINS
        counts = Counter(min(_BINS - 1, int((score - low) / width + 1e-9)) for score in self._scores)
        return [Bar(low + i * width, low + (i + 1) * width, counts[i]) for i in range(_BINS)]

    def explanations(self, count: int) -> list[Explanation]:
        """The most frequent."""
        return heapq.nlargest(count, self._explanations.values(), key=lambda one: one.count)

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {
            "rows": self.count,
            "statuses": {str(status): self.statuses[status] for status in Status},
            "failure_rate": self.failure_rate,
            "mean": self.mean,
            "quartiles": self.quantiles(0.25, 0.5, 0.75),
            "histogram": [{"low": bar.low, "high": bar.high, "count": bar.count} for bar in self.histogram()],
            "explanations": [
                {"text": one.text, "count": one.count, "status": str(one.status), "first": one.place}
                for one in self.explanations(10)
            ],
            "latency_seconds": dict(zip(("p50", "p99"), self.latency(0.5, 0.99), strict=False)),
            "slowest": [{"place": place, "seconds": seconds} for place, seconds in self.slowest()],
        }

    def _explain(self, place: str, verdict: Verdict) -> None:
        text = verdict.explanation[:_LONGEST_EXPLANATION]
        if not text:
            return
        pattern = likeness(text)
        known = self._explanations.get((verdict.status, pattern))
        if known is not None:
            known.count += 1
            if known.text != text:
                known.text = pattern
        elif len(self._explanations) < _MOST_PATTERNS:
            self._explanations[verdict.status, pattern] = Explanation(text, 1, place, verdict.status)


def _quantiles(values: array[float], shares: Sequence[float]) -> list[float]:
    if not values:
        return []
    import numpy as np

    return [float(value) for value in np.quantile(np.frombuffer(values), shares)]
