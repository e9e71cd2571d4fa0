"""The functions behind the names of a configuration.

>>> import torch
>>> ADVANTAGES["rloo"](torch.tensor([1.0, 0.0]), torch.tensor([7, 7]))
tensor([ 1., -1.])
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from rlvr.algorithms.advantages import dr_grpo, gdpo, grpo, rloo
from rlvr.algorithms.names import AdvantageName, PolicyLossName
from rlvr.algorithms.policy_loss import PolicyLoss, cispo, gspo, ppo_clip

ADVANTAGES: dict[AdvantageName, Callable[..., Tensor]] = {
    "grpo": grpo,
    "dr_grpo": dr_grpo,
    "rloo": rloo,
    "gdpo": gdpo,
}
"""All take `(rewards, groups, *, valid, singleton)`; only `gdpo` begins with `(components, weights, groups)`."""

POLICY_LOSSES: dict[PolicyLossName, Callable[..., PolicyLoss]] = {
    "ppo_clip": ppo_clip,
    "gspo": gspo,
    "cispo": cispo,
}
"""All take `(log_probs, old_log_probs, advantages, mask, *, clip_low, clip_high)`; `ppo_clip` also `dual_clip`."""
