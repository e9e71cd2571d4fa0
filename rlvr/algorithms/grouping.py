"""Statistics within groups, for all groups at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rlvr.algorithms.names import SINGLETON_RULES, SingletonRule


@dataclass(frozen=True, slots=True)
class Centered:
    """Each value seen from its group; all three have the shape of the values.

    Attributes:
        deviations: Value minus the mean over the valid values of its group; 0 where not valid.
        std: Standard deviation (ddof=1) over the valid values of its group; 1 where they are fewer than two.
        count: Number of valid values in its group.
    """

    deviations: Tensor
    std: Tensor
    count: Tensor


def center_in_groups(
    values: Tensor, groups: Tensor, valid: Tensor | None = None, *, singleton: SingletonRule = "zero"
) -> Centered:
    """Compare each value with the valid values of its group.

    Args:
        values: (B,) or (B, K) floats; each column on its own.
        groups: (B,) integers, any ids in any order.
        valid: Bool of the shape of `values`, or `None` for all; values outside may be NaN.
        singleton: Deviation of the only valid value of a group: 0 (`zero`) or the value itself (`raw`).

    Returns:
        Deviations, standard deviations and counts, detached.

    Raises:
        ValueError: Shapes or types do not fit, the rule is unknown, or a valid value is not finite.

    >>> center_in_groups(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([4, 4, 9])).deviations
    tensor([-1.,  1.,  0.])
    """
    if singleton not in SINGLETON_RULES:
        raise ValueError(f"Unknown singleton rule `{singleton}`; known: {', '.join(SINGLETON_RULES)}.")
    values = values.detach()
    valid = torch.ones_like(values, dtype=torch.bool) if valid is None else valid
    _check(values, groups, valid)
    # A group goes by the place of its first member among the sorted ids, which needs no count of the groups.
    first = torch.searchsorted(groups.sort().values, groups)
    index = first.view(-1, *[1] * (values.ndim - 1)).expand_as(values)

    def group_sum(parts: Tensor) -> Tensor:
        return torch.zeros_like(parts).scatter_add_(0, index, parts).gather(0, index)

    count = group_sum(valid.to(values.dtype))
    # Measured from the lowest of the group, equal values are exact zeros, and so is everything made from them; a mean
    # of the values themselves would leave rounding that the division by a tiny deviation blows up.
    candidates = values.masked_fill(~valid, torch.inf)
    lowest = torch.full_like(values, torch.inf).scatter_reduce_(0, index, candidates, "amin").gather(0, index)
    height = (values - lowest).masked_fill(~valid, 0.0)
    deviations = (height - group_sum(height) / count.clamp(min=1)).masked_fill(~valid, 0.0)
    std = (group_sum(deviations.square()) / (count - 1).clamp(min=1)).sqrt().masked_fill(count < 2, 1.0)
    if singleton == "raw":
        deviations = torch.where(valid & (count == 1), values, deviations)
    return Centered(deviations, std, count)


def _check(values: Tensor, groups: Tensor, valid: Tensor) -> None:
    if not values.is_floating_point():
        raise ValueError(f"Rewards must be floating point, got {values.dtype}; write `rewards.float()`.")
    if groups.shape != values.shape[:1] or groups.is_floating_point():
        raise ValueError(f"Groups must be {values.shape[0]} integers, got {groups.dtype} {tuple(groups.shape)}.")
    if valid.shape != values.shape or valid.dtype is not torch.bool:
        raise ValueError(f"`valid` must be bool {tuple(values.shape)}, got {valid.dtype} {tuple(valid.shape)}.")
    bad = (valid & ~values.isfinite()).nonzero()
    if len(bad):
        where = f"The reward of sample {int(bad[0, 0])} is not finite ({len(bad)} such in all)"
        raise ValueError(f"{where}; mark samples without a score in `valid`.")
