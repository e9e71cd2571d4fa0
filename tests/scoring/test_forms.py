"""Async, batched and group rewards: called as they declare, in time, each sample with its own verdict."""

import asyncio
import os
import threading
import time
import warnings
from array import array

import numpy
import pandas
import pytest
import torch

from rlvr import Sample, Status, Verdict, batch_reward, group_reward, judge_all, minimum, reward
from rlvr.errors import RewardDefinitionError
from rlvr.scoring import Scorer

TEXTS = [Sample(str(i)) for i in range(10)]


def scores(made, samples, **settings):
    with Scorer(made, max_error_rate=1.0, **settings) as scorer:
        return [verdict.score for verdict in scorer.score(samples)]


def test_async_rewards_run_side_by_side_up_to_their_limit():
    running, most = 0, 0

    @reward("t.async", concurrency=4)
    async def made(sample):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return int(sample.completion) / 10

    assert scores(made, TEXTS) == [i / 10 for i in range(10)]
    assert most == 4
    assert made.check("5").score == 0.5


def test_an_async_reward_is_cancelled_at_its_deadline():
    @reward("t.late", timeout=0.1)
    async def made(sample):
        await asyncio.sleep(60 if sample.completion == "3" else 0)
        return 1.0

    with Scorer(made, max_error_rate=1.0) as scorer:
        verdicts = scorer.score(TEXTS)
    assert [i for i, verdict in enumerate(verdicts) if verdict.status is Status.TIMEOUT] == [3]
    assert "cancelled after 0.1 s" in verdicts[3].explanation
    assert sum(verdict.score == 1.0 for verdict in verdicts) == 9


def test_an_async_reward_is_judged_inside_a_running_loop():
    @reward("t.inside")
    async def made(sample):
        await asyncio.sleep(0)
        return 1.0

    async def inside():
        assert made.check("").score == 1.0
        with Scorer(made) as scorer:
            return [verdict.score for verdict in await scorer.ascore(TEXTS)]

    assert asyncio.run(inside()) == [1.0] * 10


@pytest.mark.parametrize("isolate", ["inline", "process"])
@pytest.mark.parametrize("later", [False, True])
def test_batches_have_their_size_and_verdicts_their_order(isolate, later):
    def sizes(samples):
        return [(len(samples) * 10 + int(sample.completion)) / 100 for sample in samples]

    async def sizes_later(samples):
        return sizes(samples)

    declared = batch_reward(f"t.batches-{isolate}-{later}", batch_size=4, isolate=isolate)
    made = declared(sizes_later if later else sizes)
    assert scores(made, TEXTS) == [(size * 10 + i) / 100 for i, size in enumerate([4] * 8 + [2] * 2)]
    assert [verdict.score for verdict in judge_all(made, TEXTS)] == scores(made, TEXTS)


@pytest.mark.parametrize("isolate", ["inline", "process"])
@pytest.mark.parametrize("fault", ["raises", "leaves", "hangs"])
def test_of_a_batch_that_fails_only_the_guilty_pay(isolate, fault):
    if isolate == "inline" and fault != "raises":
        pytest.skip("only a process survives that")

    @batch_reward("t.guilty", batch_size=5, isolate=isolate, timeout=0.5)
    def made(samples):
        for sample in samples:
            if sample.completion == "7":
                {"raises": lambda: 1 / 0, "leaves": lambda: os._exit(3), "hangs": lambda: time.sleep(60)}[fault]()
        return [1.0] * len(samples)

    with Scorer(made, workers=1, max_error_rate=1.0) as scorer:
        verdicts = scorer.score(TEXTS)
    (guilty,) = [i for i, verdict in enumerate(verdicts) if verdict.status is not Status.SCORED]
    assert guilty == 7
    assert verdicts[7].status is (Status.TIMEOUT if fault == "hangs" else Status.ERROR)


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        (lambda samples: 1.0, "returned float"),
        (lambda samples: [1.0] * (len(samples) + 1), "returned 3 verdicts for 2 samples"),
        (lambda samples: "ab", "returned str"),
        (lambda samples: b"ab", "returned bytes"),
        (lambda samples: None, "returned NoneType"),
        (lambda samples: {0: 1.0, 1: 1.0}, "returned dict; it returns a list, a verdict for each of its samples"),
        (lambda samples: {0.0, 1.0}, "returned set"),
        (lambda samples: (1.0 for _ in samples), "returned generator"),
        (lambda samples: torch.tensor(1.0), "returned Tensor"),
        (lambda samples: torch.ones(3), "returned 3 verdicts for 2 samples"),
        (lambda samples: torch.ones(2, 1), "returned list; a reward returns a Verdict, a float or a bool"),
    ],
)
def test_a_group_that_returns_no_list_of_its_size_is_an_error(returned, why):
    made = group_reward("t.wrong")(returned)
    with Scorer(made, max_error_rate=1.0) as scorer:
        for verdict in scorer.score([Sample("a"), Sample("b")]):
            assert verdict.status is Status.ERROR
            assert why in verdict.explanation


@pytest.mark.parametrize(
    "returned",
    [
        [0.25, 1.0],
        (0.25, 1.0),
        numpy.array([0.25, 1.0]),
        torch.tensor([0.25, 1.0]),
        torch.tensor([0.25, 1.0], requires_grad=True),
        [torch.tensor(0.25), torch.tensor(True)],
        [numpy.array(0.25), numpy.bool_(True)],
        numpy.array([Verdict(0.25), Verdict.right()]),
        pandas.Series([0.25, 1.0], index=[7, 3]),
        array("d", [0.25, 1.0]),
        {"a": 0.25, "b": 1.0}.values(),
    ],
    ids=lambda returned: type(returned).__name__,
)
def test_rows_of_numbers_of_every_kind_are_scores(returned):
    made = batch_reward("t.rows")(lambda samples: returned)
    assert scores(made, [Sample("a"), Sample("b")]) == [0.25, 1.0]


def test_a_tensor_is_scores_in_a_process_too():
    made = batch_reward("t.tensor", isolate="process")(lambda samples: torch.tensor([0.25, 1.0]))
    assert scores(made, [Sample("a"), Sample("b")], workers=1) == [0.25, 1.0]


@pytest.mark.parametrize("isolate", ["inline", "process"])
def test_groups_are_kept_together_whatever_the_order(isolate):
    @group_reward(f"t.rank-{isolate}", isolate=isolate)
    def made(samples):
        order = sorted(samples, key=lambda sample: int(sample.completion))
        return [order.index(sample) / max(1, len(samples) - 1) for sample in samples]

    named = [Sample("3", group="a"), Sample("9", group="b"), Sample("1", group="a"), Sample("2", group="b")]
    assert scores(made, named) == [1.0, 1.0, 0.0, 0.0]
    # Without a name, those of one prompt, reference and data belong together.
    asked = [Sample("3", prompt="p"), Sample("9", prompt="q"), Sample("1", prompt="p"), Sample("2", prompt="q")]
    assert scores(made, asked) == [1.0, 1.0, 0.0, 0.0]


def test_one_bad_item_of_a_group_costs_the_others_nothing():
    made = group_reward("t.item")(lambda samples: [0.5, 7.0, "x"])
    first, second, third = judge_all(made, [Sample("a"), Sample("b"), Sample("c")])
    assert first.score == 0.5
    assert (second.status, third.status) == (Status.ERROR, Status.ERROR)


@pytest.mark.parametrize("form", ["sample", "threads", "batch", "composition"])
def test_an_inline_reward_past_its_timeout_is_told_of_while_it_hangs(form):
    released, told = threading.Event(), []

    def hang(sample):
        if not isinstance(sample, list):
            released.wait(20)
            return 1.0
        released.wait(20)
        return [1.0] * len(sample)

    declare = batch_reward if form == "batch" else reward
    made = declare("t.hangs", timeout=0.2, **({"concurrency": 2} if form == "threads" else {}))(hang)

    def heard(message, *_, **__):
        told.append(str(message))
        released.set()  # only what is said meanwhile lets it go on

    with warnings.catch_warnings(), Scorer(0.5 * made if form == "composition" else made) as scorer:
        warnings.showwarning = heard
        warnings.simplefilter("always")
        start = time.monotonic()
        assert [verdict.status for verdict in scorer.score(TEXTS[:3])] == [Status.SCORED] * 3
        assert time.monotonic() - start < 10
        released.clear()
        threading.Timer(0.5, released.set).start()
        scorer.score(TEXTS[3:4])
    (once,) = told
    assert "`t.hangs` is still at work after its timeout of 0.2 s" in once
    assert 'isolate="process"' in once


def test_a_short_timeout_is_watched_beside_a_long_one():
    released, told, begun = threading.Event(), [], threading.Event()

    @reward("t.patient", timeout=60.0)
    def patient(sample):
        begun.set()
        released.wait(20)
        return 1.0

    @reward("t.hasty", timeout=0.2)
    def hasty(sample):
        released.wait(20)
        return 1.0

    def heard(message, *_, **__):
        told.append(str(message))
        released.set()

    with warnings.catch_warnings(), Scorer(minimum(patient, hasty)) as scorer:
        warnings.showwarning = heard
        warnings.simplefilter("always")
        thread = threading.Thread(target=scorer._inline.score, args=(patient, TEXTS[:1]))
        thread.start()
        begun.wait(20)
        time.sleep(0.05)
        start = time.monotonic()
        scorer._inline.score(hasty, TEXTS[:1])
        assert 0.2 <= time.monotonic() - start < 10
        thread.join()
    (once,) = told
    assert "`t.hasty` is still at work" in once


def test_many_quick_calls_are_not_told_of():
    @reward("t.quick", timeout=0.2)
    def made(sample):
        time.sleep(0.01)
        return 1.0

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert scores(made, [Sample(str(i)) for i in range(60)]) == [1.0] * 60


def test_a_service_that_fails_in_passing_is_asked_again(monkeypatch):
    pauses, calls = [], 0
    monkeypatch.setattr("rlvr.judging.time.sleep", pauses.append)

    @reward("t.service", retries=3)
    def made(sample):
        nonlocal calls
        calls += 1
        if calls < 4:
            raise ConnectionResetError("the service is busy")
        return 1.0

    assert made.check("").score == 1.0
    assert (calls, len(pauses)) == (4, 3)
    assert all(0 <= pause <= 0.5 * 2**i for i, pause in enumerate(pauses))
    calls = -10
    assert "busy" in made.check("").explanation

    @reward("t.broken", retries=3)
    def broken(sample):
        raise ValueError("no passing fault")

    pauses.clear()
    assert "no passing fault" in broken.check("").explanation
    assert pauses == []


def test_plain_calls_of_a_service_run_side_by_side_when_asked_to():
    meeting = threading.Barrier(3, timeout=10)

    @reward("t.threads", concurrency=3)
    def made(sample):
        meeting.wait()
        return 1.0

    assert scores(made, TEXTS[:9]) == [1.0] * 9


def test_the_parts_of_a_composition_do_not_wait_for_one_another():
    meeting = threading.Barrier(2, timeout=10)

    @reward("t.first")
    async def first(sample):
        await asyncio.to_thread(meeting.wait)
        return 1.0

    @reward("t.second")
    async def second(sample):
        await asyncio.to_thread(meeting.wait)
        return 0.5

    assert scores(minimum(first, second), [Sample("x")]) == [0.5]


def test_a_slow_reward_does_not_hold_back_the_others():
    @reward("t.slow", isolate="process", cache=False)
    def slow(sample):
        time.sleep(0.02)
        return 1.0

    @reward("t.quick", isolate="process", cache=False)
    def quick(sample):
        return 0.5

    with Scorer(minimum(slow, quick), workers=1) as scorer:
        scorer.score(TEXTS[:2])
        ended = {}
        pool = scorer._pool

        def run(made, count):
            pool.score(made, [Sample(str(i)) for i in range(count)])
            ended[made.name] = time.monotonic()

        threads = [threading.Thread(target=run, args=(slow, 100)), threading.Thread(target=run, args=(quick, 10))]
        for thread in threads:
            thread.start()
            time.sleep(0.05)
        for thread in threads:
            thread.join()
    assert ended["t.quick"] < ended["t.slow"] - 1.0


def test_a_worker_killed_from_outside_costs_nothing():
    @reward("t.innocent", isolate="process", cache=False)
    def made(sample):
        return 1.0

    with Scorer(made, workers=1) as scorer:
        for number in range(5):
            assert [verdict.score for verdict in scorer.score([Sample(str(number))])] == [1.0]
            (pid,) = scorer.worker_pids()
            os.kill(pid, 9)


def test_a_fork_server_killed_from_outside_costs_nothing():
    @reward("t.orphan", isolate="process", cache=False)
    def made(sample):
        return 1.0

    with Scorer(made, workers=2) as scorer:
        for number in range(3):
            assert [verdict.score for verdict in scorer.score(TEXTS)] == [1.0] * 10, number
            os.kill(scorer._pool._nursery._process.pid, 9)


def test_memory_and_stack_have_an_end():
    @reward("t.greedy", isolate="process", memory=200, timeout=20.0)
    def made(sample):
        return float(len(b"x" * (int(sample.completion) << 20)) > 0)

    with Scorer(made, workers=1, max_error_rate=1.0) as scorer:
        small, large = scorer.score([Sample("50"), Sample("400")])
    assert small.score == 1.0
    assert large.status is Status.ERROR
    assert "MemoryError" in large.explanation


def test_a_flood_of_output_is_cut_and_the_reward_goes_on(capfd):
    @reward("t.flood", isolate="process")
    def made(sample):
        for _ in range(200):
            print("x" * 10_000)  # noqa: T201
        return 1.0

    with Scorer(made, workers=1) as scorer:
        assert [verdict.score for verdict in scorer.score([Sample("a"), Sample("b")])] == [1.0, 1.0]
        time.sleep(0.2)
    said = capfd.readouterr().err
    assert "the rest is not shown" in said
    assert len(said) < 70_000


@pytest.mark.parametrize(
    "arguments", [{"concurrency": -1}, {"retries": -1}, {"memory": 0}, {"timeout": 0}, {"isolate": "proces"}]
)
def test_bad_settings_are_refused(arguments):
    with pytest.raises(RewardDefinitionError, match=next(iter(arguments))):
        reward("t.bad", **arguments)
    with pytest.raises(RewardDefinitionError, match="batch_size"):
        batch_reward("t.bad", batch_size=0)


def test_what_is_preloaded_does_not_cost_the_first_deadline(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(1.0)\nready = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def use(sample):
        import slow_to_import

        return float(slow_to_import.ready)

    for preload, status in ((("slow_to_import",), Status.SCORED), ((), Status.TIMEOUT), (("not_there",), Status.ERROR)):
        made = reward(f"t.use-{status}", isolate="process", timeout=0.5, preload=preload)(use)
        with Scorer(made, workers=1, max_error_rate=1.0) as scorer:
            assert scorer.score([Sample("x")])[0].status is status
