"""Learning from text that is there: next-token loss over texts, and the same loss without learning."""

from __future__ import annotations

import torch
from torch import Tensor

from rlvr.algorithms.masking import hide
from rlvr.engine.lists import floats, integers
from rlvr.engine.policy.policy import Policy
from rlvr.engine.policy.sharing import attends_only
from rlvr.engine.update.optimising import backpropagate, optimiser_step, total_loss
from rlvr.engine.update.texts import TextBatch, TextMicro, text_micros
from rlvr.engine.update.update import UpdateReport
from rlvr.errors import ModelError


def supervised_update(policy: Policy, batch: TextBatch) -> UpdateReport:
    """One update: the mean negative log-probability of all learned tokens of the batch.

    How the texts are packed, and cut into micro-batches, does not change it.

    Raises:
        EngineError: The loss or the gradient is not finite; the weights are as they were.
        ModelError: Packed texts for a model whose layers would carry a state from one into the next.
    """
    learning_rate, micros, losses = policy.learning_rate, _micros(policy, batch), list[Tensor]()
    weight = torch.tensor(1.0 / max(batch.learned, 1), device=policy.device)
    for micro in micros:
        log_probs = policy.text_log_probs(micro)
        learned = micro.learned[:, micro.start :]
        share = weight * (0 if micro.dummy else 1)
        losses.append(backpropagate(policy, -(hide(log_probs, learned) * share).sum()))
    loss = total_loss(policy, [micro.rows for micro in micros], losses)
    return UpdateReport({"loss": loss, "grad_norm": optimiser_step(policy, moved=True), "lr": learning_rate}, {})


@torch.no_grad()
def text_losses(policy: Policy, batch: TextBatch) -> list[tuple[int, float]]:
    """For this rank's texts, each one's negative log-probability of its learned tokens, in nats."""
    found: list[tuple[int, float]] = []
    for micro in _micros(policy, batch):
        log_probs = policy.text_log_probs(micro)
        learned = micro.learned[:, micro.start :]
        if micro.dummy:
            continue
        sums = torch.zeros(len(micro.rows) + 1, dtype=torch.float64, device=policy.device)
        # Padding counts for the place behind the last.
        places = micro.text_of[:, micro.start :] % (len(micro.rows) + 1)
        sums.index_add_(0, places.flatten(), -hide(log_probs, learned).double().flatten())
        found += zip(integers(micro.rows), floats(sums[:-1].cpu()), strict=True)
    return found


def _micros(policy: Policy, batch: TextBatch) -> list[TextMicro]:
    if batch.lines is not None and not attends_only(policy.model):
        raise ModelError(
            "Texts cannot be packed for this model: some of its layers carry a state along the line, from one text "
            "into the next.",
            hint="Set sft.packing=false; continued pretraining needs a model whose layers only attend.",
        )
    return text_micros(
        batch,
        tokens=policy.config.engine.tokens_per_micro_batch,
        device=policy.device,
        rank=policy.rank,
        ranks=policy.ranks,
        flat=batch.lines is not None and policy.config.model.attention.startswith("flash"),
    )
