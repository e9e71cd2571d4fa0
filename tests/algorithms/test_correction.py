"""Importance weights between rollout engine and trainer agree with verl."""

import pytest
import torch

from rlvr.algorithms.correction import mismatch_metrics, truncated_importance_weights


@pytest.mark.parametrize("level", ["token", "sequence"])
@pytest.mark.parametrize("cap", [2.0, 1.1])
def test_weights_are_those_of_verl(verl, batch, level, cap):
    with torch.no_grad():
        batch.new[0, 0], batch.new[1, 0] = batch.old[0, 0] - 90.0, batch.old[1, 0] + 90.0
    ours = truncated_importance_weights(batch.new, batch.old, batch.mask, cap=cap, level=level)
    log_ratio = (batch.new - batch.old).detach()
    theirs, _ = verl.correction.compute_rollout_correction_weights(log_ratio, batch.mask.double(), level, cap)
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
    assert not ours.requires_grad
    assert ours.max() <= cap


def test_metrics_are_those_of_verl(verl, batch):
    ours = mismatch_metrics(batch.new, batch.old, batch.mask)
    theirs = verl.correction.compute_offpolicy_metrics(batch.new, batch.old, batch.mask.double())
    assert ours["kl_k3"].item() == pytest.approx(theirs["k3_kl"], abs=1e-6)
    gaps = (batch.new - batch.old).detach()[batch.mask].abs()
    torch.testing.assert_close(ours["gap_mean"], gaps.mean())
    torch.testing.assert_close(ours["gap_max"], gaps.max())


@pytest.mark.parametrize("level", ["token", "sequence"])
def test_padding_is_never_seen(batch, level):
    trainer, rollout = (torch.where(batch.mask, x.detach(), torch.nan) for x in (batch.new, batch.old))
    dirty = truncated_importance_weights(trainer, rollout, batch.mask, level=level)
    clean = truncated_importance_weights(batch.new, batch.old, batch.mask, level=level)
    torch.testing.assert_close(dirty, clean, rtol=0, atol=0)
    metrics = mismatch_metrics(trainer, rollout, batch.mask)
    torch.testing.assert_close(metrics, mismatch_metrics(batch.new, batch.old, batch.mask), rtol=0, atol=0)


def test_engines_that_agree_change_nothing(batch):
    torch.testing.assert_close(
        truncated_importance_weights(batch.old, batch.old, batch.mask, level="sequence"), batch.mask.double()
    )
    assert not any(value.any() for value in mismatch_metrics(batch.old, batch.old, batch.mask).values())


@pytest.mark.parametrize("cap", [0.25, 0.5, 1.0, 3.0])
def test_any_positive_cap_is_one(cap):
    ratio, yes = torch.tensor([[0.1, 0.4, 0.8, 2.0, 9.0]]), torch.ones(1, 5, dtype=torch.bool)
    found = truncated_importance_weights(ratio.log(), torch.zeros(1, 5), yes, cap=cap)
    torch.testing.assert_close(found, ratio.clamp(max=cap))
    torch.testing.assert_close(truncated_importance_weights(ratio.log(), torch.zeros(1, 5), yes), ratio.clamp(max=2.0))


@pytest.mark.parametrize("gap", [-30.0, -20.0, -19.5, 19.5, 20.0, 30.0])
def test_ratios_are_bounded_before_they_overflow(gap):
    trainer, yes = torch.tensor([[gap]], dtype=torch.float64), torch.ones(1, 1, dtype=torch.bool)
    bounded = torch.tensor([[min(max(gap, -20.0), 20.0)]], dtype=torch.float64)
    rollout = torch.zeros(1, 1, dtype=torch.float64)
    found = truncated_importance_weights(trainer, rollout, yes, cap=1e12)
    torch.testing.assert_close(found, bounded.exp(), rtol=1e-12, atol=0.0)
    k3 = mismatch_metrics(trainer, rollout, yes)["kl_k3"]
    expected = torch.tensor(gap, dtype=torch.float64).clamp(max=20.0).exp() - gap - 1.0
    torch.testing.assert_close(k3, expected, rtol=1e-12, atol=0.0)


def test_what_cannot_work_is_refused(batch):
    for cap in (0.0, -1.0):
        with pytest.raises(ValueError, match="cap"):
            truncated_importance_weights(batch.new, batch.old, batch.mask, cap=cap)
    with pytest.raises(ValueError, match="token, sequence"):
        truncated_importance_weights(batch.new, batch.old, batch.mask, level="word")  # pyright: ignore[reportArgumentType]
