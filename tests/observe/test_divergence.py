"""What is watched beside a reward: it takes no part in the score, and says so when the two part."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from rlvr import Sample, Status, gate, judge_all, reward, watch
from rlvr.observe.divergence import Divergence, rank_correlation, watched_statistics
from rlvr.observe.groups import group_statistics


@reward("tests.length")
def length(sample):
    return min(1.0, len(sample.completion) / 10)


@reward("tests.variety")
def variety(sample):
    return len(set(sample.completion)) / len(sample.completion)


@reward("tests.broken")
def broken(sample):
    raise OSError("the service is down")


@reward("tests.letters_only")
def letters_only(sample):
    return sample.completion.isalpha()


def test_what_is_watched_takes_no_part_and_may_fail():
    sample = Sample("aaaaaaaaaa")
    assert judge_all(watch(length, beside=variety), [sample])[0].score == 1.0
    verdict = judge_all(watch(length, beside=broken), [sample])[0]
    assert verdict.score == 1.0
    assert verdict.components["tests.broken"].status is Status.ERROR
    assert watched_statistics([verdict]) == {}
    assert judge_all(watch(broken, beside=length), [sample])[0].status is Status.ERROR


def test_behind_a_gate_it_is_logged_all_the_same():
    whole = gate(letters_only, then=watch(length, beside=variety))
    verdicts = judge_all(whole, [Sample(text) for text in ("ab", "abc", "aaaa", "abcde", "1")])
    numbers = watched_statistics(verdicts)
    assert numbers["watch/tests.variety/mean"] == pytest.approx((1 + 1 + 1 / 4 + 1) / 4)
    assert numbers["watch/tests.variety/rewarded"] == pytest.approx(0.35)
    columns = group_statistics(verdicts, [False] * 5, [0] * 5, (0.0, 1.0))
    assert columns["reward/tests.variety/mean"] == pytest.approx(3.25 / 4)
    assert columns["reward/tests.letters_only/mean"] == pytest.approx(0.8)


def numbers(rewarded, held_out):
    return {"watch/x/rewarded": rewarded, "watch/x/mean": held_out}


def alarms(rewarded, held_out):
    divergence = Divergence()
    return [divergence.update(numbers(*both))["watch/x/alarm"] for both in zip(rewarded, held_out, strict=True)]


def test_the_alarm_is_raised_where_the_two_part_and_not_where_they_agree():
    draw = np.random.default_rng(0)
    steps = np.arange(60)
    rising = steps / 60 + draw.normal(0, 0.05, 60)
    assert sum(alarms(rising, rising + draw.normal(0, 0.05, 60))) == 0
    turned = np.where(steps < 30, steps, 60 - steps) / 60 + draw.normal(0, 0.03, 60)
    raised = alarms(rising, turned)
    assert sum(raised[:35]) == 0
    assert sum(raised[45:]) >= 10


def test_a_resumed_run_raises_the_same_alarms():
    lines = [numbers(step / 30, 1 - step / 30) for step in range(30)]
    whole = [Divergence(lines[:i]).update(lines[i]) for i in range(30)]
    going = Divergence()
    assert [going.update(line) for line in lines] == whole
    assert whole[-1] == {"watch/x/alarm": 1.0}
    assert whole[10] == {"watch/x/alarm": 0.0}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=30))
def test_rank_correlation_is_scipys(pairs):
    left, right = zip(*pairs, strict=True)
    if len(set(left)) == 1 or len(set(right)) == 1:
        assert rank_correlation(left, right) == 0.0
    else:
        assert math.isclose(rank_correlation(left, right), spearmanr(left, right).statistic, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("rewarded", "held_out", "alarm"),
    [
        ((0, 1, 2, 3, 4), (2, 3, 4, 1, 0), 1.0),  # -0.6
        ((0, 1, 2, 3, 4), (2, 3, 4, 0, 1), 0.0),  # -0.5
        ((0, 1, 2, 3, 4), (1, 2, 4, 3, 0), 0.0),  # -0.1
        ((0, 1, 2, 3, 4), (0, 1, 2, 3, 4), 0.0),
        ((2, 1, 0, 3, 4), (4, 3, 2, 1, 0), 1.0),  # 0.6
        ((2, 1, 0, 4, 3), (4, 3, 2, 1, 0), 0.0),  # 0.5
    ],
)
def test_a_trend_is_a_correlation_beyond_a_half_in_either_direction(rewarded, held_out, alarm):
    watched = Divergence(window=5)
    for one, other in zip(rewarded, held_out, strict=True):
        found = watched.update({"watch/x/rewarded": float(one), "watch/x/mean": float(other)})
    assert found == {"watch/x/alarm": alarm}
