"""From verdicts to advantages: whose score counts, and what is added to it."""

from dataclasses import replace

import numpy as np
import pytest

from rlvr import Sample, Task, Verdict, reward
from rlvr.engine.rollout.generation import Completion
from rlvr.engine.rollout.prompts import EncodedTask
from rlvr.engine.run.actors import InlineActors
from rlvr.engine.run.collect import Rollouts
from rlvr.engine.update.experience import contrasting, train_batch
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


def mixed(verdicts, *tasks, group_size=4):
    """Rollouts of several tasks: each a reward's name and a source."""
    encoded = [
        EncodedTask(Task("a", reward=name, id="a"), (5, 6), reasoning_open=False, source=source)
        for name, source in tasks
    ]
    return replace(rollouts(verdicts, group_size=group_size), tasks=encoded)


REWARDS = {"short": short, "tidy": tidy, "both": 1.0 * short + 0.1 * tidy}


@pytest.fixture
def batch_of_tasks(config_in, tmp_path):
    def made(rolled, *overrides):
        config = config_in(tmp_path, "reward=text.exact", "algorithm.advantage=dr_grpo")
        config.algorithm.advantage = "dr_grpo"
        config.data.tasks = None
        names = {task.source for task in rolled.tasks if task.source}
        config.data.sources = {name: {"env": "arithmetic", "reward": "text.exact"} for name in names}
        for override in overrides:
            key, _, value = override.partition("=")
            if key in names:
                config.data.sources[key]["loss_weight"] = float(value)
            else:
                setattr(config.algorithm, key, value if not value.isdigit() else int(value))
        return train_batch(None, config, lambda task: REWARDS[task.reward], rolled)

    return made


TWO = [*scores(1.0, 0.0, 0.0, 0.0), *scores(10.0, 0.0, 0.0, 0.0)]


def test_rewards_of_different_ranges_can_be_brought_to_one(batch_of_tasks):
    rolled = mixed(TWO, ("short", "a"), ("tidy", "b"))
    raw = batch_of_tasks(rolled).advantages
    assert raw == pytest.approx([0.75, *[-0.25] * 3, 7.5, *[-2.5] * 3])
    ranged = batch_of_tasks(rolled, "reward_scale=range").advantages
    assert ranged == pytest.approx([0.75, *[-0.25] * 3] * 2)


def test_advantages_can_be_brought_to_one_size_by_reward(batch_of_tasks):
    verdicts = [*scores(1.0, 0.0, 0.0, 0.0), *scores(0.2, 0.1, 0.1, 0.2), *scores(9.0, 9.0, 9.0, 9.0)]
    batch = batch_of_tasks(mixed(verdicts, ("short", "a"), ("tidy", "b"), ("tidy", "b")), "reward_scale=rms")
    assert batch.advantages[:4] == pytest.approx(np.array([3, -1, -1, -1]) / np.sqrt(3), abs=1e-6)
    # Groups without contrast stay at exactly 0, and do not count for the size of the others.
    assert batch.advantages[4:8] == pytest.approx([1, -1, -1, 1], abs=1e-6)
    assert batch.advantages[8:].tolist() == [0.0] * 4


def test_each_source_has_its_weight_in_the_loss(batch_of_tasks):
    rolled = mixed([*TWO[:4]] * 2, ("short", "a"), ("short", "b"))
    plain, weighted = batch_of_tasks(rolled).advantages, batch_of_tasks(rolled, "a=3", "b=0.5").advantages
    assert weighted[:4] == pytest.approx(3 * plain[:4])
    assert weighted[4:] == pytest.approx(0.5 * plain[4:])


def test_gdpo_goes_with_several_weighted_sums(config_of):
    parts = [{"tests.short": Verdict(a), "tests.tidy": Verdict(b)} for a, b in [(1, 0), (0, 10), (0, 0), (1, 10)]]
    verdicts = [Verdict(v["tests.short"].score + 0.1 * v["tests.tidy"].score, components=v) for v in parts]
    rewards = {"one": 1.0 * short + 0.1 * tidy, "other": 1.0 * short + 0.5 * tidy}
    config = config_of()
    config.algorithm.advantage = "gdpo"
    rolled = mixed(verdicts * 2, ("one", "a"), ("other", "b"))
    both = train_batch(None, config, lambda task: rewards[task.reward], rolled).advantages
    alone = mixed(verdicts, ("one", "a"))
    assert both[:4] == pytest.approx(train_batch(None, config, lambda task: rewards["one"], alone).advantages)
    assert abs(both[:4] - both[4:]).max() > 0.1


def test_contrast_is_what_counts_and_not_what_was_said(config_of):
    config = config_of("algorithm.mask_truncated=true", "scoring.on_error=floor", "scoring.floor=0")
    verdicts = [
        *scores(0.1 + 0.2, 0.3, 0.3, 0.3),  # equal but for rounding
        *scores(0.0, 0.0, 0.0, 1.0),  # the only one that differs is truncated
        *[ERROR, *scores(1.0, 1.0, 1.0)],  # a failure counts as the floor
        *[ABSTAINED, *scores(1.0, 1.0, 1.0)],
        *scores(0.0, 0.5, 0.5, 0.5),
    ]
    rolled = rollouts(verdicts, truncated=(7,))
    assert contrasting(config, lambda task: short, rolled) == [False, False, True, False, True]


def test_with_gdpo_parts_make_contrast(config_of):
    parts = [{"tests.short": Verdict(a), "tests.tidy": Verdict(b)} for a, b in [(1, 0), (0, 10), (1, 0), (0, 10)]]
    rolled = rollouts([Verdict(1.0, components=each) for each in parts])
    config, reward_of = config_of(), lambda task: 1.0 * short + 0.1 * tidy
    assert contrasting(config, reward_of, rolled) == [False]
    config.algorithm.advantage = "gdpo"
    assert contrasting(config, reward_of, rolled) == [True]


def test_every_mini_batch_has_its_part_of_each_source(batch_of_tasks):
    rolled = mixed(scores(*[1.0, 0.0] * 8), *[("short", name) for name in "abab"])
    parts = batch_of_tasks(rolled, "mini_batches=2").mini_batch[::4].tolist()
    assert sorted(zip("abab", parts, strict=True)) == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
