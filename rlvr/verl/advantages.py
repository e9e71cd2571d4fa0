"""Our estimators in verl's register, as `rlvr_grpo`, `rlvr_dr_grpo` and `rlvr_rloo`.

They are the functions of the embedded engine. verl's own agree with them on complete groups; these also know samples
that must not count, which come as NaN: such a sample leaves its group's baseline, and its own advantage is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from verl.trainer.ppo.core_algos import register_adv_est

from rlvr.algorithms.catalogue import ADVANTAGES
from rlvr.algorithms.names import AdvantageName

NAMES: Final[tuple[AdvantageName, ...]] = ("grpo", "dr_grpo", "rloo")
"""Not `gdpo`: verl's default trainer does not hand the parts of a reward to its estimators."""


def estimator(name: AdvantageName) -> Callable[..., tuple[Tensor, Tensor]]:
    """One of our estimators with the arguments that verl gives: `(advantages, returns)`, both (B, T)."""

    def estimate(
        token_level_rewards: Tensor, response_mask: Tensor, index: Any, config: Any = None, **unused: Any
    ) -> tuple[Tensor, Tensor]:
        rewards = token_level_rewards.sum(-1).double()
        # verl fills a step up to a multiple of its ranks with rows that hold no token.
        valid = rewards.isfinite() & (response_mask.sum(-1) > 0)
        groups = torch.as_tensor(
            np.unique(np.asarray(index).astype(str), return_inverse=True)[1], device=rewards.device
        )
        options = (
            {"scale_by_std": bool(config.norm_adv_by_std_in_grpo)} if name == "grpo" and config is not None else {}
        )
        each = ADVANTAGES[name](rewards, groups, valid=valid, **options).to(token_level_rewards.dtype)
        advantages = each.unsqueeze(-1) * response_mask
        return advantages, advantages

    return estimate


def register() -> None:
    """Makes the names known to verl in this process; a second time is one too many for verl."""
    for name in NAMES:
        register_adv_est(f"rlvr_{name}")(estimator(name))
