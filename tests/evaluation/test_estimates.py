"""pass@k and the bootstrap against closed forms, enumeration, scipy and sacrebleu."""

from itertools import combinations
from math import isclose, prod

import numpy as np
import pytest
import scipy.stats
from sacrebleu.metrics.bleu import BLEU

from rlvr import Sample
from rlvr.evaluation.bootstrap import difference, estimate, reduced
from rlvr.evaluation.pass_at_k import pass_at_k
from rlvr.rewards.translation.suites import with_bleu
from rlvr.suite import Outcome


@pytest.mark.parametrize("n", range(1, 9))
def test_pass_at_k_is_the_share_of_all_sets_of_k_with_a_right_one(n):
    for c in range(n + 1):
        right = [i < c for i in range(n)]
        for k in range(1, n + 1):
            sets = [any(chosen) for chosen in combinations(right, k)]
            assert isclose(pass_at_k(n, c, k), sum(sets) / len(sets), abs_tol=1e-12)


def test_pass_at_k_equals_the_product_of_the_paper():
    # The numerically stable form in the paper's figure 3.
    for n, c, k in [(200, 7, 1), (200, 7, 100), (50, 0, 10), (50, 45, 10)]:
        product = 1.0 if n - c < k else 1.0 - prod(1 - k / i for i in range(n - c + 1, n + 1))
        assert isclose(pass_at_k(n, c, k), product, rel_tol=1e-9)


@pytest.mark.parametrize("wrong", [(0, 0, 1), (3, 4, 1), (3, 1, 0), (3, 1, 4)])
def test_pass_at_k_refuses_what_is_not_defined(wrong):
    with pytest.raises(ValueError, match="not defined"):
        pass_at_k(*wrong)


def marks(draw, n, p):
    return np.stack([(draw.random(n) < p).astype(float), np.ones(n)], axis=1)


def test_intervals_cover_the_truth_as_often_as_they_say():
    draw, p, times = np.random.default_rng(7), 0.7, 400
    found = [estimate([marks(draw, 150, p)], "ratio", seed=i, resamples=400) for i in range(times)]
    covered = sum(one.low <= p <= one.high for one in found) / times
    assert 0.92 <= covered <= 0.975


def test_intervals_of_a_mean_of_groups_cover_it():
    draw, truths, times = np.random.default_rng(8), (0.9, 0.4), 400
    found = [
        estimate([marks(draw, n, p) for n, p in zip((60, 240), truths, strict=True)], "ratio", seed=i, resamples=400)
        for i in range(times)
    ]
    covered = sum(one.low <= np.mean(truths) <= one.high for one in found) / times
    assert 0.92 <= covered <= 0.975


def test_an_interval_is_that_of_scipy():
    values = np.random.default_rng(3).beta(2, 5, 300)
    ours = estimate([np.stack([values, np.ones(300)], axis=1)], "ratio", resamples=5000)
    theirs = scipy.stats.bootstrap((values,), np.mean, method="percentile", n_resamples=5000, rng=0)
    assert ours.value == pytest.approx(values.mean())
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=2e-3)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=2e-3)


def test_differences_are_paired_and_no_more_often_significant_than_they_say():
    draw, times, significant, covered = np.random.default_rng(5), 300, 0, 0
    for i in range(times):
        hard = draw.random(120)
        one, other = (np.stack([(hard + draw.normal(0, 0.2, 120) > 0.5).astype(float), np.ones(120)], 1) for _ in "ab")
        found = difference([one], [other], "ratio", seed=i, resamples=400)
        significant += found.p < 0.05
        covered += found.estimate.low <= 0 <= found.estimate.high
    assert significant / times < 0.09
    assert covered / times > 0.91


def test_pairing_is_what_makes_small_differences_visible():
    draw = np.random.default_rng(1)
    one = marks(draw, 1000, 0.5)
    other = one.copy()
    other[np.flatnonzero(one[:, 0] == 0)[:15], 0] = 1
    found = difference([one], [other], "ratio")
    apart = estimate([one], "ratio")
    assert found.p < 0.01
    assert apart.low < found.estimate.value + apart.value < apart.high


def test_draws_are_seeded():
    data = [np.random.default_rng(0).random((50, 2))]
    assert estimate(data, "ratio", seed=1) == estimate(data, "ratio", seed=1)
    assert estimate(data, "ratio", seed=1) != estimate(data, "ratio", seed=2)


def test_corpus_bleu_is_that_of_sacrebleu():
    task = {"source_language": "en", "target_language": "de"}
    texts = [
        ("Das Haus ist rot.", "Das Haus am See ist rot."),
        ("Wir gehen heute ins Kino.", "Heute gehen wir ins Kino."),
        ("", "Nichts."),
        ("Er kam, sah und siegte.", "Er kam, sah und siegte."),
    ]
    for chosen in (texts, texts[:2], texts[1:3], texts[2:3]):
        outcomes = [Outcome(Sample(said, reference=wanted, data=task), {}) for said, wanted in chosen]
        sums = np.array([with_bleu([one])["bleu"] for one in outcomes]).sum(axis=0, keepdims=True)
        wanted = BLEU().corpus_score([said for said, _ in chosen], [[wanted for _, wanted in chosen]])
        assert reduced(sums, "bleu")[0] == pytest.approx(wanted.score / 100, abs=1e-9)


def test_a_p_value_counts_the_difference_itself_and_so_is_never_nothing():
    """Of 99 resamples none is as large where systems differ in all, and all are where they differ in nothing."""
    wrong, right = (np.array([[score, 1.0]] * 50) for score in (0.0, 1.0))
    half = np.array([[0.0, 1.0], [1.0, 1.0]] * 25)
    assert difference([wrong], [right], "ratio", resamples=99).p == 0.01
    assert difference([half], [half], "ratio", resamples=99).p == 1.0
