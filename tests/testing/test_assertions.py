"""The assertions: what they let through, and what they show of what they do not."""

import asyncio
import os
import time

import pytest

from rlvr import gate, get_reward, reward
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


@pytest.mark.parametrize("form", ["process", "async", "composition"])
def test_the_assertions_keep_deadlines(form):
    async def waits(sample):
        await asyncio.sleep(60 * ("endless" in sample.completion))
        return False

    def spins(sample):
        while "endless" in sample.completion:
            pass
        return False

    hangs = reward("t.hangs", isolate="inline" if form == "async" else "process", timeout=0.3)(
        waits if form == "async" else spins
    )
    made = gate(hangs, then=NUMBER) if form == "composition" else hangs
    start = time.monotonic()
    with pytest.raises(AssertionError, match=r"status timeout, not 0[\s\S]*(killed|cancelled) after 0.3 s"):
        assert_rejects(made, "endless query", reference=72)
    with pytest.raises(AssertionError, match="status timeout, not 1"):
        assert_accepts(made, "endless query", reference=72)
    with pytest.raises(AssertionError, match="none: timeout"):
        assert_same(made, ["short query", "endless query"], reference=72)
    assert_rejects(made, "short query", reference=72)
    assert time.monotonic() - start < 10


def test_the_assertions_keep_the_worker_of_a_reward():
    @reward("t.where", isolate="process", range=(0.0, 1e9))
    def where(sample):
        return os.getpid()

    pids = set()
    for text in "abc":
        with pytest.raises(AssertionError, match="score") as raised:
            assert_accepts(where, text)
        pids.add(str(raised.value).splitlines()[0])
    assert len(pids) == 1
    assert f"score {os.getpid():g}," not in pids.pop()
