"""Surrogate losses: how a token's probability should answer to its advantage.

All three return a loss per token that `token_weights` turns into a number, so that aggregation, importance weights for
the rollout engine (`correction.py`) and KL terms combine by plain multiplication and addition.

A new one stands here as a function with these arguments. Its name goes into `names.py`, which the configuration reads
without torch, and into the table in `catalogue.py`, by which the update finds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rlvr.algorithms.masking import hide, masked_max, masked_mean


@dataclass(frozen=True, slots=True)
class PolicyLoss:
    """A loss for each token, and what to log about it.

    Attributes:
        per_token: (B, T), with gradient; exactly zero outside the mask.
        metrics: Detached scalars, means over the tokens of this call; to log a batch cut in micro-batches, weight them
            by token counts (and take the maximum of `ratio_max`). `clip_fraction_high`, `clip_fraction_low`: tokens
            whose gradient the upper or lower clip removed; `clip_fraction_dual` (`ppo_clip` only): those at the dual
            clip; `approx_kl`: k1 estimate of KL(old || new) in nats; `ratio_mean`, `ratio_max`: the importance ratio.
    """

    per_token: Tensor
    metrics: dict[str, Tensor]


def ppo_clip(
    log_probs: Tensor,
    old_log_probs: Tensor,
    advantages: Tensor,
    mask: Tensor,
    *,
    clip_low: float = 0.2,
    clip_high: float = 0.2,
    dual_clip: float | None = 3.0,
) -> PolicyLoss:
    """PPO's clipped surrogate (arXiv 1707.06347), with separate bounds (DAPO, 2503.14476) and dual clip (1912.09729).

    Per token: `max(-A r, -A clip(r, 1 - clip_low, 1 + clip_high))`, and for A < 0 no more than `-A dual_clip`, so that
    a token whose probability has shot up cannot dominate the batch. Agrees with verl's `compute_policy_loss_vanilla`,
    whose log-ratio is clamped to [-20, 20] as here.

    Args:
        log_probs: (B, T) of the policy being trained, in nats, with gradient.
        old_log_probs: (B, T) of the policy at the start of the step, in nats; detached here.
        advantages: (B,) or (B, T); detached here.
        mask: (B, T) bool. Outside it the inputs may be anything, NaN included.
        clip_low: The ratio is clipped below 1 - clip_low.
        clip_high: The ratio is clipped above 1 + clip_high.
        dual_clip: Largest ratio that counts where the advantage is negative, above 1; `None` for no such bound.

    Returns:
        The loss per token and its metrics.

    Raises:
        ValueError: A bound makes no sense, the mask is not bool, or shapes differ.

    >>> new, old = torch.tensor([[-1.0, -1.0]]), torch.tensor([[-2.0, -1.0]])
    >>> loss = ppo_clip(new, old, torch.tensor([1.0]), torch.tensor([[True, True]]))
    >>> loss.per_token, loss.metrics["clip_fraction_high"]
    (tensor([[-1.2000, -1.0000]]), tensor(0.5000))
    """
    _check_bounds(clip_low, clip_high, dual_clip)
    log_ratio = hide(log_probs, mask) - hide(old_log_probs.detach(), mask)
    # Beyond this the ratio has lost all meaning, and exp of it could overflow; the bound verl uses.
    ratio = torch.exp(log_ratio.clamp(-20.0, 20.0))
    advantage = _per_token(advantages, mask)
    per_token, clipped = _clipped_surrogate(ratio, advantage, clip_low, clip_high)
    bound = torch.zeros_like(mask)
    if dual_clip is not None:
        ceiling = -advantage * dual_clip
        bound = (advantage < 0) & (per_token > ceiling)
        per_token = torch.where(advantage < 0, torch.minimum(per_token, ceiling), per_token)
    metrics = _metrics(ratio, log_ratio.clamp(-20.0, 20.0), clipped, mask)
    metrics["clip_fraction_dual"] = masked_mean(bound.to(ratio.dtype), mask)
    return PolicyLoss(per_token, metrics)


def gspo(
    log_probs: Tensor,
    old_log_probs: Tensor,
    advantages: Tensor,
    mask: Tensor,
    *,
    clip_low: float = 3e-4,
    clip_high: float = 4e-4,
) -> PolicyLoss:
    """GSPO (arXiv 2507.18071): the clipped surrogate with one ratio per sequence, the geometric mean over its tokens.

    Agrees with verl's `compute_policy_loss_gspo`, the paper's token form: the ratio of the sequence in value, and in
    gradient spread over the tokens. The mean of logs moves little, hence the paper's narrow clip range, the default
    here; verl's default of 0.2 hardly ever clips. Aggregate with `seq-mean-token-mean`, as the paper does.

    Args:
        log_probs: (B, T) of the policy being trained, in nats, with gradient.
        old_log_probs: (B, T) of the policy at the start of the step, in nats; detached here.
        advantages: (B,) or (B, T); detached here.
        mask: (B, T) bool. Outside it the inputs may be anything, NaN included.
        clip_low: The ratio is clipped below 1 - clip_low.
        clip_high: The ratio is clipped above 1 + clip_high.

    Returns:
        The loss per token and its metrics.

    Raises:
        ValueError: A bound is negative, the mask is not bool, or shapes differ.

    >>> new, old = torch.tensor([[-1.0, -1.0]]), torch.tensor([[-1.1, -0.9]])
    >>> gspo(new, old, torch.tensor([1.0]), torch.tensor([[True, True]])).metrics["ratio_mean"]
    tensor(1.)
    """
    _check_bounds(clip_low, clip_high)
    new = hide(log_probs, mask)
    log_ratio = (new - hide(old_log_probs.detach(), mask)).detach()
    mean_log_ratio = log_ratio.sum(-1, keepdim=True) / mask.sum(-1, keepdim=True).clamp(min=1)
    # Zero in value, so that every token shows the ratio of its sequence, and one in gradient. The bound is verl's.
    ratio = torch.exp((new - new.detach() + mean_log_ratio).clamp(max=10.0))
    per_token, clipped = _clipped_surrogate(ratio, _per_token(advantages, mask), clip_low, clip_high)
    return PolicyLoss(per_token, _metrics(ratio, log_ratio, clipped, mask))


def cispo(
    log_probs: Tensor,
    old_log_probs: Tensor,
    advantages: Tensor,
    mask: Tensor,
    *,
    clip_low: float = 0.2,
    clip_high: float = 0.2,
) -> PolicyLoss:
    """CISPO (MiniMax-M1, arXiv 2506.13585): REINFORCE with clipped importance weights, `-sg(clip(r)) A log p`.

    A clipped token keeps its gradient, at a bounded weight, where PPO drops it. Agrees with verl's
    `compute_policy_loss_cispo`, in its defaults too; the paper has no lower bound, which is `clip_low=1`. The value is
    no measure of anything, only its gradient is.

    Args:
        log_probs: (B, T) of the policy being trained, in nats, with gradient.
        old_log_probs: (B, T) of the policy at the start of the step, in nats; detached here.
        advantages: (B,) or (B, T); detached here.
        mask: (B, T) bool. Outside it the inputs may be anything, NaN included.
        clip_low: The weight is no less than 1 - clip_low.
        clip_high: The weight is no more than 1 + clip_high.

    Returns:
        The loss per token and its metrics; the clip fractions count bounded weights, whatever their advantage.

    Raises:
        ValueError: A bound is negative, the mask is not bool, or shapes differ.

    >>> new, old = torch.tensor([[-1.0]]), torch.tensor([[-2.0]])
    >>> cispo(new, old, torch.tensor([1.0]), torch.tensor([[True]])).per_token
    tensor([[1.2000]])
    """
    _check_bounds(clip_low, clip_high)
    new = hide(log_probs, mask)
    log_ratio = (new - hide(old_log_probs.detach(), mask)).detach().clamp(-20.0, 20.0)
    ratio = torch.exp(log_ratio)
    weight = ratio.clamp(1.0 - clip_low, 1.0 + clip_high)
    per_token = -weight * _per_token(advantages, mask) * new
    return PolicyLoss(per_token, _metrics(ratio, log_ratio, weight != ratio, mask))


def _clipped_surrogate(ratio: Tensor, advantage: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """The pessimistic one of the two losses (B, T), and where it was the clipped one (B, T) bool."""
    plain = -advantage * ratio
    clipped = -advantage * ratio.clamp(1.0 - low, 1.0 + high)
    return torch.maximum(plain, clipped), clipped > plain


def _metrics(ratio: Tensor, log_ratio: Tensor, clipped: Tensor, mask: Tensor) -> dict[str, Tensor]:
    dtype = ratio.dtype
    return {
        "clip_fraction_high": masked_mean((clipped & (ratio > 1.0)).to(dtype), mask),
        "clip_fraction_low": masked_mean((clipped & (ratio < 1.0)).to(dtype), mask),
        "approx_kl": masked_mean(-log_ratio, mask),
        "ratio_mean": masked_mean(ratio, mask),
        "ratio_max": masked_max(ratio, mask),
    }


def _per_token(advantages: Tensor, mask: Tensor) -> Tensor:
    # An advantage of zero outside the mask is what makes the loss there zero.
    if advantages.shape == mask.shape[:1]:
        advantages = advantages.unsqueeze(-1).expand_as(mask)
    return hide(advantages.detach(), mask)


def _check_bounds(low: float, high: float, dual: float | None = None) -> None:
    if low < 0 or high < 0:
        raise ValueError(f"Clip ranges are distances from 1 and cannot be negative, got {low} and {high}.")
    if dual is not None and dual <= 1:
        raise ValueError(f"`dual_clip` bounds ratios from above and must exceed 1, got {dual}; `None` turns it off.")
