"""Losses agree with verl in value and gradient, and nothing behind the mask is ever seen."""

import dataclasses
import math

import pytest
import torch

from rlvr.algorithms.aggregation import token_weights
from rlvr.algorithms.policy_loss import cispo, gspo, ppo_clip

EACH = pytest.mark.parametrize("loss", [ppo_clip, gspo, cispo], ids=lambda f: f.__name__)
PAIRS = [(ppo_clip, "vanilla"), (gspo, "gspo"), (cispo, "cispo")]
# Bounds differ, so that swapping them shows.
CLIP = {"clip_low": 0.1, "clip_high": 0.3}


def verl_loss(verl, name, batch, mode="token-mean", weights=None, **changes):
    config = verl.config(clip_ratio_low=CLIP["clip_low"], clip_ratio_high=CLIP["clip_high"], **changes)
    advantages = batch.advantages.unsqueeze(-1).expand_as(batch.mask)
    function = verl.core.get_policy_loss_fn(name)
    return function(batch.old, batch.new, advantages, batch.mask.double(), mode, config, weights)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("mode", ["token-mean", "seq-mean-token-mean"])
def test_value_gradient_and_metrics_are_those_of_verl(verl, batch, ours, theirs, mode):
    actual = ours(batch.new, batch.old, batch.advantages, batch.mask, **CLIP)
    value = (actual.per_token * token_weights(batch.mask, mode)).sum()
    expected, metrics = verl_loss(verl, theirs, batch, mode)
    torch.testing.assert_close(value, expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(batch.gradient(value), batch.gradient(expected), rtol=1e-6, atol=1e-6)
    clipped = actual.metrics["clip_fraction_low"] + actual.metrics["clip_fraction_high"]
    assert clipped.item() == pytest.approx(metrics["actor/pg_clipfrac"], abs=1e-6)
    assert actual.metrics["approx_kl"].item() == pytest.approx(metrics["actor/ppo_kl"], abs=1e-6)
    dual = actual.metrics.get("clip_fraction_dual", torch.tensor(0.0))
    assert dual.item() == pytest.approx(metrics["actor/pg_clipfrac_lower"], abs=1e-6)


def test_the_dual_clip_is_that_of_verl(verl, batch):
    with torch.no_grad():
        batch.new[0, 0] = batch.old[0, 0] + 2.0
        batch.new[1, 0] = batch.old[1, 0] + 50.0
    batch.advantages[:2] = -1.0
    actual = ppo_clip(batch.new, batch.old, batch.advantages, batch.mask, dual_clip=2.5, **CLIP)
    value = (actual.per_token * token_weights(batch.mask, "token-mean")).sum()
    expected, metrics = verl_loss(verl, "vanilla", batch, clip_ratio_c=2.5)
    torch.testing.assert_close(value, expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(batch.gradient(value), batch.gradient(expected), rtol=1e-6, atol=1e-6)
    assert actual.metrics["clip_fraction_dual"].item() == pytest.approx(metrics["actor/pg_clipfrac_lower"], abs=1e-6)
    assert metrics["actor/pg_clipfrac_lower"] > 0


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("gap", [30.0, -30.0])
def test_far_off_policy_the_clamps_are_those_of_verl(verl, batch, ours, theirs, gap):
    with torch.no_grad():
        batch.new[:, 0] = batch.old[:, 0] + gap
    # Without a dual clip near, the clamp is all that stands between a lost token and an infinite loss.
    dual = {"dual_clip": 1e15} if ours is ppo_clip else {}
    value = ours(batch.new, batch.old, batch.advantages, batch.mask, **CLIP, **dual).per_token.sum()
    expected, _ = verl_loss(verl, theirs, batch, "token-sum", clip_ratio_c=1e15)
    torch.testing.assert_close(value, expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(batch.gradient(value), batch.gradient(expected), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_importance_weights_multiply_the_loss_as_in_verl(verl, batch, ours, theirs):
    importance = batch.ref.exp() * batch.mask
    per_token = ours(batch.new, batch.old, batch.advantages, batch.mask, **CLIP).per_token
    value = (per_token * importance * token_weights(batch.mask, "token-mean")).sum()
    expected, _ = verl_loss(verl, theirs, batch, weights=importance)
    torch.testing.assert_close(value, expected, rtol=1e-6, atol=1e-6)


@EACH
def test_a_loss_is_a_value(batch, loss):
    result = loss(batch.new, batch.old, batch.advantages, batch.mask)
    for name in ("per_token", "metrics"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, name, None)


def test_ppo_by_hand():
    ratio = torch.tensor([[0.5, 1.0, 2.0, 0.5, 2.0, 9.0]])
    advantages = torch.tensor([[1.0, 1.0, 1.0, -1.0, -1.0, -1.0]])
    new = ratio.log().requires_grad_()
    mask = torch.ones_like(ratio, dtype=torch.bool)
    loss = ppo_clip(new, torch.zeros_like(new), advantages, mask, clip_low=0.2, clip_high=0.3)
    torch.testing.assert_close(loss.per_token, torch.tensor([[-0.5, -1.0, -1.3, 0.8, 2.0, 3.0]]))
    (gradient,) = torch.autograd.grad(loss.per_token.sum(), new)
    torch.testing.assert_close(gradient, torch.tensor([[-0.5, -1.0, 0.0, 0.0, 2.0, 0.0]]))
    expected = {"clip_fraction_high": 1 / 6, "clip_fraction_low": 1 / 6, "clip_fraction_dual": 1 / 6, "ratio_max": 9.0}
    assert {name: loss.metrics[name].item() for name in expected} == pytest.approx(expected)
    unbound = ppo_clip(new, torch.zeros_like(new), advantages, mask, dual_clip=None)
    assert unbound.per_token[0, 5].item() == pytest.approx(9.0)
    assert not any(value.requires_grad for value in loss.metrics.values())


@pytest.mark.parametrize(
    ("loss", "low", "high", "dual"), [(ppo_clip, 0.2, 0.2, 3.0), (gspo, 3e-4, 4e-4, None), (cispo, 0.2, 0.2, None)]
)
def test_the_bounds_are_those_of_the_papers_where_none_are_given(loss, low, high, dual):
    ratios = [1.0 - 2 * low, 1.0 - 0.5 * low, 1.0, 1.0 + 0.5 * high, 1.0 + 2 * high, 2.9, 3.1]
    for advantage in (1.0, -1.0):
        new = torch.tensor([[ratio] for ratio in ratios], dtype=torch.float64).log()
        old, mask = torch.zeros_like(new), torch.ones_like(new, dtype=torch.bool)
        advantages = torch.full((7,), advantage, dtype=torch.float64)
        bounds = {"clip_low": low, "clip_high": high} | ({} if dual is None else {"dual_clip": dual})
        found, given = loss(new, old, advantages, mask), loss(new, old, advantages, mask, **bounds)
        torch.testing.assert_close(found.per_token, given.per_token, rtol=0, atol=0)
        torch.testing.assert_close(found.metrics, given.metrics, rtol=0, atol=0)
        clipped = [min(max(ratio, 1.0 - low), 1.0 + high) for ratio in ratios]
        if loss is cispo:
            expected = [-advantage * c * math.log(r) for r, c in zip(ratios, clipped, strict=True)]
        else:
            expected = [max(-advantage * r, -advantage * c) for r, c in zip(ratios, clipped, strict=True)]
        if dual is not None and advantage < 0:
            expected = [min(one, dual) for one in expected]
        torch.testing.assert_close(found.per_token.squeeze(-1), torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize("gap", [-25.0, -19.5, 19.5, 25.0])
def test_what_is_logged_of_a_lost_token_is_bounded(gap):
    new, old = torch.tensor([[gap]], dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    yes, bounded = torch.ones(1, 1, dtype=torch.bool), min(max(gap, -20.0), 20.0)
    for loss in (ppo_clip, cispo):
        metrics = loss(new, old, torch.ones(1), yes).metrics
        assert metrics["approx_kl"].item() == -bounded
        assert metrics["ratio_max"].item() == pytest.approx(math.exp(bounded), rel=1e-12)
        assert metrics["ratio_mean"].item() == pytest.approx(math.exp(bounded), rel=1e-12)
    metrics = gspo(new, old, torch.ones(1), yes).metrics
    assert metrics["ratio_max"].item() == pytest.approx(math.exp(min(gap, 10.0)), rel=1e-12)
    assert metrics["approx_kl"].item() == -gap


@EACH
@pytest.mark.parametrize("garbage", [torch.nan, torch.inf, -torch.inf, 1e30])
def test_what_lies_outside_the_mask_is_never_seen(batch, loss, garbage):
    mask = batch.mask

    def spoil(clean):
        return torch.where(mask, clean.detach(), garbage).requires_grad_()

    clean = loss(batch.new, batch.old, batch.advantages, mask)
    expected = batch.gradient(clean.per_token.sum())
    new, old = spoil(batch.new), spoil(batch.old)
    per_token_advantages = spoil(batch.advantages.unsqueeze(-1).expand_as(mask))
    for advantages in (per_token_advantages, batch.advantages.masked_fill(~mask.any(-1), garbage)):
        dirty = loss(new, old, advantages, mask)
        torch.testing.assert_close(dirty.per_token, clean.per_token, rtol=0, atol=0)
        torch.testing.assert_close(dirty.metrics, clean.metrics, rtol=0, atol=0)
        assert not dirty.per_token[~mask].any()
        (gradient,) = torch.autograd.grad(dirty.per_token.sum(), new)
        torch.testing.assert_close(gradient, expected)
        assert not gradient[~mask].any()


@EACH
@pytest.mark.parametrize("mode", ["token-mean", "seq-mean-token-mean", "seq-mean-token-sum"])
def test_masked_samples_might_as_well_not_exist(batch, loss, mode):
    kept = torch.rand(12) > 0.4
    mask = batch.mask & kept.unsqueeze(-1)
    masked = (loss(batch.new, batch.old, batch.advantages, mask).per_token * token_weights(mask, mode)).sum()
    removed = loss(batch.new[kept], batch.old[kept], batch.advantages[kept], mask[kept])
    alone = (removed.per_token * token_weights(mask[kept], mode)).sum()
    torch.testing.assert_close(masked, alone)
    gradient = batch.gradient(masked)
    torch.testing.assert_close(gradient, batch.gradient(alone))
    assert not gradient[~kept].any()


@EACH
def test_micro_batches_sum_to_the_whole(batch, loss):
    weights = token_weights(batch.mask, "token-mean")
    whole = batch.gradient((loss(batch.new, batch.old, batch.advantages, batch.mask).per_token * weights).sum())
    parts = torch.zeros_like(whole)
    for rows in torch.randperm(12).split(5):
        part = loss(batch.new[rows], batch.old[rows], batch.advantages[rows], batch.mask[rows])
        parts += batch.gradient((part.per_token * weights[rows]).sum())
    torch.testing.assert_close(parts, whole, rtol=0, atol=0)


@EACH
def test_on_policy_it_is_the_policy_gradient(batch, loss):
    """At ratio 1 the gradient is -A, even when the caller forgot to detach the old log-probabilities."""
    value = loss(batch.new, batch.new, batch.advantages, batch.mask).per_token.sum()
    expected = -batch.advantages.unsqueeze(-1) * batch.mask
    torch.testing.assert_close(batch.gradient(value), expected)


@EACH
def test_an_empty_mask_gives_zeros(loss):
    new = torch.zeros(2, 3, requires_grad=True)
    result = loss(new, torch.zeros(2, 3), torch.ones(2), torch.zeros(2, 3, dtype=torch.bool))
    assert not result.per_token.any()
    assert not any(value.any() for value in result.metrics.values())
    assert loss(new[:, :0], new[:, :0], torch.ones(2), torch.ones(2, 0, dtype=torch.bool)).per_token.shape == (2, 0)


def test_what_cannot_work_is_refused():
    new, mask = torch.zeros(2, 3), torch.ones(2, 3, dtype=torch.bool)
    for bound in (1.0, 0.5, -2.0):
        with pytest.raises(ValueError, match="dual_clip"):
            ppo_clip(new, new, torch.ones(2), mask, dual_clip=bound)
    for loss in (ppo_clip, gspo, cispo):
        for bounds in ({"clip_low": -0.1}, {"clip_high": -0.1}):
            with pytest.raises(ValueError, match="negative"):
                loss(new, new, torch.ones(2), mask, **bounds)
        loss(new, new, torch.ones(2), mask, clip_low=0.0, clip_high=0.0)
    ppo_clip(new, new, torch.ones(2), mask, dual_clip=1.0001)
    with pytest.raises(ValueError, match="bool"):
        cispo(new, new, torch.ones(2), mask.long())
    with pytest.raises(ValueError, match=r"\(2, 4\)"):
        ppo_clip(new, torch.zeros(2, 4), torch.ones(2), mask)
    for samples in (1, 3):
        with pytest.raises(ValueError, match=rf"\({samples},\)"):
            ppo_clip(new, new, torch.ones(samples), mask)
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        ppo_clip(new[:, 1:], new[:, 1:], torch.ones(2), mask)
