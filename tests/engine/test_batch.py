"""Micro-batches: within their budget, each row once, the same number on every rank."""

import numpy as np
import pytest
import torch

from rlvr.engine.update.batch import micro_batches

CPU = torch.device("cpu")


def cut(batch, tokens, *, rows=None, ranks=1):
    """The micro-batches of every rank."""
    rows = np.arange(len(batch.completions)) if rows is None else rows
    return [
        micro_batches(batch.prompts, batch.completions, rows, tokens=tokens, device=CPU, rank=rank, ranks=ranks)
        for rank in range(ranks)
    ]


def covered(parts):
    return sorted(int(row) for part in parts for micro in part if not micro.dummy for row in micro.rows)


@pytest.mark.parametrize("tokens", [1, 16, 40, 10_000])
@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_every_row_comes_once_within_the_budget(batch_of, tokens, ranks):
    parts = cut(batch_of(23), tokens, ranks=ranks)
    assert covered(parts) == list(range(23))
    assert len({len(part) for part in parts}) == 1
    for micro in (micro for part in parts for micro in part):
        assert micro.ids.numel() <= tokens or len(micro.rows) == 1


def test_the_budget_is_used(batch_of):
    assert len(cut(batch_of(23), 10_000)[0]) == 1
    assert len(cut(batch_of(23), 1)[0]) == 23


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5])
def test_dummies_fill_in_where_rows_are_few(batch_of, count):
    batch = batch_of(8)
    parts = cut(batch, 10_000, rows=np.array([6, 1, 3, 0, 7][:count], dtype=np.int64), ranks=3)
    assert covered(parts) == sorted([6, 1, 3, 0, 7][:count])
    assert {len(part) for part in parts} == {0 if count == 0 else -(-count // 3) if count < 3 else len(parts[0])}
    assert sum(micro.dummy for part in parts for micro in part) == (-count % 3 if count < 3 else 0)


def test_the_rows_hold_prompt_and_completion(batch_of):
    batch = batch_of(9)
    for micro in cut(batch, 60)[0]:
        for line, row in enumerate(micro.rows):
            whole = [*batch.prompts[row], *batch.completions[row]]
            assert micro.ids[line, : len(whole)].tolist() == whole
            assert not micro.ids[line, len(whole) :].any()
            # The last `columns` columns of `ids` are the ones the mask speaks of.
            assert micro.ids[line, -micro.columns :][micro.mask[line]].tolist() == batch.completions[row].tolist()


def test_place_and_take_are_inverse(batch_of):
    batch = batch_of(9)
    for micro in cut(batch, 60)[0]:
        values = [batch.rollout_log_probs[row] for row in micro.rows]
        placed = micro.place(values)
        assert placed.shape == micro.mask.shape
        assert not placed[~micro.mask].any()
        for one, other in zip(micro.take(placed), values, strict=True):
            assert one.tolist() == other.tolist()
        assert torch.equal(micro.place(micro.take(placed)), placed)


def test_place_takes_a_table_that_is_wider_than_the_rows(batch_of):
    batch = batch_of(9)
    micro = cut(batch, 60)[0][-1]
    table = torch.full((len(micro.rows), 40), 7.0)
    assert micro.place(table).unique().tolist() == ([0.0, 7.0] if not micro.mask.all() else [7.0])


def test_the_mask_of_a_batch_leaves_out_what_is_not_in_the_loss(batch_of):
    batch = batch_of(4, in_loss=np.array([True, False, True, True]))
    lengths = [len(row) for row in batch.completions]
    assert batch.mask(np.array([0, 1, 3])).sum(1).tolist() == [lengths[0], 0, lengths[3]]
    assert batch.mask(np.array([], dtype=np.int64)).shape == (0, 0)
