"""Importance weights for samples that another program generated.

A rollout engine and a trainer give the same weights slightly different probabilities (other kernels, other precision,
or weights one step old), which makes every step a little off-policy without anyone having decided so.
"""

from __future__ import annotations

import torch
from torch import Tensor

from rlvr.algorithms.masking import hide, masked_max, masked_mean
from rlvr.algorithms.names import CORRECTION_LEVELS, CorrectionLevel

# exp(20) is 5e8, beyond every sensible cap and far from overflow; the bound verl uses.
_LOG_BOUND = 20.0


def truncated_importance_weights(
    log_probs_trainer: Tensor,
    log_probs_rollout: Tensor,
    mask: Tensor,
    *,
    cap: float = 2.0,
    level: CorrectionLevel = "token",
) -> Tensor:
    """Truncated importance sampling (TIS): min(trainer / rollout, cap), to multiply the loss per token with.

    https://fengyao.notion.site/off-policy-rl; agrees with verl's `compute_rollout_correction_weights` without batch
    normalization. At `token` level the variance is low and there is some bias; at `sequence` level every token carries
    the product over its sequence, which has no bias but for the cap and a variance that grows with length.

    Args:
        log_probs_trainer: (B, T) of the trainer before its first update on this batch, in nats.
        log_probs_rollout: (B, T) that the rollout engine reported, in nats.
        mask: (B, T) bool.
        cap: Largest weight.
        level: `token` or `sequence`.

    Returns:
        (B, T) in [0, cap], detached, zero outside the mask.

    Raises:
        ValueError: The cap is not positive, the level unknown, the mask is not bool or the shapes differ.

    >>> trainer, rollout = torch.tensor([[-1.0, -1.0, -9.0]]), torch.tensor([[-1.5, -3.0, 0.0]])
    >>> truncated_importance_weights(trainer, rollout, torch.tensor([[True, True, False]]))
    tensor([[1.6487, 2.0000, 0.0000]])
    """
    if cap <= 0:
        raise ValueError(f"`cap` must be positive, got {cap}.")
    if level not in CORRECTION_LEVELS:
        raise ValueError(f"Unknown level `{level}`; known: {', '.join(CORRECTION_LEVELS)}.")
    log_ratio = hide(log_probs_trainer.detach(), mask) - hide(log_probs_rollout.detach(), mask)
    if level == "sequence":
        log_ratio = log_ratio.sum(-1, keepdim=True).expand_as(mask)
    return hide(log_ratio.clamp(-_LOG_BOUND, _LOG_BOUND).exp().clamp(max=cap), mask)


def mismatch_metrics(log_probs_trainer: Tensor, log_probs_rollout: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """How far the trainer and the rollout engine disagree about the same tokens. Healthy runs stay near zero.

    `kl_k3` is the k3 estimate of KL(rollout || trainer), verl's `k3_kl`.

    Args:
        log_probs_trainer: (B, T) of the trainer, in nats.
        log_probs_rollout: (B, T) that the rollout engine reported, in nats.
        mask: (B, T) bool.

    Returns:
        Detached scalars in nats: `gap_mean` and `gap_max` (of the absolute difference), `kl_k3`.

    Raises:
        ValueError: The mask is not bool or the shapes differ.

    >>> trainer, rollout = torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.0, -2.5]])
    >>> metrics = mismatch_metrics(trainer, rollout, torch.tensor([[True, True]]))
    >>> {name: round(value.item(), 4) for name, value in metrics.items()}
    {'gap_mean': 0.25, 'gap_max': 0.5, 'kl_k3': 0.0744}
    """
    log_ratio = hide(log_probs_trainer.detach(), mask) - hide(log_probs_rollout.detach(), mask)
    return {
        "gap_mean": masked_mean(log_ratio.abs(), mask),
        "gap_max": masked_max(log_ratio.abs(), mask),
        "kl_k3": masked_mean(torch.exp(log_ratio.clamp(max=_LOG_BOUND)) - log_ratio - 1.0, mask),
    }
