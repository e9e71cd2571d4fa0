"""Do the reward and a metric held out of it still agree? What `watch` adds to the numbers of a step.

A policy that learns to please its reward rather than to do better raises the one and not the other. Of the samples of a
step that both scored:

| key | |
|---|---|
| `watch/NAME/mean` | the mean of what is held out |
| `watch/NAME/rewarded` | the mean of the reward |
| `watch/NAME/rank_correlation` | Spearman's, of the two over the samples |
| `watch/NAME/alarm` | 1 where, over the last steps, they part; see `Divergence` |
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from rlvr.verdict import Verdict

WINDOW: Final = 20
"""Steps over which a trend is looked for."""
_TREND: Final = 0.5  # Spearman's over 20 steps: by chance in one window of eighty
_FEWEST: Final = 4


class Divergence:
    """Raises an alarm when, over a window of steps, the reward rises and what is held out falls.

    A trend is Spearman's correlation of the step means with the step, above 0.5 or below -0.5. It depends on the last
    `window` lines of the metrics and nothing else, so that a resumed run raises the same alarms.

    Args:
        lines: Metrics of earlier steps, oldest first.
        window: How many steps; fewer raise no alarm.

    >>> rising = Divergence(window=5)
    >>> for step in range(5):
    ...     numbers = {"watch/mt.bleu/rewarded": step / 10, "watch/mt.bleu/mean": 0.5 - step / 10}
    ...     alarm = rising.update(numbers)
    >>> alarm
    {'watch/mt.bleu/alarm': 1.0}
    """

    def __init__(self, lines: Iterable[Mapping[str, float]] = (), *, window: int = WINDOW) -> None:
        self._window = window
        self._seen: dict[str, deque[tuple[float, float]]] = {}
        for line in lines:
            self.update(line)

    def update(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """Takes the numbers of a step; returns the alarm, 0 or 1, of each watched metric among them."""
        alarms: dict[str, float] = {}
        for key in numbers:
            if key.startswith("watch/") and key.endswith("/mean"):
                name = key.removeprefix("watch/").removesuffix("/mean")
                seen = self._seen.setdefault(name, deque(maxlen=self._window))
                seen.append((numbers[f"watch/{name}/rewarded"], numbers[key]))
                alarms[f"watch/{name}/alarm"] = float(self._parted(seen))
        return alarms

    def _parted(self, seen: deque[tuple[float, float]]) -> bool:
        if len(seen) < self._window:
            return False
        steps = list(range(len(seen)))
        rewarded, held_out = zip(*seen, strict=True)
        return rank_correlation(steps, rewarded) > _TREND and rank_correlation(steps, held_out) < -_TREND


def watched_statistics(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """The numbers of a step about what is watched; none where nothing is.

    >>> from rlvr.compose import watched
    >>> scores = (0.1, 0.2), (0.5, 0.3), (0.6, 0.1), (0.9, 0.6)
    >>> verdicts = [Verdict(r, metrics=watched("mt.bleu", r, h)) for r, h in scores]
    >>> {key: round(value, 3) for key, value in watched_statistics(verdicts).items()}
    {'watch/mt.bleu/mean': 0.3, 'watch/mt.bleu/rewarded': 0.525, 'watch/mt.bleu/rank_correlation': 0.4}
    """
    pairs: dict[str, list[tuple[float, float]]] = {}
    for verdict in verdicts:
        for key, score in verdict.metrics.items():
            if key.startswith("watch/") and key.endswith("/rewarded"):
                name = key.removeprefix("watch/").removesuffix("/rewarded")
                pairs.setdefault(name, []).append((score, verdict.metrics[f"watch/{name}/held_out"]))
    numbers: dict[str, float] = {}
    for name, both in pairs.items():
        rewarded, held_out = zip(*both, strict=True)
        numbers[f"watch/{name}/mean"] = float(np.mean(held_out))
        numbers[f"watch/{name}/rewarded"] = float(np.mean(rewarded))
        if len(both) >= _FEWEST:
            numbers[f"watch/{name}/rank_correlation"] = rank_correlation(rewarded, held_out)
    return numbers


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Spearman's rank correlation, ties taking their mean rank; 0 where one side is constant.

    >>> rank_correlation([1, 2, 3, 4], [10, 20, 40, 30])
    0.8
    """
    ranks = [_ranks(np.asarray(values, dtype=np.float64)) for values in (left, right)]
    first, second = (rank - rank.mean() for rank in ranks)
    norm = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return round(float((first * second).sum()) / norm, 12) if norm else 0.0


def _ranks(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]
