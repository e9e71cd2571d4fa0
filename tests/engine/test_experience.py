"""From verdicts to advantages: whose score counts, and what is added to it."""

import numpy as np
import pytest

from rlvr import Sample, Task, Verdict, reward
from rlvr.engine.actors import InlineActors
from rlvr.engine.collect import Rollouts
from rlvr.engine.experience import train_batch
from rlvr.engine.generation import Completion
from rlvr.engine.prompts import EncodedTask
from rlvr.errors import EngineError, RewardFailedError
from rlvr.verdict import Status

ERROR = Verdict.unscored(Status.ERROR, "no number in the reference")
ABSTAINED = Verdict.unscored(Status.ABSTAINED, "not mine to say")


@reward("tests.short")
def short(sample):
    return len(sample.completion) < 3


@reward("tests.tidy", range=(0.0, 10.0))
def tidy(sample):
    return 10.0 if sample.completion.isalpha() else 0.0


def rollouts(verdicts, *, group_size=4, lengths=None, truncated=()):
    count = len(verdicts)
    lengths = lengths or [3] * count
    task = EncodedTask(Task("a", id="a"), (5, 6), reasoning_open=False)
    completions = [
        Completion(i, np.arange(4, 4 + n), np.full(n, -1.0, dtype=np.float32), i in truncated)
        for i, n in enumerate(lengths)
    ]
    return Rollouts(
        tasks=[task] * (count // group_size),
        group_size=group_size,
        completions=completions,
        samples=[Sample("")] * count,
        verdicts={"train": verdicts},
        arrived=[0.0] * count,
        seconds_generate=0.0,
        seconds_score_wait=0.0,
    )


def scores(*values):
    return [Verdict(value) for value in values]


@pytest.fixture
def made(config_of, reward_file):
    def advantages(rolled, *overrides, trained_on=short):
        return train_batch(None, config_of(f"reward={reward_file}:both", *overrides), lambda task: trained_on, rolled)

    return advantages


def test_the_batch_lays_groups_side_by_side(made):
    batch = made(rollouts(scores(*[0.0, 1.0] * 6)), "algorithm.prompts_per_step=4", "algorithm.mini_batches=2")
    assert [row.tolist() for row in batch.prompts] == [[5, 6]] * 12
    assert batch.mini_batch.tolist() == [0] * 4 + [1] * 4 + [0] * 4
    assert batch.in_loss.all()


def test_grpo_compares_within_the_group(made):
    batch = made(rollouts(scores(1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)))
    half = 0.5 / np.std([1, 0, 0, 1], ddof=1)
    assert batch.advantages == pytest.approx([half, -half, -half, half, 0, 0, 0, 0], abs=1e-5)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("algorithm.scale_by_std=false", [0.75, -0.25, -0.25, -0.25]),
        ("algorithm.advantage=dr_grpo", [0.75, -0.25, -0.25, -0.25]),
        ("algorithm.advantage=rloo", [1.0, -1 / 3, -1 / 3, -1 / 3]),
    ],
)
def test_other_advantages(made, override, expected):
    assert made(rollouts(scores(1.0, 0.0, 0.0, 0.0)), override).advantages == pytest.approx(expected, abs=1e-6)


def test_a_sample_that_could_not_be_scored_leaves_baseline_and_loss(made):
    for unscored in (ERROR, ABSTAINED):
        batch = made(rollouts([Verdict(1.0), unscored, Verdict(0.0), Verdict(0.0)]), "algorithm.advantage=dr_grpo")
        assert batch.advantages == pytest.approx([2 / 3, 0, -1 / 3, -1 / 3], abs=1e-6)
        assert batch.in_loss.tolist() == [True, False, True, True]


def test_a_failed_sample_can_have_the_floor_or_end_the_run(made):
    rolled = rollouts([Verdict(1.0), ERROR, ABSTAINED, Verdict(0.0)])
    batch = made(rolled, "scoring.on_error=floor", "scoring.floor=-1", "algorithm.advantage=dr_grpo")
    assert batch.advantages == pytest.approx([1.0, -1.0, 0.0, 0.0], abs=1e-6)
    assert batch.in_loss.tolist() == [True, True, False, True]
    with pytest.raises(RewardFailedError, match="no number in the reference"):
        made(rolled, "scoring.on_error=raise")


def test_truncated_samples_can_be_left_out(made):
    rolled = rollouts(scores(1.0, 1.0, 0.0, 0.0), truncated=(1,))
    assert made(rolled).in_loss.all()
    batch = made(rolled, "algorithm.mask_truncated=true", "algorithm.advantage=dr_grpo")
    assert batch.in_loss.tolist() == [True, False, True, True]
    assert batch.advantages == pytest.approx([2 / 3, 0, -1 / 3, -1 / 3], abs=1e-6)


def test_long_completions_pay(made):
    overrides = ["algorithm.overlong_buffer=4", "algorithm.overlong_penalty=2", "algorithm.advantage=dr_grpo"]
    batch = made(rollouts(scores(1.0, 1.0, 1.0, 1.0), lengths=[2, 4, 6, 8]), *overrides)
    penalty = np.array([0, 0, -1.0, -2.0])
    assert batch.advantages == pytest.approx(penalty - penalty.mean(), abs=1e-6)


def test_kl_in_the_reward_is_zero_at_first_and_charged_later(config_of):
    config = config_of("algorithm.kl.coef=0.5", "algorithm.kl.place=reward", "algorithm.kl.kind=k1", "optim.lr=0.02")
    actors = InlineActors(config)
    rolled = rollouts(scores(1.0, 0.0, 0.0, 0.0), lengths=[3, 2, 5, 1])
    first = train_batch(actors, config, lambda task: short, rolled)
    plain = train_batch(None, config_of(), lambda task: short, rolled)
    assert first.advantages == pytest.approx(plain.advantages, abs=1e-5)
    actors.update(first)
    policy, reference = (actors.log_probs(first, reference=which) for which in (False, True))
    charged = np.array([1.0, 0, 0, 0]) - 0.5 * np.array(
        [float((p - r).sum()) for p, r in zip(policy, reference, strict=True)]
    )
    second = train_batch(actors, config, lambda task: short, rolled)
    assert second.advantages == pytest.approx((charged - charged.mean()) / charged.std(ddof=1), abs=1e-4)
    assert np.abs(second.advantages - first.advantages).max() > 1e-3


def parts(*pairs):
    """Verdicts of `short + tidy`."""
    return [
        Verdict(one + other, components={"tests.short": Verdict(one), "tests.tidy": Verdict(other)})
        for one, other in pairs
    ]


def test_gdpo_normalises_each_part_apart(made):
    rolled = rollouts(parts((1.0, 0.0), (0.0, 10.0), (0.0, 0.0), (1.0, 10.0)))
    batch = made(rolled, "algorithm.advantage=gdpo", trained_on=2 * short + tidy)
    # Without normalising apart the second part would drown the first; here the first counts double.
    assert batch.advantages[0] > 0 > batch.advantages[1]
    assert batch.advantages[0] == pytest.approx(-batch.advantages[1], abs=1e-6)
    assert batch.advantages[3] == pytest.approx(3 * batch.advantages[0], rel=1e-4)


def test_gdpo_takes_penalties_as_one_more_part(made):
    rolled = rollouts(parts(*[(1.0, 10.0)] * 4), lengths=[2, 4, 6, 8])
    overrides = ["algorithm.advantage=gdpo", "algorithm.overlong_buffer=4"]
    batch = made(rolled, *overrides, trained_on=short + tidy)
    one, other, long, longest = batch.advantages
    assert one == pytest.approx(other)
    assert other > long > longest


def test_gdpo_leaves_out_what_could_not_be_scored(made):
    failed = Verdict.unscored(Status.ERROR, "broken")
    rolled = rollouts([*parts((1.0, 0.0), (0.0, 10.0), (0.0, 0.0)), failed])
    batch = made(rolled, "algorithm.advantage=gdpo", trained_on=short + tidy)
    three = rollouts(parts((1.0, 0.0), (0.0, 10.0), (0.0, 0.0)), group_size=3)
    assert batch.in_loss.tolist() == [True, True, True, False]
    assert batch.advantages[3] == 0
    expected = made(three, "algorithm.advantage=gdpo", trained_on=short + tidy).advantages
    assert batch.advantages[:3] == pytest.approx(expected, abs=1e-6)


def test_gdpo_gives_a_failed_part_the_floor(made):
    failed = Verdict.unscored(Status.ERROR, "broken")
    failed = Verdict(None, Status.ERROR, components={"tests.short": Verdict(1.0), "tests.tidy": failed})
    rolled = rollouts([*parts((1.0, 0.0), (0.0, 10.0), (0.0, 0.0)), failed])
    overrides = ["algorithm.advantage=gdpo", "scoring.on_error=floor", "scoring.floor=-5"]
    batch = made(rolled, *overrides, trained_on=short + tidy)
    same = rollouts(parts((1.0, 0.0), (0.0, 10.0), (0.0, 0.0), (1.0, -5.0)))
    assert batch.advantages == pytest.approx(made(same, *overrides, trained_on=short + tidy).advantages, abs=1e-6)


def test_gdpo_refuses_tasks_whose_rewards_have_other_parts(made):
    other = Verdict(1.0, components={"tests.short": Verdict(1.0), "tests.else": Verdict(0.0)})
    with pytest.raises(EngineError, match=r"tests\.short, tests\.tidy, not tests\.short, tests\.else"):
        made(rollouts([*parts((1.0, 0.0)), other, other, other]), "algorithm.advantage=gdpo", trained_on=short + tidy)
    with pytest.raises(EngineError, match=r"`tests\.short` is none"):
        made(rollouts(scores(1.0, 0.0, 0.0, 0.0)), "algorithm.advantage=gdpo")
