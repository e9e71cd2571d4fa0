"""What every update does around its loss: backward, a look at whether it is finite, the optimiser's step."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from rlvr.engine.lists import integers
from rlvr.engine.policy.distributed import max_over_ranks, sum_over_ranks
from rlvr.engine.policy.policy import Policy
from rlvr.engine.update.batch import IntArray
from rlvr.errors import EngineError


def backpropagate(policy: Policy, loss: Tensor) -> Tensor:
    """Adds a micro-batch's gradients; returns its loss, detached.

    Args:
        policy: Whose gradients.
        loss: A micro-batch's part of the sum over the whole batch.
    """
    # FSDP averages gradients over the ranks; the weights in the loss already divide by the whole mini-batch.
    (loss * policy.ranks).backward()
    return loss.detach().double()


def total_loss(policy: Policy, rows: Sequence[IntArray], losses: Sequence[Tensor]) -> float:
    """The loss over all micro-batches of all ranks; where it is not finite, all ranks find so and raise together.

    Args:
        policy: Its gradients are taken back on an error.
        rows: Which rows of the batch each micro-batch holds.
        losses: Of each micro-batch.

    Raises:
        EngineError: It is not finite; the message names the rows.
    """
    zero = torch.zeros((), dtype=torch.float64, device=policy.device)
    loss = float(sum_over_ranks(torch.stack([zero, *losses]).sum()))
    if math.isfinite(loss):
        return loss
    policy.optimizer.zero_grad(set_to_none=True)
    largest = max((int(part.max()) for part in rows if len(part)), default=0)
    count = int(max_over_ranks(torch.tensor(largest + 1, device=policy.device)))
    broken = torch.zeros(count, device=policy.device)
    for part, value in zip(rows, losses, strict=True):
        if not torch.isfinite(value):
            broken[torch.as_tensor(part)] = 1
    named = integers(sum_over_ranks(broken).nonzero().squeeze(1))
    raise EngineError(
        f"The loss is {loss}; it comes from samples {named} of the step.",
        hint="The weights are as before this update. Look at these samples in the rollouts, and at optim.lr.",
    )


def optimiser_step(policy: Policy, *, moved: bool) -> float:
    """Clips, steps, moves the schedule; returns the gradient norm.

    Args:
        policy: Whose step.
        moved: Whether any sample has a gradient.

    Raises:
        EngineError: The norm is not finite; the weights are as they were.
    """
    if not moved:
        # No sample has a gradient: a step with zero gradients keeps the optimiser on the course it would have taken.
        for parameter in policy.model.parameters():
            if parameter.requires_grad:
                parameter.grad = torch.zeros_like(parameter)
    norm = policy.step()
    if not np.isfinite(norm):
        raise EngineError(
            f"The gradient norm is {norm}.",
            hint="The weights are as before this update. Lower optim.lr, or compute in model.dtype=float32.",
        )
    return norm
