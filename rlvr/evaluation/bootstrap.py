"""Intervals and differences by the bootstrap over items (Efron 1979; paired for two systems, Koehn 2004).

An item adds a vector of statistics; a metric is a function of their sum. Resampling items with replacement and summing
anew so serves ratios and corpus BLEU alike. Items of a group are drawn among themselves where the metric is the mean of
groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from rlvr.suite import Kind

FloatArray: TypeAlias = npt.NDArray[np.float64]

RESAMPLES: Final = 2000
_CELLS: Final = 4_000_000
"""Drawn items held at a time, in all columns together."""
_WIDTHS: Final[Mapping[Kind, int]] = {"ratio": 2, "bleu": 10}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval (percentiles of the bootstrap)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The second system minus the first.

    Attributes:
        estimate: Of the difference, on the same items.
        p: Two-sided: how often the bootstrap's difference, shifted to the mean 0, is as large.
    """

    estimate: Estimate
    p: float


def estimate(strata: Sequence[FloatArray], kind: Kind, *, seed: int = 0, resamples: int = RESAMPLES) -> Estimate:
    """A metric over all strata, the mean of theirs where there are several.

    Args:
        strata: The statistics of the items, (items, columns) each.
        kind: How sums become the metric.
        seed: Of the draws.
        resamples: How many.

    >>> right = np.array([[1.0, 1.0]] * 80 + [[0.0, 1.0]] * 20)
    >>> found = estimate([right], "ratio")
    >>> found.value, 0.70 < found.low < 0.74, 0.86 < found.high < 0.90
    (0.8, True, True)
    """
    if not strata:
        return Estimate(float("nan"), float("nan"), float("nan"))
    drawn = np.mean([reduced(_sums(stratum, seed, resamples), kind) for stratum in strata], axis=0)
    return _interval(whole(strata, kind), drawn)


def difference(
    first: Sequence[FloatArray],
    second: Sequence[FloatArray],
    kind: Kind,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Difference:
    """What the second system has more than the first, on the same items in the same order.

    Args:
        first: As for `estimate`.
        second: The same items, answered by another system.
        kind: How sums become the metric.
        seed: Of the draws.
        resamples: How many.

    >>> weak = np.array([[0.0, 1.0]] * 50 + [[1.0, 1.0]] * 50)
    >>> strong = np.array([[1.0, 1.0]] * 80 + [[0.0, 1.0]] * 20)
    >>> found = difference([weak], [strong], "ratio")
    >>> round(found.estimate.value, 6), found.p < 0.01
    (0.3, True)
    """
    parts = list[FloatArray]()
    for one, other in zip(first, second, strict=True):
        sums = _sums(np.hstack([one, other]), seed, resamples)
        parts.append(reduced(sums[:, one.shape[1] :], kind) - reduced(sums[:, : one.shape[1]], kind))
    drawn = np.mean(parts, axis=0)
    value = whole(second, kind) - whole(first, kind)
    as_large = int(np.sum(np.abs(drawn - drawn.mean()) >= abs(value) - 1e-12))
    return Difference(_interval(value, drawn), (as_large + 1) / (resamples + 1))


def width(kind: Kind) -> int:
    """How many statistics an item has for a metric of that kind."""
    return _WIDTHS[kind]


def reduced(sums: FloatArray, kind: Kind) -> FloatArray:
    """The metric of each row of sums; NaN where there is nothing to divide by."""
    if kind == "bleu":
        return _bleu(sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sums[:, 1] > 0, sums[:, 0] / sums[:, 1], np.nan)


def _bleu(sums: FloatArray) -> FloatArray:
    """Corpus BLEU as a share (Papineni et al. 2002), with sacrebleu's exponential smoothing of orders without a match.

    The columns are length, reference length, matches of order 1 to 4, runs of order 1 to 4.
    """
    length, reference, matches, totals = sums[:, 0], sums[:, 1], sums[:, 2:6], sums[:, 6:10]
    missed = (matches == 0) & (totals > 0)
    smoothed = np.where(missed, 0.5 ** np.cumsum(missed, axis=1), matches)
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(smoothed / totals).mean(axis=1)
        brevity = np.minimum(0.0, 1 - reference / length)
        score = np.exp(logs + brevity)
    nothing = (totals == 0).any(axis=1) | (matches.sum(axis=1) == 0)
    return np.where(reference == 0, np.nan, np.where(nothing, 0.0, score))


def whole(strata: Sequence[FloatArray], kind: Kind) -> float:
    """The metric of all items: of one array of statistics, or the mean over several."""
    return float(np.mean([reduced(stratum.sum(axis=0, keepdims=True), kind)[0] for stratum in strata]))


def _sums(stratum: FloatArray, seed: int, resamples: int) -> FloatArray:
    """Sums over as many items as there are, drawn with replacement: (resamples, columns)."""
    draw = np.random.default_rng(seed)
    count, columns = stratum.shape
    step = max(1, _CELLS // (count * columns))
    parts = [
        stratum[draw.integers(count, size=(min(step, resamples - start), count))].sum(axis=1)
        for start in range(0, resamples, step)
    ]
    return np.concatenate(parts)


def _interval(value: float, drawn: FloatArray) -> Estimate:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [0.025, 0.975])
    return Estimate(value, float(low), float(high))
