"""Learning from pairs of completions: one update by DPO or WPO, and the same measures without learning.

The two of a pair always share a micro-batch, and the loss is a sum over pairs; so neither the cut into micro-batches
nor the number of ranks changes it. Log-probabilities are of the policy itself, whatever the rollouts' temperature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rlvr.algorithms.preference import dpo, pair_weights, policy_weights, sequence_log_ratio
from rlvr.engine.lists import floats, integers
from rlvr.engine.policy.policy import Policy
from rlvr.engine.update.batch import IntArray, MicroBatch, cut, padded
from rlvr.engine.update.optimising import backpropagate, optimiser_step, total_loss


@dataclass(frozen=True, slots=True)
class PairBatch:
    """The pairs of a step; P of each, as token ids.

    Attributes:
        prompts: Of each pair.
        chosen: The better completion.
        rejected: The worse one.
    """

    prompts: Sequence[IntArray]
    chosen: Sequence[IntArray]
    rejected: Sequence[IntArray]


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """What the policy made of a pair, before it learned from it.

    Attributes:
        chosen: Implicit reward of the chosen completion: `beta` times its log-ratio to the reference policy.
        rejected: That of the rejected one.
        product: The two weights multiplied, before the bound; 1 for plain DPO.
        weight: The weight in the loss.
        loss: Weighted.
    """

    chosen: float
    rejected: float
    product: float
    weight: float
    loss: float

    @property
    def margin(self) -> float:
        """How much better the policy likes the chosen one, compared with the reference."""
        return self.chosen - self.rejected


@dataclass(frozen=True, slots=True)
class PreferenceReport:
    """What an update did.

    Attributes:
        metrics: Loss, gradient norm and learning rate, over all ranks.
        pairs: For this rank's pairs, by their place in the batch.
    """

    metrics: dict[str, float]
    pairs: dict[int, PairOutcome]


@dataclass(frozen=True, slots=True)
class _Loss:
    per_pair: Tensor
    outcomes: dict[int, PairOutcome]


def preference_update(policy: Policy, batch: PairBatch) -> PreferenceReport:
    """One update: the mean loss over all pairs of the batch. A batch without pairs moves the schedule alone.

    Raises:
        EngineError: The loss or the gradient is not finite; the weights are as they were.
    """
    learning_rate, losses, outcomes = policy.learning_rate, list[Tensor](), dict[int, PairOutcome]()
    micros = _micros(policy, batch)
    for _, micro in micros:
        found = _loss(policy, micro)
        share = 0.0 if micro.dummy else 1.0 / len(batch.prompts)
        losses.append(backpropagate(policy, found.per_pair.sum() * share))
        outcomes |= found.outcomes
    loss = total_loss(policy, [pairs for pairs, _ in micros], losses)
    norm = optimiser_step(policy, moved=bool(micros))
    return PreferenceReport({"loss": loss, "grad_norm": norm, "lr": learning_rate}, outcomes)


@torch.no_grad()
def pair_outcomes(policy: Policy, batch: PairBatch) -> list[tuple[int, PairOutcome]]:
    """What the policy makes of this rank's pairs, without learning from them."""
    return [item for _, micro in _micros(policy, batch) for item in _loss(policy, micro).outcomes.items()]


def _micros(policy: Policy, batch: PairBatch) -> list[tuple[IntArray, MicroBatch]]:
    """This rank's pairs, and their rows: the chosen completions first, the rejected ones behind them in the same order.

    Rows are numbered over the whole batch, a pair's two beside each other.
    """
    prompts = [prompt for prompt in batch.prompts for _ in range(2)]
    completions = [row for pair in zip(batch.chosen, batch.rejected, strict=True) for row in pair]
    sizes = zip(batch.prompts, batch.chosen, batch.rejected, strict=True)
    lengths = np.array([len(prompt) + max(len(one), len(other)) for prompt, one, other in sizes], dtype=np.int64)
    budget = policy.config.engine.tokens_per_micro_batch // 2
    parts, real = cut(lengths, np.arange(len(lengths)), tokens=budget, ranks=policy.ranks)
    found: list[tuple[IntArray, MicroBatch]] = []
    for i in range(policy.rank, len(parts), policy.ranks):
        rows = np.concatenate([2 * parts[i], 2 * parts[i] + 1])
        share, dummy = policy.shares_prompts, i >= real
        micro = padded(prompts, completions, rows, device=policy.device, share=share, dummy=dummy)
        found.append((parts[i], micro))
    return found


def _loss(policy: Policy, micro: MicroBatch) -> _Loss:
    wpo, mask = policy.config.wpo, micro.mask
    with torch.no_grad():  # before the policy's own pass, whose activations stay until the gradient is there
        reference, _ = policy.log_probs(micro, 1.0, reference=True)
    product: Tensor | None = None
    weights: Tensor | None = None
    if wpo.weighting:
        log_probs, collision = policy.log_probs_and_collision(micro)
        likely = policy_weights(log_probs, collision, mask).chunk(2)
        product, weights = (pair_weights(*likely, most=most) for most in (None, wpo.most_weight))
    else:
        log_probs, _ = policy.log_probs(micro, 1.0)
    chosen, rejected = sequence_log_ratio(log_probs, reference, mask).chunk(2)
    per_pair = dpo(chosen, rejected, weights, beta=wpo.beta, label_smoothing=wpo.label_smoothing).per_pair
    if micro.dummy:
        return _Loss(per_pair, {})
    ones = torch.ones_like(per_pair)
    parts = (
        wpo.beta * chosen,
        wpo.beta * rejected,
        ones if product is None else product,
        ones if weights is None else weights,
        per_pair,
    )
    columns = [floats(part.detach().cpu()) for part in parts]
    pairs = [row // 2 for row in integers(micro.rows[: len(per_pair)])]
    outcomes = [PairOutcome(*row) for row in zip(*columns, strict=True)]
    return _Loss(per_pair, dict(zip(pairs, outcomes, strict=True)))
