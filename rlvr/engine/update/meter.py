"""Means and maxima over the micro-batches of all ranks."""

from __future__ import annotations

import torch
from torch import Tensor

from rlvr.engine.lists import floats
from rlvr.engine.policy.distributed import max_over_ranks, sum_over_ranks


class Meter:
    """Collects weighted means, sums and maxima on the device, and meets the other ranks once, at the end.

    Every rank must collect under the same names, as ranks with only dummy micro-batches do with weight 0.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._sums: dict[str, tuple[Tensor, Tensor]] = {}
        self._maxima: dict[str, Tensor] = {}

    def mean(self, name: str, value: Tensor, weight: Tensor) -> None:
        """Adds a mean over `weight` things (tokens, mostly)."""
        total, count = self._sums.get(name, (self._zero(), self._zero()))
        self._sums[name] = total + value.detach() * weight, count + weight

    def maximum(self, name: str, value: Tensor) -> None:
        """Adds a maximum of something that is not negative."""
        self._maxima[name] = torch.maximum(self._maxima.get(name, self._zero()), value.detach().double())

    def totals(self) -> dict[str, float]:
        """The means and maxima over all ranks."""
        result: dict[str, float] = {}
        if self._sums:
            totals, counts = sum_over_ranks(torch.stack([torch.stack(pair) for pair in self._sums.values()], 1))
            result = dict(zip(self._sums, floats(totals / counts.clamp(min=1)), strict=True))
        if self._maxima:
            values = floats(max_over_ranks(torch.stack(list(self._maxima.values()))))
            result |= dict(zip(self._maxima, values, strict=True))
        return result

    def _zero(self) -> Tensor:
        return torch.zeros((), dtype=torch.float64, device=self.device)
