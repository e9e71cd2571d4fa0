"""Answers that run out of room."""

import asyncio

import pytest
import torch

from rlvr.algorithms.length import mask_truncated, overlong_penalty


def test_the_penalty_is_that_of_verl(verl):
    """Through verl's own manager, with a reward of 0, so that what is left is the penalty."""
    from omegaconf import OmegaConf

    overlong = {"enable": True, "len": 8, "penalty_factor": 0.5, "log": False}
    config = OmegaConf.create({"reward": {"reward_kwargs": {"overlong_buffer_cfg": overlong, "max_resp_len": 20}}})

    class Tokenizer:
        def decode(self, *_: object, **__: object) -> str:
            return ""

    async def scores() -> list[float]:
        manager = verl.dapo_manager(config, Tokenizer(), lambda **_: 0.0)
        return [(await manager.run_single(sample(n)))["reward_score"] for n in range(1, 21)]

    def sample(length: int) -> object:
        attention = (torch.arange(20) < length).long().unsqueeze(0)
        return verl.DataProto.from_dict(
            tensors={"responses": torch.zeros(1, 20, dtype=torch.long), "attention_mask": attention},
            non_tensors={"data_source": ["x"], "reward_model": [{"ground_truth": ""}]},
        )

    actual = overlong_penalty(torch.arange(1, 21), max_length=20, buffer=8, factor=0.5)
    torch.testing.assert_close(actual, torch.tensor([float(score) for score in asyncio.run(scores())]))


def test_the_penalty_is_bounded():
    lengths = torch.tensor([0, 12, 16, 20, 25])
    expected = torch.tensor([0.0, 0.0, -0.5, -1.0, -1.0])
    torch.testing.assert_close(overlong_penalty(lengths, max_length=20, buffer=8), expected)


@pytest.mark.parametrize(("buffer", "factor"), [(1, 1.0), (10, 1.0), (4, 0.0), (4, 0.5), (4, 3.0)])
def test_the_penalty_grows_over_the_buffer(buffer, factor):
    lengths = torch.arange(14)
    expected = [-factor * min(max((n - (10 - buffer)) / buffer, 0.0), 1.0) for n in range(14)]
    found = overlong_penalty(lengths, max_length=10, buffer=buffer, factor=factor)
    torch.testing.assert_close(found, torch.tensor(expected))


def test_truncated_rows_leave_the_mask(batch):
    truncated = torch.rand(12) > 0.5
    mask = mask_truncated(batch.mask, truncated)
    assert not mask[truncated].any()
    assert (mask[~truncated] == batch.mask[~truncated]).all()


def test_what_cannot_work_is_refused():
    lengths, mask = torch.tensor([3]), torch.ones(2, 3, dtype=torch.bool)
    for buffer in (-1, 0, 11):
        with pytest.raises(ValueError, match="buffer"):
            overlong_penalty(lengths, max_length=10, buffer=buffer)
    with pytest.raises(ValueError, match="factor"):
        overlong_penalty(lengths, max_length=10, buffer=5, factor=-1.0)
    for samples in (1, 3):
        with pytest.raises(ValueError, match=rf"\({samples},\) does not fit 2 samples"):
            mask_truncated(mask, torch.ones(samples, dtype=torch.bool))
    with pytest.raises(ValueError, match="bool"):
        mask_truncated(mask, torch.tensor([1, 0]))
    with pytest.raises(ValueError, match="bool"):
        mask_truncated(mask.long(), torch.tensor([True, False]))
