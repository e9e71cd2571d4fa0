"""From rewards to the gradient of a policy, against a closed form: a bandit with K arms, one token an answer.

For samples a_1..a_n of a softmax policy p, on policy, the loss -(1/n) sum A_i log p has the gradient
`(1/n) sum A_i (p - onehot(a_i))` in the logits. Drawing each arm in proportion to p makes that the exact policy
gradient `-p_k (A_k - sum_j p_j A_j)`.
"""

import pytest
import torch

from rlvr.algorithms.advantages import dr_grpo, grpo, rloo
from rlvr.algorithms.aggregation import token_weights
from rlvr.algorithms.entropy import log_probs_from_logits
from rlvr.algorithms.names import AGGREGATION_MODES
from rlvr.algorithms.policy_loss import cispo, gspo, ppo_clip

# Chances of 1/10, 2/10, 3/10, 4/10: ten samples hold every arm in exactly its proportion.
COUNTS = torch.tensor([1, 2, 3, 4])
ARM_REWARDS = torch.tensor([1.0, 0.0, 0.5, -2.0], dtype=torch.float64)
ARMS = torch.repeat_interleave(torch.arange(4), COUNTS)


@pytest.mark.parametrize("loss", [ppo_clip, gspo, cispo], ids=lambda f: f.__name__)
@pytest.mark.parametrize("advantage", [grpo, dr_grpo, rloo], ids=lambda f: f.__name__)
@pytest.mark.parametrize("mode", [mode for mode in AGGREGATION_MODES if mode != "token-sum"])
def test_the_gradient_is_the_policy_gradient(loss, advantage, mode):
    logits = (COUNTS / 10.0).double().log().requires_grad_()
    log_probs = log_probs_from_logits(logits.expand(10, 1, 4), ARMS.unsqueeze(-1))
    mask = torch.ones(10, 1, dtype=torch.bool)
    advantages = advantage(ARM_REWARDS[ARMS], torch.full((10,), 77))
    per_token = loss(log_probs, log_probs.detach(), advantages, mask).per_token
    (gradient,) = torch.autograd.grad((per_token * token_weights(mask, mode, horizon=1)).sum(), logits)

    chances = logits.softmax(-1).detach()
    value = (chances * ARM_REWARDS).sum()
    deviation = ((chances * (ARM_REWARDS - value).square()).sum() * 10 / 9).sqrt()
    scale = {"grpo": 1 / (deviation + 1e-6), "dr_grpo": 1.0, "rloo": 10 / 9}[advantage.__name__]
    torch.testing.assert_close(gradient, -chances * (ARM_REWARDS - value) * scale, rtol=1e-6, atol=1e-6)


def test_any_draw_of_samples_and_several_tasks():
    logits = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    tasks, arms = torch.randint(3, (40,)), torch.randint(4, (40,))
    rewards = torch.randn(40, dtype=torch.float64)
    log_probs = log_probs_from_logits(logits[tasks].unsqueeze(1), arms.unsqueeze(1))
    mask = torch.ones(40, 1, dtype=torch.bool)
    advantages = grpo(rewards, tasks)
    per_token = ppo_clip(log_probs, log_probs.detach(), advantages, mask).per_token
    (gradient,) = torch.autograd.grad((per_token * token_weights(mask, "token-mean")).sum(), logits)

    score = logits.softmax(-1).detach()[tasks] - torch.nn.functional.one_hot(arms, 4)
    expected = torch.zeros_like(logits).index_add_(0, tasks, advantages.unsqueeze(-1) * score / 40)
    torch.testing.assert_close(gradient, expected, rtol=1e-6, atol=1e-6)
