"""Every group falls in exactly one class, and nothing unscored reads as zero."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Status, Verdict
from rlvr.observe.groups import CLASSES, group_statistics, latency_metrics

R, W, H = Verdict(1.0), Verdict(0.0), Verdict(0.5)
E, T, A = (Verdict.unscored(status, "why") for status in (Status.ERROR, Status.TIMEOUT, Status.ABSTAINED))


def classes_of(verdicts, truncated=None, range=(0.0, 1.0)):
    numbers = group_statistics(verdicts, truncated or [False] * len(verdicts), [7] * len(verdicts), range)
    return [name for name in CLASSES if numbers[f"groups/{name}"] == 1.0]


@pytest.mark.parametrize(
    ("verdicts", "truncated", "expected"),
    [
        ([R, W], [False, False], "usable"),
        ([R, W], [True, True], "usable"),
        ([R, R], [False, False], "all_right"),
        ([R, E], [False, False], "all_right"),
        ([W, W], [True, False], "all_wrong"),
        ([W, T, A], [False] * 3, "all_wrong"),
        ([H, H], [False, False], "all_equal"),
        ([Verdict(0.1 + 0.2), Verdict(0.3)], [False, False], "all_equal"),
        ([E, T, A], [False] * 3, "all_error"),
        ([E, E], [True, True], "all_truncated"),
        ([W, W], [True, True], "all_truncated"),
        ([R], [False], "all_right"),
    ],
)
def test_the_first_class_that_holds_counts(verdicts, truncated, expected):
    assert classes_of(verdicts, truncated) == [expected]


def test_right_and_wrong_are_the_ends_of_the_rewards_own_range():
    assert classes_of([R, R], range=(0.0, 2.0)) == ["all_equal"]
    assert classes_of([W, W], range=(-1.0, 1.0)) == ["all_equal"]
    assert classes_of([Verdict(-1.0)] * 2, range=(-1.0, 1.0)) == ["all_wrong"]


def test_numbers_of_a_step():
    parts = Verdict(0.75, components={"a": Verdict(1.0), "b": E})
    numbers = group_statistics([R, W, E, parts, R, R, T, A], [False] * 7 + [True], [3, 3, 3, 3, 1, 1, 1, 1], (0.0, 1.0))
    assert numbers["reward/mean"] == pytest.approx(0.75)
    assert numbers["reward/std"] == pytest.approx(0.3872983)
    assert (numbers["reward/min"], numbers["reward/max"]) == (0.0, 1.0)
    assert numbers["reward/a/mean"] == 1.0
    assert "reward/b/mean" not in numbers
    assert numbers["samples/scored"] == 5 / 8
    assert numbers["samples/error"] == numbers["samples/timeout"] == numbers["samples/abstained"] == 1 / 8
    assert numbers["truncated/rate"] == 1 / 8
    assert (numbers["groups/usable"], numbers["groups/all_right"], numbers["groups/zero_variance"]) == (0.5, 0.5, 0.5)


def test_nothing_scored_is_not_a_reward_of_zero():
    assert "reward/mean" not in group_statistics([E, T], [False, False], [0, 0], (0.0, 1.0))


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="1 verdicts, 2 truncated, 1 groups"):
        group_statistics([R], [False, True], [0], (0.0, 1.0))
    with pytest.raises(ValueError, match="0 verdicts"):
        group_statistics([], [], [], (0.0, 1.0))


@given(st.lists(st.tuples(st.sampled_from([R, W, H, E, T, A]), st.booleans(), st.integers(0, 5)), min_size=1))
def test_shares_sum_to_one(samples):
    numbers = group_statistics(*zip(*samples, strict=True), (0.0, 1.0))
    assert sum(numbers[f"groups/{name}"] for name in CLASSES) == pytest.approx(1)
    assert numbers["groups/zero_variance"] == pytest.approx(1 - numbers["groups/usable"])
    assert sum(numbers[f"samples/{status}"] for status in Status) == pytest.approx(1)


def test_latency_in_milliseconds():
    stats = {"code.run": {"p50": 0.5, "p99": 2.0, "max": 3.0, "count": 10, "unknown": 1.0}, "text.tidy": {}}
    assert latency_metrics(stats) == {
        "latency/code.run/p50_ms": 500.0,
        "latency/code.run/p99_ms": 2000.0,
        "latency/code.run/max_ms": 3000.0,
        "latency/code.run/count": 10.0,
    }
