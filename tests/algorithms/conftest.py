"""Random batches, and verl's own functions to compare with."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor


@pytest.fixture(scope="session")
def verl() -> Any:
    """verl's functions; importing them takes ten seconds or so, hence once, and only for the tests that ask."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of verl's dependencies are not ours to mend
        core_algos = pytest.importorskip("verl.trainer.ppo.core_algos", reason="verl is not installed: no parity tests")
        from verl import DataProto
        from verl.experimental.reward_loop.reward_manager.dapo import DAPORewardManager
        from verl.trainer.ppo import rollout_corr_helper
        from verl.utils import torch_functional
        from verl.workers.config import ActorConfig

    def config(**changes: Any) -> Any:
        return ActorConfig(strategy="fsdp", rollout_n=1, use_dynamic_bsz=True, **changes)

    return SimpleNamespace(
        core=core_algos,
        correction=rollout_corr_helper,
        functional=torch_functional,
        config=config,
        dapo_manager=DAPORewardManager,
        DataProto=DataProto,
    )


class Batch:
    """A batch off policy enough that every clip and clamp is at work, with ragged rows and one empty row."""

    def __init__(self, seed: int, samples: int = 12, tokens: int = 9, spread: float = 0.6) -> None:
        draw = torch.Generator().manual_seed(seed)

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=draw, dtype=torch.float64)

        self.old = -normal(samples, tokens).abs()
        self.new = (self.old + spread * normal(samples, tokens)).requires_grad_()
        self.ref = self.old + normal(samples, tokens)
        lengths = torch.randint(1, tokens + 1, (samples,), generator=draw)
        lengths[2] = 0
        self.mask = torch.arange(tokens) < lengths.unsqueeze(-1)
        self.lengths = lengths
        self.advantages = normal(samples)
        self.rewards = normal(samples)
        self.groups = torch.randint(0, 4, (samples,), generator=draw) * 1000 - 7

    def gradient(self, loss: Tensor) -> Tensor:
        (grad,) = torch.autograd.grad(loss, self.new)
        return grad


@pytest.fixture(params=range(3))
def batch(request: pytest.FixtureRequest) -> Batch:
    return Batch(request.param)


@pytest.fixture(autouse=True)
def _same_numbers_every_time() -> None:
    torch.manual_seed(0)
