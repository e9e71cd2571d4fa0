"""Where a reward meets its verdicts: times, texts, pauses and portions, on either side of each bound."""

import asyncio
import itertools

import pytest

from rlvr import Sample, Status, Verdict, batch_reward, group_reward, judge, reward
from rlvr.judging import _pause, describe, in_place, judge_async, judge_together, normalise, portions
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward


@pytest.fixture
def _clock(monkeypatch):
    """A clock on which three seconds pass between two looks."""
    monkeypatch.setattr("rlvr.judging.time.perf_counter", itertools.count(10.0, 3.0).__next__)


@pytest.mark.usefixtures("_clock")
def test_a_call_takes_what_the_clock_says_and_a_batch_shares_it():
    assert judge(Reward(lambda sample: 1.0, RewardSpec("t.one")), Sample("")).elapsed == 3.0
    many = batch_reward("t.many")(lambda samples: [1.0] * len(samples))
    assert [verdict.elapsed for verdict in judge_together(many, [Sample("a"), Sample("b")])] == [1.5, 1.5]
    broken = group_reward("t.broken")(lambda samples: 1 / 0)
    assert [verdict.elapsed for verdict in judge_together(broken, [Sample("")] * 4)] == [0.75] * 4

    async def later(samples):
        return [1.0] * len(samples)

    found = asyncio.run(judge_async(batch_reward("t.later")(later), [Sample("a"), Sample("b")]))
    assert [verdict.elapsed for verdict in found] == [1.5, 1.5]


@pytest.mark.parametrize("form", ["batch", "group"])
@pytest.mark.parametrize("later", [False, True])
def test_a_call_that_fails_gives_each_sample_its_verdict(form, later):
    calls = []

    def fail(samples):
        calls.append(len(samples))
        raise ValueError("as asked")

    async def fail_later(samples):
        fail(samples)

    made = {"batch": batch_reward, "group": group_reward}[form]("t.fails")(fail_later if later else fail)
    samples = [Sample("a"), Sample("b"), Sample("c")]
    found = asyncio.run(judge_async(made, samples)) if later else judge_together(made, samples)
    assert [verdict.status for verdict in found] == [Status.ERROR] * 3
    assert all(verdict.explanation.startswith("ValueError: as asked") for verdict in found)
    # A batch is tried again sample by sample; a group of the rest would be another group.
    assert calls == ([3, 1, 1, 1] if form == "batch" else [3])


@pytest.mark.parametrize("decorate", [batch_reward, group_reward])
def test_all_samples_of_a_late_async_call_are_late(decorate):
    async def late(samples):
        await asyncio.sleep(60)

    made = decorate("t.late", timeout=0.05)(late)
    found = asyncio.run(judge_async(made, [Sample("a"), Sample("b")]))
    assert [(str(verdict.status), verdict.explanation) for verdict in found] == [
        ("timeout", "cancelled after 0.1 s")
    ] * 2


def test_texts_are_whole_up_to_their_bound():
    def kept(length):
        verdict = normalise(Verdict(1.0, explanation="x" * length), (0.0, 1.0))
        return verdict.explanation

    assert kept(9_999) == "x" * 9_999
    assert kept(10_000) == "x" * 10_000
    assert kept(10_001) == "x" * 9_960 + "… (10001 characters)"


def test_each_part_of_an_errors_text_is_whole_up_to_its_bound():
    assert describe(ValueError("x" * 1000)) == "ValueError: " + "x" * 1000
    assert describe(ValueError("x" * 1001)) == "ValueError: " + "x" * 1000
    noted = ValueError("why")
    noted.add_note("n" * 1001)
    assert describe(noted) == "ValueError: why; " + "n" * 1000
    assert describe(ValueError()) == "ValueError"


@pytest.mark.parametrize(
    ("score", "range", "fits"),
    [
        (0.0, (0.0, 1.0), True),
        (1.0, (0.0, 1.0), True),
        (-1.0, (-1.0, 2.0), True),
        (2.0, (-1.0, 2.0), True),
        (-1.0000001, (-1.0, 2.0), False),
        (2.0000001, (-1.0, 2.0), False),
    ],
)
def test_both_ends_of_the_range_belong_to_it(score, range, fits):
    assert (normalise(score, range).score == score) is fits
    assert (normalise(Verdict(score), range).score == score) is fits


def test_pauses_double_up_to_half_a_minute(monkeypatch):
    monkeypatch.setattr("rlvr.judging.random.uniform", lambda least, most: (least, most))
    assert [_pause(attempt) for attempt in range(1, 9)] == [
        (0.0, most) for most in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0)
    ]


class OwnError(Exception):
    """One that does not pass by itself, but where its author says so."""


@pytest.mark.parametrize(
    ("error", "retry_on", "retries", "calls"),
    [
        (OwnError("mine"), (OwnError,), 2, 3),
        (OwnError("mine"), (), 2, 1),
        (ConnectionResetError("passing"), (), 2, 3),
        (ConnectionResetError("passing"), (), 1, 2),
        (ConnectionResetError("passing"), (), 0, 1),
    ],
)
@pytest.mark.parametrize("later", [False, True])
def test_as_many_tries_as_were_asked_for(error, retry_on, retries, calls, later, monkeypatch):
    monkeypatch.setattr("rlvr.judging.random.uniform", lambda least, most: 0.0)
    seen = []

    def fail(sample):
        seen.append(sample)
        raise error

    async def fail_later(sample):
        fail(sample)

    made = reward("t.tries", retries=retries, retry_on=retry_on)(fail_later if later else fail)
    explanation = made.check("").explanation
    assert len(seen) == calls
    assert (f"; {calls} attempts" in explanation) is (calls > 1)


@pytest.mark.parametrize(
    ("count", "parts"), [(0, []), (1, [[0]]), (2, [[0, 1]]), (3, [[0, 1], [2]]), (4, [[0, 1], [2, 3]])]
)
def test_batches_are_full_but_for_the_last(count, parts):
    made = batch_reward("t.pairs", batch_size=2)(lambda samples: [0.0] * len(samples))
    assert portions(made, [Sample("")] * count) == parts
    alone = reward("t.alone")(lambda sample: 0.0)
    assert portions(alone, [Sample("")] * count) == [[i] for i in range(count)]


def test_verdicts_go_back_to_their_places():
    first, second, third = Verdict(0.1), Verdict(0.2), Verdict(0.3)
    assert in_place([[2, 0], [1]], [[third, first], [second]]) == [first, second, third]
    for found in ([[third, first]], [[third], [second]]):
        with pytest.raises(ValueError, match="shorter"):
            in_place([[2, 0], [1]], found)
