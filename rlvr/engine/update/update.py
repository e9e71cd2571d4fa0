"""One step of learning: from a batch of samples to new weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor

from rlvr.algorithms.aggregation import token_weights
from rlvr.algorithms.catalogue import POLICY_LOSSES
from rlvr.algorithms.correction import mismatch_metrics, truncated_importance_weights
from rlvr.algorithms.kl import kl_penalty
from rlvr.algorithms.masking import hide, masked_mean
from rlvr.algorithms.names import AggregationMode, KLKind, PolicyLossName
from rlvr.algorithms.policy_loss import PolicyLoss
from rlvr.engine.lists import floats, integers
from rlvr.engine.policy.policy import Policy
from rlvr.engine.update.batch import FloatArray, IntArray, MicroBatch, TrainBatch, micro_batches
from rlvr.engine.update.meter import Meter
from rlvr.engine.update.optimising import backpropagate, optimiser_step, total_loss


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """What an update did.

    Attributes:
        metrics: Loss, gradient norm, learning rate, clip fractions and so on, over all ranks.
        gaps: For this rank's rows, the mean absolute difference between the rollout's and the trainer's
            log-probabilities, in nats.
    """

    metrics: dict[str, float]
    gaps: dict[int, float]


def policy_update(policy: Policy, batch: TrainBatch) -> UpdateReport:
    """All optimiser updates of a step: `epochs` passes over `mini_batches` shares of its samples.

    Samples whose advantage is exactly 0 have no gradient; unless a KL or entropy term needs them they are counted in
    the loss's denominators and not sent through the model.

    Raises:
        EngineError: The loss or the gradient is not finite; the weights are left as they were.
    """
    algorithm = policy.config.algorithm
    with_all = algorithm.kl.coef > 0 or algorithm.entropy_coef > 0
    shares = [np.flatnonzero(batch.mini_batch == m) for m in range(algorithm.mini_batches)]
    moving = batch.in_loss if with_all else batch.in_loss & (batch.advantages != 0)
    micros = [_micro_batches(policy, batch, share[moving[share]]) for share in shares]
    old: dict[int, FloatArray] | None = None
    if algorithm.old_log_probs == "rollout":
        old = dict(enumerate(batch.rollout_log_probs))
    elif algorithm.mini_batches * algorithm.epochs > 1:
        # With a single update the policy of the update is that of the step's start: the ratio is 1, no pass is needed.
        old = {row: values for share in micros for row, values in token_log_probs(policy, share)}
    meter, gaps, norms = Meter(policy.device), dict[int, float](), list[float]()
    loss, learning_rate = 0.0, policy.learning_rate
    for epoch in range(algorithm.epochs):
        for share, share_micros in zip(shares, micros, strict=True):
            weights = _row_weights(policy, batch, share)
            seen = gaps if epoch == 0 else {}
            losses = [_backward(policy, batch, micro, weights, old, meter, seen) for micro in share_micros]
            rows = [micro.rows for micro in share_micros]
            loss += total_loss(policy, rows, losses)
            norms.append(optimiser_step(policy, moved=bool(share_micros)))
    metrics = {
        "loss": loss / len(norms),
        "grad_norm": float(np.mean(norms)),
        "lr": learning_rate,
        "samples/moving": float(moving.mean()),
    }
    return UpdateReport(metrics | meter.totals(), gaps)


@torch.no_grad()
def token_log_probs(
    policy: Policy, micros: Sequence[MicroBatch], *, reference: bool = False
) -> list[tuple[int, FloatArray]]:
    """Log-probabilities of the completions' tokens under the policy or its reference, for this rank's rows."""
    found: list[tuple[int, FloatArray]] = []
    for micro in micros:
        log_probs, _ = policy.log_probs(micro, policy.config.rollout.temperature, reference=reference)
        if not micro.dummy:
            found += zip(integers(micro.rows), micro.take(log_probs), strict=True)
    return found


def _micro_batches(policy: Policy, batch: TrainBatch, rows: IntArray) -> list[MicroBatch]:
    return micro_batches(
        batch.prompts,
        batch.completions,
        rows,
        tokens=policy.config.engine.tokens_per_micro_batch,
        device=policy.device,
        rank=policy.rank,
        ranks=policy.ranks,
        share=policy.shares_prompts,
        drawn=batch.drawn,
    )


def _row_weights(policy: Policy, batch: TrainBatch, rows: IntArray) -> dict[int, Tensor]:
    """Each token's share in the loss of its mini-batch, whatever rank or micro-batch it is computed in."""
    mode = cast("AggregationMode", policy.config.algorithm.aggregation)
    horizon = policy.config.rollout.max_new_tokens if mode == "seq-mean-token-sum-norm" else None
    return dict(zip(integers(rows), token_weights(batch.mask(rows), mode, horizon=horizon), strict=True))


def _placed(micro: MicroBatch, weights: dict[int, Tensor]) -> Tensor:
    if micro.dummy:
        return torch.zeros(micro.mask.shape, device=micro.ids.device)
    return micro.place(torch.stack([weights[row] for row in integers(micro.rows)]))


def _backward(
    policy: Policy,
    batch: TrainBatch,
    micro: MicroBatch,
    weights: dict[int, Tensor],
    old: dict[int, FloatArray] | None,
    meter: Meter,
    gaps: dict[int, float],
) -> Tensor:
    algorithm, mask = policy.config.algorithm, micro.mask
    rows = integers(micro.rows)
    log_probs, entropy = policy.log_probs(micro, policy.config.rollout.temperature, entropy=algorithm.entropy_coef > 0)
    at_start = log_probs.detach() if old is None else micro.place([old[row] for row in rows])
    advantages = torch.as_tensor(batch.advantages[micro.rows]).to(policy.device)
    surrogate = _surrogate(policy, log_probs, at_start, advantages, mask)
    per_token = surrogate.per_token
    count = mask.sum() * (0 if micro.dummy else 1)
    rollout = micro.place([batch.rollout_log_probs[row] for row in rows])
    if algorithm.importance_cap is not None:
        per_token = per_token * truncated_importance_weights(at_start, rollout, mask, cap=algorithm.importance_cap)
    if algorithm.kl.coef > 0:
        with torch.no_grad():
            reference, _ = policy.log_probs(micro, policy.config.rollout.temperature, reference=True)
        kl = kl_penalty(log_probs, reference, mask, kind=cast("KLKind", algorithm.kl.kind))
        meter.mean("kl/reference", masked_mean(kl, mask), count)
        if algorithm.kl.place == "loss":
            per_token = per_token + algorithm.kl.coef * kl
    if entropy is not None:
        entropy = hide(entropy, mask)
        meter.mean("entropy", masked_mean(entropy, mask), count)
        per_token = per_token - algorithm.entropy_coef * entropy
    _measure(meter, surrogate, at_start, rollout, micro, count)
    gap = (at_start - rollout).abs().masked_fill(~mask, 0).sum(1) / mask.sum(1).clamp(min=1)
    if not micro.dummy:
        gaps.update(zip(rows, floats(gap), strict=True))
    return backpropagate(policy, (per_token * _placed(micro, weights)).sum())


def _surrogate(policy: Policy, log_probs: Tensor, old: Tensor, advantages: Tensor, mask: Tensor) -> PolicyLoss:
    algorithm = policy.config.algorithm
    given = {"clip_low": algorithm.clip_low, "clip_high": algorithm.clip_high}
    bounds: dict[str, float | None] = {name: bound for name, bound in given.items() if bound is not None}
    if algorithm.loss == "ppo_clip":
        bounds["dual_clip"] = algorithm.dual_clip
    return POLICY_LOSSES[cast("PolicyLossName", algorithm.loss)](log_probs, old, advantages, mask, **bounds)


def _measure(
    meter: Meter, surrogate: PolicyLoss, at_start: Tensor, rollout: Tensor, micro: MicroBatch, count: Tensor
) -> None:
    for name, value in surrogate.metrics.items():
        if name == "ratio_max":
            meter.maximum("ratio/max", value)
        else:
            meter.mean(_METRIC_NAMES[name], value, count)
    mismatch = mismatch_metrics(at_start, rollout, micro.mask)
    meter.mean("gap/mean", mismatch["gap_mean"], count)
    meter.mean("gap/kl", mismatch["kl_k3"], count)
    meter.maximum("gap/max", mismatch["gap_max"])


_METRIC_NAMES = {
    "clip_fraction_low": "clip/low",
    "clip_fraction_high": "clip/high",
    "clip_fraction_dual": "clip/dual",
    "approx_kl": "kl/old",
    "ratio_mean": "ratio/mean",
}
