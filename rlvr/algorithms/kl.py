"""How far the policy has moved from its reference: estimators per token, for the loss or for the reward."""

from __future__ import annotations

import torch
from torch import Tensor

from rlvr.algorithms.masking import hide
from rlvr.algorithms.names import KL_KINDS, KLKind


def kl_penalty(log_probs: Tensor, ref_log_probs: Tensor, mask: Tensor, *, kind: KLKind = "k3") -> Tensor:
    """Estimate KL(policy || reference) at each sampled token, with gradient.

    With d = log_probs - ref_log_probs (estimators: http://joschu.net/blog/kl-approx.html; clamps: verl `kl_penalty`):

    | kind  | value                                        | its gradient, in expectation on policy             |
    |-------|----------------------------------------------|----------------------------------------------------|
    | `k1`  | d                                            | zero: no use in a loss                             |
    | `k2`  | d² / 2                                       | that of KL(policy || reference)                    |
    | `k3`  | exp(-d) + d - 1, d in [-20, 20], at most 10  | that of KL(reference || policy) (arXiv 2402.03300) |
    | `k1+` | k1                                           | k2, straight through                               |
    | `k3+` | k3                                           | k2, straight through                               |

    The clamp of `k3` has a price: a token to which the policy gives exp(2.6) times less probability than the reference
    is at the bound, where the gradient is zero and nothing pulls it back. `k3+` pulls.

    Args:
        log_probs: (B, T) of the policy, in nats, with gradient.
        ref_log_probs: (B, T) of the reference policy, in nats.
        mask: (B, T) bool.
        kind: See the table.

    Returns:
        (B, T) nats, zero outside the mask; combine with `token_weights` and a coefficient.

    Raises:
        ValueError: The kind is unknown, the mask is not bool or the shapes differ.

    >>> yes = torch.ones(1, 1, dtype=torch.bool)
    >>> kl_penalty(torch.tensor([[-1.0]]), torch.tensor([[-2.0]]), yes, kind="k1")
    tensor([[1.]])
    >>> kl_penalty(torch.tensor([[-1.0]]), torch.tensor([[-2.0]]), yes, kind="k3")
    tensor([[0.3679]])
    """
    if kind not in KL_KINDS:
        raise ValueError(f"Unknown KL estimator `{kind}`; known: {', '.join(KL_KINDS)}.")
    gap = hide(log_probs, mask) - hide(ref_log_probs.detach(), mask)
    if kind == "k2":
        return 0.5 * gap.square()
    value = gap if kind.startswith("k1") else _k3(gap)
    if not kind.endswith("+"):
        return value
    gradient = 0.5 * gap.square()
    return gradient - gradient.detach() + value.detach()


def kl_in_reward(
    rewards: Tensor, log_probs: Tensor, ref_log_probs: Tensor, mask: Tensor, *, coef: float, kind: KLKind = "k1"
) -> Tensor:
    """Charge each sample for its distance from the reference: `reward - coef * sum over tokens of KL`.

    The reward of RLHF with PPO (arXiv 1909.08593); agrees with the sum over tokens of verl's `apply_kl_penalty`.

    Args:
        rewards: (B,) scores.
        log_probs: (B, T) of the policy that sampled, in nats.
        ref_log_probs: (B, T) of the reference policy, in nats.
        mask: (B, T) bool.
        coef: Reward per nat.
        kind: As in `kl_penalty`. Only values matter here, so `k1` is right: it is unbiased.

    Returns:
        (B,) new rewards, detached.

    Raises:
        ValueError: As `kl_penalty`, or `rewards` has another number of samples.

    >>> yes = torch.ones(1, 2, dtype=torch.bool)
    >>> kl_in_reward(torch.tensor([1.0]), torch.tensor([[-1.0, -1.0]]), torch.tensor([[-2.0, -1.5]]), yes, coef=0.1)
    tensor([0.8500])
    """
    if rewards.shape != mask.shape[:1]:
        raise ValueError(f"Rewards of shape {tuple(rewards.shape)} do not fit {mask.shape[0]} samples.")
    return rewards.detach() - coef * kl_penalty(log_probs.detach(), ref_log_probs, mask, kind=kind).sum(-1)


def _k3(gap: Tensor) -> Tensor:
    # The clamps keep one token in bf16 noise from outweighing the batch: exp(20) is 5e8.
    log_ratio = (-gap).clamp(-20.0, 20.0)
    return (torch.exp(log_ratio) - log_ratio - 1.0).clamp(-10.0, 10.0)
