"""Statistics within groups: of each column apart, and as if what is not valid were not there."""

import dataclasses

import pytest
import torch

from rlvr.algorithms.grouping import center_in_groups

GROUPS = torch.tensor([7, -3, 7, 7, -3, 100])
VALUES = torch.tensor([1.0, 5.0, 3.0, 8.0, 5.0, 2.0], dtype=torch.float64)


@pytest.mark.parametrize(("singleton", "alone"), [("zero", 0.0), ("raw", 2.0)])
def test_deviations_and_counts_by_hand(singleton, alone):
    found = center_in_groups(VALUES, GROUPS, singleton=singleton)
    assert found.deviations.tolist() == [-3.0, 0.0, -1.0, 4.0, 0.0, alone]
    assert found.count.tolist() == [3.0, 2.0, 3.0, 3.0, 2.0, 1.0]
    torch.testing.assert_close(found.std, torch.tensor([13**0.5, 0.0, 13**0.5, 13**0.5, 0.0, 1.0]).double())
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.std = VALUES


@pytest.mark.parametrize(("singleton", "alone"), [("zero", 0.0), ("raw", 3.0)])
def test_what_is_not_valid_is_not_there(singleton, alone):
    valid = torch.tensor([False, True, True, False, True, False])
    found = center_in_groups(torch.where(valid, VALUES, torch.nan), GROUPS, valid, singleton=singleton)
    assert found.deviations.tolist() == [0.0, 0.0, alone, 0.0, 0.0, 0.0]
    assert found.count.tolist() == [1.0, 2.0, 1.0, 1.0, 2.0, 0.0]
    assert found.std.tolist() == [1.0, 0.0, 1.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_columns_are_apart(columns):
    values = torch.stack([VALUES * (column + 1) for column in range(columns)], -1)
    valid = torch.ones_like(values, dtype=torch.bool)
    valid[0, -1] = False
    found = center_in_groups(values, GROUPS, valid, singleton="raw")
    for column in range(columns):
        alone = center_in_groups(values[:, column], GROUPS, valid[:, column], singleton="raw")
        for field in dataclasses.fields(alone):
            together = getattr(found, field.name)
            assert together.shape == values.shape
            torch.testing.assert_close(together[:, column], getattr(alone, field.name), rtol=0, atol=0)


def test_nothing_flows_back():
    values = VALUES.clone().requires_grad_()
    found = center_in_groups(values, GROUPS)
    assert not any(getattr(found, field.name).requires_grad for field in dataclasses.fields(found))
