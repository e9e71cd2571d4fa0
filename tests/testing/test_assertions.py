"""The assertions: what they let through, and what they show of what they do not."""

import pytest

from rlvr import get_reward, reward
from rlvr.testing import assert_accepts, assert_rejects, assert_same

NUMBER = get_reward("math.final_number")


def test_what_holds_passes_and_gives_the_verdict():
    assert assert_accepts(NUMBER, "#### 72", reference=72).extracted == "72"
    assert assert_rejects("math.final_number", "71", reference=72).expected == "72"
    assert assert_accepts("text.length", "a b c d e", reference={"max": 4}, score=0.75).metrics
    assert assert_accepts("text.format", "x</think><answer>y</answer>", reasoning_open=True).score == 1.0
    assert_same(NUMBER, ["72", "72.0", "**72**"], reference=72)
    assert_accepts(0.5 * NUMBER, "72", reference=72)


def test_a_failure_shows_all_there_is():
    with pytest.raises(AssertionError) as raised:
        assert_accepts(NUMBER, "The answer is 71.", reference=72)
    shown = str(raised.value)
    for words in ("score 0, not 1", "'The answer is 71.'", "extracted    71", "expected     72", "71 is not 72"):
        assert words in shown


def test_an_error_is_no_rejection():
    with pytest.raises(AssertionError, match=r"status error, not 0[\s\S]*the reference 'x' is no number"):
        assert_rejects(NUMBER, "72", reference="x")


def test_two_that_are_not_the_same():
    with pytest.raises(AssertionError, match=r"'72'[\s\S]*and\n[\s\S]*'72%'"):
        assert_same(NUMBER, ["72", "72.0", "72%"], reference=72)


def test_a_long_completion_is_cut():
    @reward("t.none")
    def none(sample):
        return 0.0

    with pytest.raises(AssertionError) as raised:
        assert_accepts(none, "x" * 10**6)
    assert len(str(raised.value)) < 1500
