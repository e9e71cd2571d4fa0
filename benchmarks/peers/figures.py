"""From the seconds of single steps to the figures of the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, quantiles, stdev

from peers.turns import Block, Step


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some numbers, and the quarters around it."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Speed:
    """A system's steps beside those of a peer that were made in the same rounds.

    Attributes:
        seconds: On the clock.
        cpu_seconds: Of the process; None where others do the work.
        ratio: Of the medians, to the peer's.
        pairs: Of the ratios in each round.
        peak_memory: Bytes; None where others do the work.
    """

    seconds: Spread
    cpu_seconds: float | None
    ratio: float
    pairs: Spread
    peak_memory: int | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Rewards at the end of a few steps, over several seeds.

    Attributes:
        mean: Of each system.
        deviation: Standard deviation over the seeds, of each system.
        difference: Ours less the peer's.
        error: Standard error of the difference.
    """

    mean: tuple[float, float]
    deviation: tuple[float, float]
    difference: float
    error: float

    @property
    def within_noise(self) -> bool:
        """Whether the difference is smaller than twice its standard error."""
        return abs(self.difference) <= 2 * self.error


def spread(values: Sequence[float]) -> Spread:
    """Median and quartiles.

    >>> spread([1.0, 2.0, 3.0, 4.0, 5.0])
    Spread(median=3.0, low=2.0, high=4.0)
    """
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return Spread(middle, low, high)


def speed(blocks: Sequence[Block], peer: Sequence[Block], *, alone: bool) -> Speed:
    """What the blocks say.

    Args:
        blocks: Of the system, one a round.
        peer: Of the peer.
        alone: The system's own process does all of its work.
    """
    steps, others = _steps(blocks), _steps(peer)
    rounds = [_median(block.steps) / _median(other.steps) for block, other in zip(blocks, peer, strict=True)]
    return Speed(
        seconds=spread([step.seconds for step in steps]),
        cpu_seconds=median(step.cpu_seconds for step in steps) if alone else None,
        ratio=_median(steps) / _median(others),
        pairs=spread(rounds),
        peak_memory=blocks[-1].peak_memory if alone else None,
    )


def agreement(ours: Sequence[float], peers: Sequence[float]) -> Agreement:
    """Whether two systems learned as much.

    Args:
        ours: A reward for each seed.
        peers: The peer's, from the same initial weights.
    """
    deviations = _deviation(ours), _deviation(peers)
    error = math.sqrt(sum(deviation**2 for deviation in deviations) / len(ours))
    return Agreement((fmean(ours), fmean(peers)), deviations, fmean(ours) - fmean(peers), error)


def stage_seconds(blocks: Sequence[Block]) -> dict[str, float]:
    """Median seconds a step spends in each stage, from blocks of one step whose notes are totals so far."""
    found: dict[str, list[float]] = {}
    for before, after in pairwise(blocks):
        for name, total in after.notes.items():
            found.setdefault(name, []).append(total - before.notes.get(name, 0.0))
    return {name: median(values) for name, values in found.items()}


def _steps(blocks: Sequence[Block]) -> list[Step]:
    return [step for block in blocks for step in block.steps]


def _median(steps: Sequence[Step]) -> float:
    return median(step.seconds for step in steps)


def _deviation(values: Sequence[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0
