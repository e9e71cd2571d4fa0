"""Learning from pairs of completions: DPO, and WPO, which weights each pair by how likely the policy is to write it.

With the chosen completions of a batch first and the rejected ones behind them:

    ratios = sequence_log_ratio(log_probs, ref_log_probs, mask)
    likely = policy_weights(log_probs, collision_log_probs(logits), mask)
    weights = pair_weights(*likely.chunk(2))    # `None` for plain DPO
    loss = dpo(*ratios.chunk(2), weights, beta=0.1).per_pair.mean()
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - as everyone calls it
from torch import Tensor

from rlvr.algorithms.masking import hide


@dataclass(frozen=True, slots=True)
class PreferenceLoss:
    """A loss for each pair, and what to log about it.

    Attributes:
        per_pair: (P,), with gradient.
        metrics: Detached scalars, means over the pairs of this call. `reward_chosen`, `reward_rejected`: the implicit
            rewards, `beta` times the log-ratio; `margin`: their difference; `accuracy`: share of pairs with a positive
            margin, ties counting half; `weight`: mean weight of a pair.
    """

    per_pair: Tensor
    metrics: dict[str, Tensor]


def sequence_log_ratio(log_probs: Tensor, ref_log_probs: Tensor, mask: Tensor) -> Tensor:
    """`log policy(y|x) - log reference(y|x)` of whole completions.

    Args:
        log_probs: (P, T) of the policy, in nats, with gradient.
        ref_log_probs: (P, T) of the reference policy, in nats; detached here.
        mask: (P, T) bool; outside it the inputs may be anything, NaN included.

    Returns:
        (P,) nats.

    Raises:
        ValueError: The mask is not bool or shapes differ.

    >>> yes = torch.tensor([[True, True, False]])
    >>> sequence_log_ratio(torch.tensor([[-1.0, -2.0, 9.0]]), torch.tensor([[-2.0, -2.0, 9.0]]), yes)
    tensor([1.])
    """
    return (hide(log_probs, mask) - hide(ref_log_probs.detach(), mask)).sum(-1)


def policy_weights(log_probs: Tensor, collision: Tensor, mask: Tensor) -> Tensor:
    """WPO's weight of a completion, with sampled alignment (arXiv 2406.11827, eq. 2).

    `exp(mean over tokens of (log p(y_t) - log sum_v p(v)^2))`: the completion's probability per token, in units of what
    a token drawn from the policy is expected to have. So completions that the policy itself draws weigh about the same
    whether it is sure or unsure of itself, and completions it would not write weigh less. Above 1 for likelier ones.

    Args:
        log_probs: (P, T) of the policy, in nats.
        collision: (P, T) `log sum_v p(v)^2` at each token; see `rlvr.algorithms.entropy.collision_log_probs`.
        mask: (P, T) bool. A completion without tokens has weight 1.

    Returns:
        (P,), detached: the weights follow the policy, and no gradient flows through them.

    Raises:
        ValueError: The mask is not bool or shapes differ.

    >>> even = torch.full((1, 2), 0.25).log()    # 4 tokens, all as likely
    >>> policy_weights(even, even, torch.tensor([[True, True]]))
    tensor([1.])
    """
    surplus = hide(log_probs.detach(), mask) - hide(collision.detach(), mask)
    return (surplus.sum(-1) / mask.sum(-1).clamp(min=1)).exp()


def pair_weights(chosen: Tensor, rejected: Tensor, *, most: float | None = 1.0) -> Tensor:
    """The weight of each pair: the product of the two, and no more than `most`.

    Without the bound a pair that the policy is sure of takes a larger step than in DPO; the authors' program clamps the
    product at 1 (github.com/wzhouad/WPO), the paper's text and TRL's `use_weighting` do not.

    Args:
        chosen: (P,) from `policy_weights`.
        rejected: (P,) likewise.
        most: Upper bound of the product; `None` for none.

    Returns:
        (P,), detached.

    Raises:
        ValueError: Shapes differ, or the bound is not positive.

    >>> pair_weights(torch.tensor([0.5, 2.0]), torch.tensor([0.5, 3.0]))
    tensor([0.2500, 1.0000])
    """
    if chosen.shape != rejected.shape:
        raise ValueError(f"{tuple(chosen.shape)} chosen and {tuple(rejected.shape)} rejected completions.")
    if most is not None and most <= 0:
        raise ValueError(f"`most` must be positive, got {most}.")
    product = (chosen * rejected).detach()
    return product if most is None else product.clamp(max=most)


def dpo(
    chosen: Tensor, rejected: Tensor, weights: Tensor | None = None, *, beta: float = 0.1, label_smoothing: float = 0.0
) -> PreferenceLoss:
    """DPO's loss (arXiv 2305.18290), each pair times its weight: with `pair_weights` it is WPO's, without it DPO's.

    `-w [(1 - s) log sigmoid(beta h) + s log sigmoid(-beta h)]`, h being the chosen log-ratio minus the rejected one,
    and s the share of pairs taken to be the wrong way round (cDPO).

    Args:
        chosen: (P,) log-ratios of the chosen completions, in nats, with gradient.
        rejected: (P,) log-ratios of the rejected ones.
        weights: (P,); detached here. `None`: 1 for each pair.
        beta: How strongly the policy is held to the reference: large is near.
        label_smoothing: s, from 0 to below 0.5.

    Returns:
        The loss per pair and its metrics.

    Raises:
        ValueError: Shapes differ, or a number is out of its range.

    >>> loss = dpo(torch.tensor([2.0]), torch.tensor([-1.0]), torch.tensor([0.5]), beta=1.0)
    >>> loss.per_pair, loss.metrics["margin"]
    (tensor([0.0243]), tensor(3.))
    """
    if chosen.shape != rejected.shape or (weights is not None and weights.shape != chosen.shape):
        given = [tuple(part.shape) for part in (chosen, rejected, weights) if part is not None]
        raise ValueError(f"Log-ratios and weights must have one shape, got {', '.join(map(str, given))}.")
    if beta <= 0:
        raise ValueError(f"`beta` must be positive, got {beta}.")
    if not 0.0 <= label_smoothing < 0.5:
        raise ValueError(f"`label_smoothing` must be from 0 to below 0.5, got {label_smoothing}.")
    margin = beta * (chosen - rejected)
    per_pair = -(1.0 - label_smoothing) * F.logsigmoid(margin) - label_smoothing * F.logsigmoid(-margin)
    weights = torch.ones_like(margin) if weights is None else weights.detach()
    held = margin.detach()
    metrics = {
        "reward_chosen": beta * chosen.detach().mean(),
        "reward_rejected": beta * rejected.detach().mean(),
        "margin": held.mean(),
        "accuracy": (0.5 * (1.0 + held.sign())).mean(),
        "weight": weights.mean(),
    }
    return PreferenceLoss(per_pair * weights, metrics)
