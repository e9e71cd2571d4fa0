"""Pools in Ray actors: a real cluster, real losses."""

import asyncio
import os
import signal
import threading
import time

import psutil
import pytest

from rlvr.errors import ConfigError, MissingDependencyError
from rlvr.sandbox import AssertTests, FunctionTests, Job, Limits, Outcome, StdinTests
from rlvr.sandbox.remote.cluster import ClusterSandbox

ray = pytest.importorskip("ray")

DOUBLE = "print(2 * int(input()))"


def doubled(number):
    return StdinTests([(str(number), str(2 * number))])


def test_it_needs_a_cluster():
    if not ray.is_initialized():
        with pytest.raises(ConfigError, match=r"ray\.init"):
            ClusterSandbox()


@pytest.fixture(scope="module")
def cluster(lane):
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(address="local", num_cpus=4, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    with ClusterSandbox(workers=2, lanes=1, packages=()) as made:
        yield made
    ray.shutdown()


def pids(cluster):
    actors = [place.actor for place in cluster._places if place.actor is not None]
    return ray.get([actor.__ray_call__.remote(lambda _: os.getpid()) for actor in actors])


def test_a_batch_comes_back_in_order_from_all_workers(cluster):
    jobs = [Job(DOUBLE, doubled(i)) for i in range(20)]
    jobs += [
        Job("print(1)", doubled(3)),
        Job("def f(x): return x + 1", FunctionTests("f", [([1], 2)])),
        Job("def f(x): return x", AssertTests("assert f(1) == 2", ["f"])),
        Job("while True: pass", doubled(1), Limits(cpu=0.2)),
        Job("read n; echo $((2 * n))", doubled(4), language="bash"),
    ]
    found = [str(one.outcome) for one in cluster.judge_all(jobs)]
    assert found == ["accepted"] * 20 + ["wrong_answer", "accepted", "wrong_answer", "time_limit", "accepted"]
    assert len(set(pids(cluster))) == 2
    assert cluster.run(DOUBLE, b"4").stdout == b"8\n"


def test_an_event_loop_is_not_held_up(cluster):
    async def some():
        return await asyncio.gather(
            *(cluster.judge_async(Job(DOUBLE, doubled(i)), client=str(i % 3)) for i in range(9))
        )

    assert {str(one.outcome) for one in asyncio.run(some())} == {"accepted"}


def test_workers_that_are_lost_cost_no_program(cluster):
    before = pids(cluster)
    stopped = threading.Event()

    def kill():
        time.sleep(0.3)
        os.kill(before[0], signal.SIGKILL)
        stopped.wait(0.5)

    thread = threading.Thread(target=kill)
    thread.start()
    found = cluster.judge_all([Job("import time; time.sleep(0.02)\n" + DOUBLE, doubled(i)) for i in range(60)])
    stopped.set()
    thread.join()
    assert {str(one.outcome) for one in found} == {"accepted"}
    assert before[0] not in pids(cluster)


def test_no_more_is_out_than_there_are_lanes(cluster):
    out, most, lock = 0, 0, threading.Lock()
    actor = cluster._actor

    def counted(place):
        nonlocal out, most
        with lock:
            out += 1
            most = max(most, out)
        time.sleep(0.01)
        with lock:
            out -= 1
        return actor(place)

    cluster._actor = counted
    try:
        threads = [threading.Thread(target=cluster.judge, args=(DOUBLE, doubled(1))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        del cluster._actor
    assert most <= cluster.size == 2


def test_what_a_machine_lacks_is_said_here(cluster):
    with (
        ClusterSandbox(workers=1, packages=["no_such_package"]) as other,
        pytest.raises(MissingDependencyError, match="no_such_package"),
    ):
        other.judge(DOUBLE, doubled(1))


def test_a_job_that_costs_every_worker_is_our_error(cluster, monkeypatch):
    monkeypatch.setattr("rlvr.sandbox.remote.cluster.ATTEMPTS", 1)
    cluster.judge_all([Job(DOUBLE, doubled(i)) for i in range(8)])
    for place in cluster._places:
        ray.kill(place.actor)
    lost = [cluster.judge(DOUBLE, doubled(1)) for _ in cluster._places]
    assert {str(one.outcome) for one in lost} == {"sandbox_error"}
    assert "1 workers" in lost[0].explanation
    assert cluster.judge(DOUBLE, doubled(1)).outcome is Outcome.ACCEPTED


def test_all_ends_with_it(cluster):
    with ClusterSandbox(workers=1, lanes=1, packages=()) as other:
        other.judge(DOUBLE, doubled(1))
        (pid,) = pids(other)
        children = psutil.Process(pid).children(recursive=True)
        assert children
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
