"""One meaning, two engines: a recorded batch gives the same advantages, loss, KL and gradient norm in both."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from rlvr.algorithms.aggregation import token_weights
from rlvr.algorithms.catalogue import ADVANTAGES, POLICY_LOSSES
from rlvr.algorithms.kl import kl_penalty

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
SAMPLES, TOKENS, WORDS = 12, 7, 11


class Recorded:
    """Twelve completions of three tasks, with the log-probabilities of the policy that drew them."""

    def __init__(self):
        draw = torch.Generator().manual_seed(5)
        self.ids = torch.randint(0, WORDS, (SAMPLES, TOKENS + 1), generator=draw)
        lengths = torch.randint(1, TOKENS + 1, (SAMPLES,), generator=draw)
        self.mask = torch.arange(TOKENS) < lengths.unsqueeze(1)
        self.uids = np.array([f"task-{i // 4}" for i in range(SAMPLES)], dtype=object)
        self.rewards = torch.rand(SAMPLES, generator=draw)
        torch.manual_seed(5)
        self.model = nn.Sequential(nn.Embedding(WORDS, 16), nn.Tanh(), nn.Linear(16, WORDS)).double()
        with torch.no_grad():
            self.old = self.log_probs() + 0.4 * torch.randn(SAMPLES, TOKENS, generator=draw, dtype=torch.float64)
            self.reference = self.old + 0.3 * torch.randn(SAMPLES, TOKENS, generator=draw, dtype=torch.float64)

    def log_probs(self):
        logits = self.model(self.ids[:, :-1])
        return logits.log_softmax(-1).gather(-1, self.ids[:, 1:].unsqueeze(-1)).squeeze(-1)

    def on_tokens(self, rewards):
        """Rewards as verl carries them, on the last token of each completion."""
        levels = torch.zeros(SAMPLES, TOKENS)
        levels[torch.arange(SAMPLES), self.mask.sum(1) - 1] = rewards
        return levels

    def gradient_norm(self, loss):
        gradients = torch.autograd.grad(loss, list(self.model.parameters()), retain_graph=True)
        return torch.stack([gradient.norm() for gradient in gradients]).norm()


@pytest.fixture(scope="module")
def batch():
    return Recorded()


@pytest.fixture
def config(verl):
    from verl.workers.config import ActorConfig

    return lambda **changes: ActorConfig(strategy="fsdp2", rollout_n=1, use_dynamic_bsz=True, **changes)


PAIRS = [("grpo", "grpo", {}), ("dr_grpo", "grpo", {"norm_adv_by_std_in_grpo": False}), ("rloo", "rloo", {})]


def registered(verl, batch, name, rewards, **settings):
    algorithm = verl.core.AlgoConfig(adv_estimator=f"rlvr_{name}", **settings)
    function = verl.core.get_adv_estimator_fn(f"rlvr_{name}")
    return function(batch.on_tokens(rewards), batch.mask.float(), index=batch.uids, config=algorithm)[0]


@pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_verl_knows_our_estimators_and_its_own_agree(verl, batch, ours, theirs, options):
    found = registered(verl, batch, ours, batch.rewards)
    function = verl.core.get_adv_estimator_fn(theirs)
    expected, _ = function(batch.on_tokens(batch.rewards), batch.mask.float(), index=batch.uids, **options)
    torch.testing.assert_close(found, expected, **CLOSE)


@pytest.mark.parametrize("name", ["grpo", "dr_grpo", "rloo"])
def test_a_sample_without_a_score_is_as_in_the_embedded_engine(verl, batch, name):
    rewards = batch.rewards.clone()
    rewards[[1, 4, 5, 6]] = math.nan  # one of the first task; of the second, all but one
    found = registered(verl, batch, name, rewards)
    groups = torch.arange(SAMPLES) // 4
    expected = ADVANTAGES[name](rewards, groups, valid=rewards.isfinite())
    torch.testing.assert_close(found, expected.unsqueeze(1) * batch.mask, **CLOSE)
    assert found[[1, 4, 5, 6, 7]].eq(0).all()  # the last is alone in its group
    assert found.isfinite().all()


def test_rows_that_fill_up_a_step_leave_every_baseline_alone(verl, batch):
    mask = batch.mask.float().clone()
    mask[3] = 0
    levels = batch.on_tokens(batch.rewards)
    levels[3] = 0
    algorithm = verl.core.AlgoConfig(adv_estimator="rlvr_grpo")
    found, _ = verl.core.get_adv_estimator_fn("rlvr_grpo")(levels, mask, index=batch.uids, config=algorithm)
    expected = ADVANTAGES["grpo"](batch.rewards[:3], torch.zeros(3, dtype=torch.int64))
    torch.testing.assert_close(found[:3].sum(1) / mask[:3].sum(1), expected, **CLOSE)


def test_scale_by_std_travels_through_verls_configuration(verl, batch):
    found = registered(verl, batch, "grpo", batch.rewards, norm_adv_by_std_in_grpo=False)
    torch.testing.assert_close(found, registered(verl, batch, "dr_grpo", batch.rewards), **CLOSE)


LOSSES = [("ppo_clip", "vanilla"), ("gspo", "gspo"), ("cispo", "cispo")]
MODES = ["token-mean", "seq-mean-token-mean", "seq-mean-token-sum", "seq-mean-token-sum-norm"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("ours", "theirs"), LOSSES, ids=[pair[0] for pair in LOSSES])
@pytest.mark.parametrize("kind", [None, "k1", "k2", "k3", "k1+", "k3+"])
def test_loss_kl_and_gradient_norm(verl, batch, config, ours, theirs, mode, kind):
    from rlvr.verl.settings.mapping import CLIP

    low, high = CLIP[ours]
    advantages = ADVANTAGES["grpo"](batch.rewards.double(), torch.arange(SAMPLES) // 4)
    new = batch.log_probs()
    per_token = POLICY_LOSSES[ours](new, batch.old, advantages, batch.mask, clip_low=low, clip_high=high).per_token
    settings = config(clip_ratio=low, clip_ratio_low=low, clip_ratio_high=high, loss_scale_factor=TOKENS)
    settings.global_batch_info.update(loss_scale_factor=TOKENS)
    repeated = advantages.unsqueeze(1).expand_as(batch.mask)
    function = verl.core.get_policy_loss_fn(theirs)
    expected, _ = function(batch.old, new, repeated, batch.mask.double(), mode, settings, None)
    if kind:
        per_token = per_token + 0.1 * kl_penalty(new, batch.reference, batch.mask, kind=kind)
        distance = verl.core.kl_penalty(new, batch.reference, kind)
        expected = expected + 0.1 * verl.core.agg_loss(distance, batch.mask.double(), mode, loss_scale_factor=TOKENS)
    found = (per_token * token_weights(batch.mask, mode, horizon=TOKENS)).sum()
    torch.testing.assert_close(found, expected, **CLOSE)
    torch.testing.assert_close(batch.gradient_norm(found), batch.gradient_norm(expected), **CLOSE)
