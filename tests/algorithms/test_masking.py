"""What lies outside a mask is hidden, and statistics are of what lies inside."""

import pytest
import torch

from rlvr.algorithms.masking import hide, masked_max, masked_mean


def test_statistics_are_of_what_lies_inside():
    values = torch.tensor([[1.0, 3.0, 99.0], [5.0, torch.nan, torch.inf]], requires_grad=True)
    mask = torch.tensor([[True, True, False], [True, False, False]])
    torch.testing.assert_close(hide(values, mask), torch.tensor([[1.0, 3.0, 0.0], [5.0, 0.0, 0.0]]))
    for found, expected in ((masked_mean(values, mask), 3.0), (masked_max(values, mask), 5.0)):
        assert (found.item(), found.shape, found.requires_grad) == (expected, (), False)


@pytest.mark.parametrize("shape", [(2, 3), (0, 3), (2, 0)])
def test_of_nothing_they_are_zero(shape):
    values, mask = torch.ones(shape), torch.zeros(shape, dtype=torch.bool)
    assert masked_mean(values, mask) == masked_max(values, mask) == 0.0
    one = torch.tensor([[True, False]])
    assert masked_mean(torch.tensor([[0.25, 9.0]]), one) == masked_max(torch.tensor([[0.25, 9.0]]), one) == 0.25


@pytest.mark.parametrize("shape", [(2, 2), (2, 4), (1, 3), (3, 3), (3,)])
def test_a_mask_of_another_shape_is_refused(shape):
    mask = torch.ones(2, 3, dtype=torch.bool)
    for function in (hide, masked_mean, masked_max):
        with pytest.raises(ValueError, match=r"do not fit a mask of shape \(2, 3\)"):
            function(torch.ones(shape), mask)
        with pytest.raises(ValueError, match="must be bool"):
            function(torch.ones(2, 3), mask.float())
