"""Advantages agree with verl, and treat samples without a score as if they had never been drawn."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rlvr.algorithms.advantages import dr_grpo, gdpo, grpo, rloo


def gdpo_pair(rewards, groups, **options):
    """`gdpo` in the form of the others, on two rewards of which one has another scale and sign."""
    return gdpo(torch.stack([rewards, rewards.square() * -30], -1), torch.tensor([1.0, 0.5]), groups, **options)


EACH = pytest.mark.parametrize("advantage", [grpo, dr_grpo, rloo, gdpo_pair], ids=lambda f: f.__name__)

groups_of_samples = st.lists(st.tuples(st.integers(-3, 3), st.integers(-8, 8)), min_size=1, max_size=24)


def verl_view(batch):
    """The token-level rewards and mask that verl wants, with a reward on the last token."""
    mask = batch.mask.clone()
    mask[2, 0] = True  # verl carries the reward on a token, so no row may be empty
    rewards = torch.zeros(mask.shape, dtype=torch.float64)
    rewards[:, 0] = batch.rewards
    return rewards, mask.double()


@pytest.mark.parametrize(
    ("ours", "theirs", "options"),
    [
        (grpo, "compute_grpo_outcome_advantage", {}),
        (dr_grpo, "compute_grpo_outcome_advantage", {"norm_adv_by_std_in_grpo": False}),
        (rloo, "compute_rloo_outcome_advantage", {}),
    ],
)
def test_agrees_with_verl_singletons_included(verl, batch, ours, theirs, options):
    batch.groups[5] = 99
    rewards, mask = verl_view(batch)
    expected, _ = getattr(verl.core, theirs)(rewards, mask, batch.groups.numpy(), **options)
    actual = ours(batch.rewards, batch.groups, singleton="raw")
    torch.testing.assert_close(actual.unsqueeze(-1) * mask, expected, rtol=1e-6, atol=1e-6)


def test_gdpo_agrees_with_verl(verl, batch):
    rewards, mask = verl_view(batch)
    components = torch.stack([batch.rewards, batch.advantages * 40 + 3, batch.rewards.sign()], -1).float()
    keys, weights = ["math", "length", "format"], [1.0, 0.3, 2.0]
    config = verl.core.AlgoConfig(adv_estimator="gdpo", gdpo_reward_keys=keys, gdpo_reward_weights=weights)
    prompts = torch.zeros(len(mask), 4)
    expected, _ = verl.core.compute_gdpo_outcome_advantage(
        rewards.float(),
        mask.float(),
        batch.groups.numpy(),
        config=config,
        non_tensor_batch={key: components[:, i].numpy() for i, key in enumerate(keys)},
        batch={"prompts": prompts, "attention_mask": torch.cat([prompts + 1, mask], -1).long()},
    )
    actual = gdpo(components, torch.tensor(weights), batch.groups, singleton="raw", lengths=mask.sum(-1))
    torch.testing.assert_close(actual.unsqueeze(-1) * mask.float(), expected, rtol=1e-5, atol=1e-6)


def test_gdpo_over_samples_is_the_formula_of_the_paper(batch):
    components, groups = torch.stack([batch.rewards, batch.advantages], -1), torch.arange(12) // 3
    apart = torch.zeros(12, dtype=torch.float64)
    for start in range(0, 12, 3):
        group = components[start : start + 3]
        apart[start : start + 3] = ((group - group.mean(0)) / (group.std(0) + 1e-6)) @ torch.tensor([1.0, 0.5]).double()
    expected = (apart - apart.mean()) / apart.std()
    weights = torch.tensor([1.0, 0.5])
    torch.testing.assert_close(gdpo(components, weights, groups), expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(gdpo(components, weights, groups, normalize_batch=False), apart, rtol=1e-6, atol=1e-6)


@EACH
@pytest.mark.parametrize("singleton", ["zero", "raw"])
def test_samples_without_a_score_might_as_well_not_exist(batch, advantage, singleton):
    valid = torch.rand(12) > 0.4
    rewards = torch.where(valid, batch.rewards, torch.nan)
    with_holes = advantage(rewards, batch.groups, valid=valid, singleton=singleton)
    without = advantage(batch.rewards[valid], batch.groups[valid], singleton=singleton)
    torch.testing.assert_close(with_holes[valid], without)
    assert not with_holes[~valid].any()


def test_gdpo_takes_out_one_reward_of_a_sample():
    components = torch.tensor([[1.0, 4.0], [0.0, torch.nan], [0.0, 2.0]])
    valid = ~components.isnan()
    actual = gdpo(components, torch.ones(2), torch.zeros(3, dtype=torch.long), valid=valid, normalize_batch=False)
    first = grpo(components[:, 0], torch.zeros(3, dtype=torch.long))
    second = grpo(components[[0, 2], 1], torch.zeros(2, dtype=torch.long))
    torch.testing.assert_close(actual, first + torch.tensor([second[0], 0.0, second[1]]))


@EACH
@given(samples=groups_of_samples, shift=st.integers(-100, 100), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=40)
def test_neither_the_order_of_samples_nor_a_shift_of_rewards_matters(advantage, samples, shift, seed):
    groups, rewards = torch.tensor([g for g, _ in samples]), torch.tensor([float(r) for _, r in samples]).double()
    plain = advantage(rewards, groups)
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(advantage(rewards[order], groups[order]), plain[order])
    if advantage is not gdpo_pair:
        torch.testing.assert_close(advantage(rewards + shift, groups), plain)
    else:
        components, weights = torch.stack([rewards, rewards.square()], -1), torch.tensor([1.0, 0.5])
        shifted = components + torch.tensor([shift, -shift])
        torch.testing.assert_close(gdpo(shifted, weights, groups), gdpo(components, weights, groups))


def test_the_scale_of_rewards_does_not_matter_to_grpo(batch):
    plain = grpo(batch.rewards, batch.groups, eps=1e-12)
    torch.testing.assert_close(grpo(batch.rewards * 1000, batch.groups, eps=1e-12), plain, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(dr_grpo(batch.rewards * 8, batch.groups), 8 * dr_grpo(batch.rewards, batch.groups))


@EACH
@pytest.mark.parametrize("reward", [0.1, -1e6 / 3, 1e-30])
def test_equal_rewards_give_exactly_zero(advantage, reward):
    rewards = torch.full((7,), reward)
    assert not advantage(rewards, torch.tensor([5, 5, 5, 9, 9, 9, 9])).any()
    rewards[3:] = torch.tensor([1.0, 0.0, 0.0, 0.0])
    assert not advantage(rewards, torch.tensor([5, 5, 5, 9, 9, 9, 9]))[:3].any()


@EACH
def test_a_lone_sample_has_nothing_to_compare_with(advantage):
    assert not advantage(torch.tensor([2.0]), torch.tensor([1])).any()
    assert not advantage(torch.tensor([2.0, 7.0]), torch.tensor([1, 1]), valid=torch.tensor([True, False])).any()
    assert rloo(torch.tensor([2.0]), torch.tensor([1]), singleton="raw") == 2.0


@EACH
def test_an_empty_batch_is_no_accident(advantage):
    assert advantage(torch.zeros(0), torch.zeros(0, dtype=torch.long)).shape == (0,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rewards": torch.tensor([1.0, torch.nan])}, "sample 1 is not finite"),
        ({"rewards": torch.tensor([1, 0])}, "floating point"),
        ({"groups": torch.tensor([1.0, 0.0])}, "integers"),
        ({"groups": torch.tensor([1])}, "2 integers"),
        ({"valid": torch.tensor([1, 0])}, "bool"),
        ({"singleton": "one"}, "zero, raw"),
    ],
)
def test_what_cannot_work_is_refused(change, message):
    arguments = {"rewards": torch.tensor([1.0, 0.0]), "groups": torch.tensor([0, 0])} | change
    with pytest.raises(ValueError, match=message):
        grpo(**arguments)


@pytest.mark.parametrize("more", [-1, 1])
def test_shapes_that_do_not_fit_are_refused(more):
    """One too few and one too many."""
    groups, rewards = torch.tensor([0, 0]), torch.ones(2)
    with pytest.raises(ValueError, match="Groups must be 2 integers"):
        grpo(rewards, torch.zeros(2 + more, dtype=torch.long))
    with pytest.raises(ValueError, match="`valid` must be bool"):
        grpo(rewards, groups, valid=torch.ones(2 + more, dtype=torch.bool))
    with pytest.raises(ValueError, match="weights"):
        gdpo(torch.ones(2, 3), torch.ones(3 + more), groups)
    with pytest.raises(ValueError, match=r"Lengths of shape \(\d,\) do not fit 2 samples"):
        gdpo(torch.ones(2, 3), torch.ones(3), groups, lengths=torch.ones(2 + more))
    with pytest.raises(ValueError, match="valid"):
        gdpo(torch.ones(2, 3), torch.ones(3), groups, valid=torch.ones(2 + more, dtype=torch.bool))
    with pytest.raises(ValueError, match="weights"):
        gdpo(torch.ones(*[2] * (2 + more)), torch.ones([2] * (1 + more)), groups)


def test_a_reward_that_is_not_finite_is_named_and_counted():
    rewards = torch.tensor([1.0, 2.0, torch.nan, torch.inf, torch.nan])
    with pytest.raises(ValueError, match=r"sample 2 is not finite \(3 such in all\)"):
        grpo(rewards, torch.zeros(5, dtype=torch.long))


def test_what_is_added_to_the_deviation_is_small():
    """Two rewards 1e-6 apart deviate by 7e-7; eps makes of their advantage 0.29 and not 0.71."""
    rewards, groups = torch.tensor([0.0, 1e-6], dtype=torch.float64), torch.tensor([0, 0])
    expected = 5e-7 / (1e-6 / 2**0.5 + 1e-6)
    components = torch.stack([rewards, 0 * rewards], -1)
    apart = gdpo(components, torch.ones(2, dtype=torch.float64), groups, normalize_batch=False)
    for found in (grpo(rewards, groups), apart):
        torch.testing.assert_close(found, torch.tensor([-expected, expected], dtype=torch.float64))


def test_a_lone_reward_is_taken_as_it_is_when_asked_to():
    rewards, groups = torch.tensor([4.0, -2.0, 1.0, 0.0], dtype=torch.float64), torch.tensor([1, 2, 3, 3])
    half = 0.5**0.5
    raw = torch.tensor([4.0, -2.0, half, -half], dtype=torch.float64)
    torch.testing.assert_close(grpo(rewards, groups, singleton="raw", eps=0.0), raw)
    torch.testing.assert_close(rloo(rewards, groups, singleton="raw"), torch.tensor([4.0, -2.0, 1.0, -1.0]).double())
    zero = torch.tensor([0.0, 0.0, half, -half], dtype=torch.float64)
    torch.testing.assert_close(grpo(rewards, groups, eps=0.0), zero)


@pytest.mark.parametrize("lengths", [[0, 0, 0], [1, 0, 0], [0, 1, 1]])
def test_gdpo_is_finite_however_few_tokens_there_are(lengths):
    components = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.0]])
    given = {"lengths": torch.tensor(lengths)}
    found = gdpo(components, torch.tensor([1.0, 0.5]), torch.zeros(3, dtype=torch.long), **given)
    assert found.isfinite().all()


def test_gdpo_over_tokens_by_hand():
    """Five tokens of one sample and three of another: mean and variance count tokens, the variance with n - 1."""
    components, groups = torch.tensor([[1.0], [0.0]], dtype=torch.float64), torch.tensor([0, 0])
    apart = torch.tensor([1.0, -1.0], dtype=torch.float64) * 0.5 / (0.5**0.5 + 1e-6)
    lengths = torch.tensor([5, 3])
    mean = (lengths * apart).sum() / 8
    variance = (lengths * (apart - mean) ** 2).sum() / 7
    found = gdpo(components, torch.ones(1, dtype=torch.float64), groups, lengths=lengths)
    torch.testing.assert_close(found, (apart - mean) / (variance + 1e-8).sqrt(), rtol=1e-9, atol=0.0)


def test_gdpo_over_tokens_leaves_out_what_has_no_score():
    components, groups = torch.tensor([[1.0], [0.0], [7.0]], dtype=torch.float64), torch.zeros(3, dtype=torch.long)
    valid, weights = torch.tensor([True, True, False]), torch.ones(1, dtype=torch.float64)
    found = gdpo(components, weights, groups, valid=valid, lengths=torch.tensor([5, 3, 99]))
    alone = gdpo(components[:2], weights, groups[:2], lengths=torch.tensor([5, 3]))
    torch.testing.assert_close(found, torch.cat([alone, torch.zeros(1, dtype=torch.float64)]))


def test_a_mask_without_a_dimension_is_refused():
    with pytest.raises(ValueError, match="valid"):
        gdpo(torch.ones(4, 2), torch.ones(2), torch.zeros(4, dtype=torch.long), valid=torch.tensor(True))
