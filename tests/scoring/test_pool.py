"""How a pool cuts calls into portions, and whose turn it is."""

import threading
from collections import deque

import pytest

from rlvr import Sample
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring.driver import Driver
from rlvr.scoring.pool import Pool, _Call


def pool_of(*forms, workers=2):
    """A pool whose workers have not been started: its threads start with the first call of `score`."""
    rewards = [
        Reward(lambda given: 1.0, RewardSpec(f"t.reward-{i}", form=form, batch_size=2, isolate="process"))
        for i, form in enumerate(forms)
    ]
    return Pool(rewards, workers)


def call(pool, samples, reward=0, size=1):
    parts = deque([*range(start, min(start + size, samples))] for start in range(0, samples, size))
    made = _Call(reward, parts, [Sample("")] * samples, [None] * samples, missing=samples)
    pool._calls.append(made)
    return made


def portions(pool, made):
    """How many samples go over at a time until none is left."""
    sizes = []
    while made.parts:
        owner, part = pool._next()
        assert owner is made
        sizes.append(len(part))
    return sizes


@pytest.mark.parametrize(
    ("workers", "samples", "sizes"),
    [(1, 1, [1]), (1, 5, [5]), (2, 5, [3, 1, 1]), (2, 8, [4, 2, 1, 1]), (3, 7, [3, 2, 1, 1]), (1, 130, [64, 64, 2])],
)
def test_each_worker_gets_its_fair_share_and_no_more_than_64(workers, samples, sizes):
    pool = pool_of("sample", workers=workers)
    made = call(pool, samples)
    assert portions(pool, made) == sizes


@pytest.mark.parametrize(
    ("seconds", "first"), [(0.0005, 64), (0.001, 50), (0.01, 5), (0.02, 2), (0.03, 1), (0.05, 1), (7.0, 1)]
)
def test_a_portion_keeps_a_worker_busy_for_about_a_twentieth_of_a_second(seconds, first):
    pool = pool_of("sample", workers=1)
    for _ in range(200):
        pool.learn(0, seconds)
    made = call(pool, 100)
    assert len(pool._next()[1]) == first
    assert made.parts[0] == [first]


def test_what_a_reward_takes_is_learned_by_a_fifth_each_time_and_for_each_reward():
    pool = pool_of("sample", "sample")
    seen = []
    for seconds in (1.0, 1.0, 0.0):
        pool.learn(1, seconds)
        seen.append(pool._seconds[1])
    assert seen == pytest.approx([0.2, 0.36, 0.288])
    assert pool._seconds[0] == 0.0


def test_calls_take_turns():
    pool = pool_of("sample", "sample", workers=8)
    pool.learn(0, 100.0)  # one at a time
    first, second, third = call(pool, 3), call(pool, 1), call(pool, 2)
    taken = [pool._next() for _ in range(6)]
    assert [(first, second, third).index(owner) for owner, _ in taken] == [0, 1, 2, 0, 2, 0]
    assert [part for owner, part in taken if owner is first] == [[0], [1], [2]]
    pool.closed = True
    assert pool._next() is None
    assert not pool._calls


def test_a_batch_goes_over_as_it_is():
    pool = pool_of("batch", workers=1)
    made = call(pool, 5, size=2)
    assert portions(pool, made) == [2, 2, 1]


def test_a_call_is_done_with_its_last_verdict_or_its_first_failure():
    pool = pool_of("sample")
    made = call(pool, 2)
    made.put(1, "second")
    assert not made.done.is_set()
    made.put(0, "first")
    assert (made.done.is_set(), made.verdicts) == (True, ["first", "second"])
    failed = call(pool, 2)
    failed.fail(ValueError("ours"))
    assert (failed.done.is_set(), len(failed.parts), str(failed.failure)) == (True, 0, "ours")


def test_why_a_reward_cannot_be_loaded_is_said_once_and_kept():
    pool = pool_of("sample", "sample")
    assert pool.refuse(1, "no module") == pool.refuse(1, "later") == "loading `t.reward-1` in a process: no module"
    assert not pool.loads_late(0)


def test_a_fault_of_ours_reaches_whoever_waits(monkeypatch):
    def fail(driver, key, samples):
        raise LookupError("ours")

    monkeypatch.setattr(Driver, "verdicts", fail)
    pool = pool_of("sample", workers=1)
    for _ in range(2):
        with pytest.raises(LookupError, match="ours"):
            pool.score(pool.rewards[0], [Sample("a"), Sample("b")])
    pool.close()


def test_close_waits_for_the_threads_but_for_the_one_that_closes():
    pool = pool_of("sample", workers=3)
    with pool._work:
        pool._start_threads()
    threads = list(pool._threads)
    assert [thread.is_alive() for thread in threads] == [True] * 3
    pool._threads.append(threading.current_thread())  # where the garbage collector closes a forgotten scorer
    pool.close()
    assert [thread.is_alive() for thread in threads] == [False] * 3


def test_as_many_threads_as_workers_are_started_once():
    pool = pool_of("sample", workers=2)
    with pool._work:
        pool._start_threads()
        pool._start_threads()
    assert [thread.name for thread in pool._threads] == ["rlvr-worker-0", "rlvr-worker-1"]
    pool.close()


def test_a_closed_pool_refuses():
    pool = pool_of("sample")
    assert pool.score(pool.rewards[0], []) == []
    pool.close()
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        pool.score(pool.rewards[0], [Sample("")])
    assert pool.score(pool.rewards[0], []) == []
