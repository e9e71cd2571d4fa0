"""The expected share of usable groups: unbiased where it says so, and never too high on average."""

from collections import Counter
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Sample, Verdict
from rlvr.review.rows import Row
from rlvr.review.usable import Prompts, PromptScores, expected_usable, usable_share


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=2, max_size=8), st.integers(2, 8))
def test_it_is_the_share_of_all_groups_one_could_draw(scores, size):
    groups = list(combinations(scores, min(size, len(scores))))
    differ = sum(len(set(group)) > 1 for group in groups) / len(groups)
    assert usable_share(list(Counter(scores).values()), size) == pytest.approx(differ)


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9])
@pytest.mark.parametrize(("n", "size"), [(8, 4), (8, 8), (8, 16), (4, 32)])
def test_its_expectation_over_all_outcomes(p, n, size):
    """Exact: every number of right answers among n, by its binomial probability."""
    chance = {right: comb(n, right) * p**right * (1 - p) ** (n - right) for right in range(n + 1)}
    expected = sum(weight * usable_share([right, n - right], size) for right, weight in chance.items())
    truth = 1 - p**size - (1 - p) ** size
    if size <= n:
        assert expected == pytest.approx(truth)
    else:
        assert expected < truth
        plug_in = sum(w * (1 - (right / n) ** size - (1 - right / n) ** size) for right, w in chance.items())
        assert expected >= plug_in


def test_prompts_with_one_sample_say_nothing_of_groups():
    one = PromptScores("a", Counter({1.0: 1}))
    assert expected_usable([one], 4) is None
    found = expected_usable([one, PromptScores("b", Counter({1.0: 2, 0.0: 2}))], 4)
    assert (found.share, found.unbiased, found.too_low) == (1.0, 1, 0)


def test_samples_belong_together_by_task_or_else_by_prompt_and_reference():
    prompts = Prompts()

    def add(score, sample, **fields):
        verdict = Verdict(score) if score is not None else Verdict.unscored("error", "no")
        prompts.add(Row("f:1", fields | {"prompt": sample.prompt}, sample), verdict)

    add(1.0, Sample("", reference="1", prompt="a"))
    add(0.0, Sample("", reference="1", prompt="a"))
    add(None, Sample("", reference="1", prompt="a"))
    add(1.0, Sample("", reference="2", prompt="a"))
    add(1.0, Sample("", prompt="x"), task_id="t")
    add(1.0, Sample("", prompt="y"), task_id="t")
    assert [(one.scored, one.unscored) for one in prompts.all()] == [(2, 1), (1, 0), (2, 0)]
    assert [one.pass_rate(1.0) for one in prompts.all()] == [0.5, 1.0, 1.0]
