"""One loss, however the batch is cut."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlvr.algorithms.aggregation import token_weights
from rlvr.algorithms.names import AGGREGATION_MODES

HORIZON = 17


@pytest.mark.parametrize("mode", AGGREGATION_MODES)
def test_value_and_gradient_are_those_of_verl(verl, batch, mode):
    loss = (batch.new * token_weights(batch.mask, mode, horizon=HORIZON)).sum()
    theirs = verl.core.agg_loss(batch.new, batch.mask.double(), mode, loss_scale_factor=HORIZON)
    torch.testing.assert_close(loss, theirs, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(batch.gradient(loss), batch.gradient(theirs), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("mode", AGGREGATION_MODES)
def test_micro_batches_sum_to_the_whole(batch, mode):
    weights = token_weights(batch.mask, mode, horizon=HORIZON)
    whole = batch.gradient((batch.new.exp() * weights).sum())
    parts = torch.zeros_like(whole)
    for rows in torch.arange(len(weights)).split([1, 5, 2, 4]):
        parts += batch.gradient((batch.new[rows].exp() * weights[rows]).sum())
    torch.testing.assert_close(parts, whole, rtol=0, atol=0)


@given(lengths=st.lists(st.integers(0, 6), min_size=1, max_size=8), mode=st.sampled_from(AGGREGATION_MODES))
@settings(deadline=None, max_examples=60)
def test_weights_are_a_mean_and_ignore_empty_rows_and_padding(lengths, mode):
    mask = torch.arange(6) < torch.tensor(lengths).unsqueeze(-1)
    weights = token_weights(mask, mode, horizon=6)
    assert not weights[~mask].any()
    if mode in ("token-mean", "seq-mean-token-mean") and mask.any():
        assert weights.sum() == pytest.approx(1.0)
    kept = mask.any(-1)
    torch.testing.assert_close(weights[kept], token_weights(mask[kept], mode, horizon=6))
    wider = torch.nn.functional.pad(mask, (0, 3))
    torch.testing.assert_close(weights, token_weights(wider, mode, horizon=6)[:, :6])


@pytest.mark.parametrize("mode", AGGREGATION_MODES)
def test_an_empty_mask_weighs_nothing(mode):
    assert not token_weights(torch.zeros(2, 3, dtype=torch.bool), mode, horizon=3).any()


def test_what_cannot_work_is_refused():
    mask = torch.ones(1, 2, dtype=torch.bool)
    for horizon in (None, 0, -1):
        with pytest.raises(ValueError, match="horizon"):
            token_weights(mask, "seq-mean-token-sum-norm", horizon=horizon)
    torch.testing.assert_close(token_weights(mask, "seq-mean-token-sum-norm", horizon=1), torch.ones(1, 2))
    with pytest.raises(ValueError, match="token-mean, token-sum"):
        token_weights(mask, "mean")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="bool"):
        token_weights(mask.long(), "token-mean")
