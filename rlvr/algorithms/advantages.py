"""Advantages from groups of samples of the same task: how much better than its siblings was a sample?

`groups` holds any integers, in any order, in groups of any sizes. A sample that could not be scored is marked false in
`valid`: it leaves the baseline of its group, as if it had never been drawn, and its own advantage is 0; its reward may
be NaN.

A group with a single valid sample has nothing to compare it with. The default `singleton="zero"` gives it advantage 0.
verl takes mean 0 and standard deviation 1 for such a group, so that every positive reward, however poor, becomes a push
towards that sample; `singleton="raw"` does the same.

All results are detached, and on the device of the rewards.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rlvr.algorithms.grouping import center_in_groups
from rlvr.algorithms.names import SingletonRule


def grpo(
    rewards: Tensor,
    groups: Tensor,
    *,
    valid: Tensor | None = None,
    singleton: SingletonRule = "zero",
    scale_by_std: bool = True,
    eps: float = 1e-6,
) -> Tensor:
    """Group relative advantage (GRPO, arXiv 2402.03300): `(reward - mean) / (std + eps)` within each group.

    Agrees with verl's `compute_grpo_outcome_advantage`: the standard deviation is that of a sample (ddof=1). A group of
    equal rewards gives exactly 0 here; verl's rounding, divided by eps, can reach 1e-2.

    Args:
        rewards: (B,) floats.
        groups: (B,) integers; samples of the same task share one.
        valid: (B,) bool, false where a sample could not be scored.
        singleton: What a group with one valid sample gives, see the module.
        scale_by_std: False leaves the division out, which is `dr_grpo`.
        eps: Added to the standard deviation, in units of the reward.

    Returns:
        (B,) advantages.

    Raises:
        ValueError: Shapes or types do not fit, or a valid reward is not finite.

    >>> grpo(torch.tensor([1.0, 0.0, 0.5, 0.5]), torch.tensor([3, 3, 8, 8]))
    tensor([ 0.7071, -0.7071,  0.0000,  0.0000])
    """
    centered = center_in_groups(rewards, groups, valid, singleton=singleton)
    return centered.deviations / (centered.std + eps) if scale_by_std else centered.deviations


def dr_grpo(
    rewards: Tensor, groups: Tensor, *, valid: Tensor | None = None, singleton: SingletonRule = "zero"
) -> Tensor:
    """Dr. GRPO (arXiv 2503.20783): `reward - mean`; dividing by std favours tasks that are nearly solved or hopeless.

    Agrees with verl's `compute_grpo_outcome_advantage` with `norm_adv_by_std_in_grpo=False`. The paper goes with the
    aggregation `seq-mean-token-sum-norm`.

    Args:
        rewards: (B,) floats.
        groups: (B,) integers; samples of the same task share one.
        valid: (B,) bool, false where a sample could not be scored.
        singleton: What a group with one valid sample gives, see the module.

    Returns:
        (B,) advantages, in units of the reward.

    Raises:
        ValueError: Shapes or types do not fit, or a valid reward is not finite.

    >>> dr_grpo(torch.tensor([1.0, 0.0, 9.0]), torch.tensor([0, 0, 0]), valid=torch.tensor([True, True, False]))
    tensor([ 0.5000, -0.5000,  0.0000])
    """
    return grpo(rewards, groups, valid=valid, singleton=singleton, scale_by_std=False)


def rloo(rewards: Tensor, groups: Tensor, *, valid: Tensor | None = None, singleton: SingletonRule = "zero") -> Tensor:
    """REINFORCE leave-one-out (arXiv 2402.14740): reward minus the mean of the *other* samples of the group.

    Equal to `n / (n - 1)` times `dr_grpo`. Agrees with verl's `compute_rloo_outcome_advantage`.

    Args:
        rewards: (B,) floats.
        groups: (B,) integers; samples of the same task share one.
        valid: (B,) bool, false where a sample could not be scored.
        singleton: What a group with one valid sample gives, see the module.

    Returns:
        (B,) advantages, in units of the reward.

    Raises:
        ValueError: Shapes or types do not fit, or a valid reward is not finite.

    >>> rloo(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([5, 5, 5]))
    tensor([ 1.0000, -0.5000, -0.5000])
    """
    centered = center_in_groups(rewards, groups, valid, singleton=singleton)
    others = (centered.count - 1).clamp(min=1)
    return centered.deviations * torch.where(centered.count > 1, centered.count / others, 1.0)


def gdpo(
    components: Tensor,
    weights: Tensor,
    groups: Tensor,
    *,
    valid: Tensor | None = None,
    singleton: SingletonRule = "zero",
    normalize_batch: bool = True,
    lengths: Tensor | None = None,
    eps: float = 1e-6,
) -> Tensor:
    """GDPO (arXiv 2601.05242): `grpo` on each reward apart, then their weighted sum, then one scale for the batch.

    Normalising apart keeps a reward with a wide range from drowning the others, and rewards that sum to the same number
    for different reasons from looking the same. Agrees with verl's `compute_gdpo_outcome_advantage` when `lengths` is
    given: verl takes the batch mean and variance over tokens, so long answers count more, and a group without any
    contrast is shifted away from 0 with the rest. Without `lengths` they are taken over samples, as in the paper; the
    batch mean is then 0 by construction, and a group without contrast stays at exactly 0.

    Args:
        components: (B, K) floats, one column for each reward.
        weights: (K,) floats.
        groups: (B,) integers; samples of the same task share one.
        valid: (B,) bool, false where a sample could not be scored; or (B, K), false where one reward could not, which
            then leaves that reward's baseline and adds nothing.
        singleton: What a group with one valid sample gives, see the module.
        normalize_batch: False returns the weighted sum as it is.
        lengths: (B,) tokens of each completion inside the mask, for verl's batch statistics.
        eps: Added to the standard deviation within a group, in units of the reward.

    Returns:
        (B,) advantages.

    Raises:
        ValueError: Shapes or types do not fit, or a valid reward is not finite.

    >>> both = torch.tensor([[1.0, 0.0], [0.0, 10.0], [1.0, 10.0], [0.0, 0.0]])
    >>> gdpo(both, torch.tensor([2.0, 1.0]), torch.zeros(4, dtype=torch.long), normalize_batch=False)
    tensor([ 0.8660, -0.8660,  2.5981, -2.5981])
    """
    if components.ndim != 2 or weights.shape != components.shape[1:]:
        raise ValueError(f"Components (B, K) and weights (K,) expected, got {components.shape} and {weights.shape}.")
    if valid is not None and valid.ndim == 1:
        valid = valid.unsqueeze(-1).expand(-1, components.shape[1])
    if lengths is not None and lengths.shape != groups.shape:
        raise ValueError(f"Lengths of shape {tuple(lengths.shape)} do not fit {len(components)} samples.")
    centered = center_in_groups(components, groups, valid, singleton=singleton)
    total = (centered.deviations / (centered.std + eps) * weights).sum(-1)
    scored = torch.ones_like(groups, dtype=torch.bool) if valid is None else valid.any(-1)
    if not normalize_batch:
        return total
    share = scored.to(total.dtype) if lengths is None else lengths * scored.to(total.dtype)
    number = share.sum()
    mean = (share * total).sum() / number.clamp(min=1)
    variance = (share * (total - mean).square()).sum() / (number - 1).clamp(min=1)
    whitened = (total - mean) * torch.rsqrt(variance + 1e-8)  # verl's `masked_whiten`
    # Over samples the mean is zero but for rounding, which must not turn "nothing to learn" into a tiny something.
    silent = ~scored if lengths is not None else ~scored | (centered.deviations == 0).all(-1)
    return whitened.masked_fill(silent, 0.0)
