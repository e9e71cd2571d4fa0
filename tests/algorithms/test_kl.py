"""KL estimators agree with verl; their expected values and gradients are what the table says."""

import math

import pytest
import torch

from rlvr.algorithms.kl import kl_in_reward, kl_penalty
from rlvr.algorithms.names import KL_KINDS


@pytest.mark.parametrize("kind", KL_KINDS)
def test_value_and_gradient_are_those_of_verl(verl, batch, kind):
    with torch.no_grad():
        batch.new[0, 0], batch.new[1, 0] = batch.ref[0, 0] - 4.0, batch.ref[1, 0] + 40.0
    ours = kl_penalty(batch.new, batch.ref, batch.mask, kind=kind)
    theirs = verl.core.kl_penalty(batch.new, batch.ref, kind) * batch.mask
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(batch.gradient(ours.sum()), batch.gradient(theirs.sum()), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", KL_KINDS)
def test_expectation_over_a_small_vocabulary(kind):
    """Every token once, weighted with its probability: an expectation without sampling."""
    logits = torch.tensor([0.3, -1.0, 0.8, 0.1], dtype=torch.float64, requires_grad=True)
    policy, reference = logits.log_softmax(-1), torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64).log()
    everything = torch.ones(1, 4, dtype=torch.bool)
    estimate = kl_penalty(policy.unsqueeze(0), reference.unsqueeze(0), everything, kind=kind).squeeze(0)
    chance = policy.exp().detach()
    forward, reverse = (policy.exp() * (policy - reference)).sum(), (reference.exp() * (reference - policy)).sum()
    if kind != "k2":
        torch.testing.assert_close((chance * estimate).sum(), forward)
    (gradient,) = torch.autograd.grad((chance * estimate).sum(), logits, retain_graph=True)
    target = {"k1": 0.0 * forward, "k3": reverse}.get(kind, forward)
    (expected,) = torch.autograd.grad(target, logits)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("kind", KL_KINDS)
def test_padding_is_never_seen(batch, kind):
    spoiled = torch.where(batch.mask, batch.new, torch.nan).detach().requires_grad_()
    reference = torch.where(batch.mask, batch.ref, -torch.inf)
    dirty = kl_penalty(spoiled, reference, batch.mask, kind=kind)
    clean = kl_penalty(batch.new, batch.ref, batch.mask, kind=kind)
    torch.testing.assert_close(dirty, clean, rtol=0, atol=0)
    (gradient,) = torch.autograd.grad(dirty.sum(), spoiled)
    torch.testing.assert_close(gradient, batch.gradient(clean.sum()))


def test_a_lost_token_is_pulled_back_by_k3_plus_only():
    policy = torch.tensor([[-5.0]], requires_grad=True)
    reference, mask = torch.tensor([[-1.0]]), torch.tensor([[True]])
    for kind, expected in (("k3", 0.0), ("k3+", -4.0)):
        (gradient,) = torch.autograd.grad(kl_penalty(policy, reference, mask, kind=kind).sum(), policy)
        assert gradient.item() == expected


def test_kl_in_the_reward_is_that_of_verl(verl, batch):
    token_rewards = torch.zeros(batch.mask.shape).double()
    token_rewards[:, 0] = batch.rewards
    penalty = verl.core.kl_penalty(batch.new.detach(), batch.ref, "k1") * batch.mask
    ours = kl_in_reward(batch.rewards, batch.new, batch.ref, batch.mask, coef=0.05)
    torch.testing.assert_close(ours, (token_rewards - 0.05 * penalty).sum(-1), rtol=1e-6, atol=1e-6)
    assert not ours.requires_grad


def test_what_cannot_work_is_refused(batch):
    with pytest.raises(ValueError, match="k1, k2, k3"):
        kl_penalty(batch.new, batch.ref, batch.mask, kind="k4")  # pyright: ignore[reportArgumentType]
    for samples in (3, 11, 13):
        with pytest.raises(ValueError, match="12 samples"):
            kl_in_reward(torch.ones(samples), batch.new, batch.ref, batch.mask, coef=0.1)


def test_a_distant_token_counts_ten_nats_at_most():
    """k3 reaches 10 where the reference is 2.6 nats above the policy, or 11 below it."""
    gaps = torch.tensor([[-30.0, -2.7, -2.5, -1.0, 1.0, 10.9, 11.1, 30.0]], dtype=torch.float64)
    yes = torch.ones_like(gaps, dtype=torch.bool)
    found = kl_penalty(gaps, torch.zeros_like(gaps), yes)
    expected = [10.0, 10.0, math.exp(2.5) - 3.5, math.e - 2, math.exp(-1), math.exp(-10.9) + 9.9, 10.0, 10.0]
    torch.testing.assert_close(found, torch.tensor([expected], dtype=torch.float64))
    assert kl_penalty(gaps[:, 3:4], torch.zeros(1, 1), yes[:, :1], kind="k2").item() == 0.5
