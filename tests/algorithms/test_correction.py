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


def test_what_cannot_work_is_refused(batch):
    with pytest.raises(ValueError, match="cap"):
        truncated_importance_weights(batch.new, batch.old, batch.mask, cap=0.0)
    with pytest.raises(ValueError, match="token, sequence"):
        truncated_importance_weights(batch.new, batch.old, batch.mask, level="word")  # pyright: ignore[reportArgumentType]
