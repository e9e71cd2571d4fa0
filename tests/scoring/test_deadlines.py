"""Whatever a reward does, its deadline holds, its sample says so, and the next sample works: from everywhere."""

import asyncio
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from rlvr import Sample, Status
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring import Scorer


def isolated(function, timeout=0.5, name="t.isolated", range=(0.0, 1.0)):
    # Not remembered: the sample that follows a crash must reach the worker that follows.
    return Reward(function, RewardSpec(name, timeout=timeout, isolate="process", range=range, cache=False))


def obedient(sample):  # noqa: C901 - a list of misdeeds
    """Does what the completion says."""

    def catch_everything():
        while True:
            try:
                time.sleep(10)
            except BaseException:  # noqa: BLE001
                continue

    def leave_a_child():
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        pathlib.Path(sample.data["file"]).write_text(str(child.pid))
        time.sleep(60)

    def fork():
        if os.fork() == 0:
            return 1.0
        time.sleep(0.2)  # the child would answer first
        return 0.5

    def close_everything():
        os.closerange(3, 256)
        return 1.0

    def recurse():
        return recurse()

    def spin():
        while True:
            pass

    actions = {
        "right": lambda: 1.0,
        "spin": spin,
        "power": lambda: 9**9**9,
        "hold the interpreter": lambda: ctypes.PyDLL(None).usleep(60_000_000),
        "catch everything": catch_everything,
        "leave a child": leave_a_child,
        "segfault": lambda: ctypes.string_at(0),
        "leave": lambda: os._exit(3),
        "exit": lambda: sys.exit(3),
        "kill": lambda: os.kill(os.getpid(), 9),
        "abort": os.abort,
        "raise": lambda: 1 / 0,
        "interrupt": lambda: os.kill(os.getpid(), 2),
        "print": lambda: [
            print(  # noqa: T201
                "x" * 100_000
            ),
            os.write(1, b"\0\0\0\2{}"),
            sys.stdout.flush(),
            0.5,
        ][-1],
        "read": lambda: sys.stdin.read() == "",
        "fork": fork,
        "close everything": close_everything,
        "out of range": lambda: 1.5,
        "recurse": recurse,
    }
    return actions[sample.completion]()


@pytest.fixture(scope="module")
def scorer():
    with Scorer(isolated(obedient), workers=1, max_error_rate=1.0) as scorer:
        scorer.score([Sample("right")])
        yield scorer


def alive(pid):
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def gone(pid, within=5.0):
    until = time.monotonic() + within
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not alive(pid)


@pytest.mark.parametrize("action", ["spin", "power", "hold the interpreter", "catch everything"])
def test_a_deadline_kills(scorer, action):
    start = time.monotonic()
    late, after = scorer.score([Sample(action), Sample("right")])
    assert (late.status, late.score) == (Status.TIMEOUT, None)
    assert late.explanation == "killed after 0.5 s"
    assert late.elapsed == 0.5
    assert after.score == 1.0
    assert time.monotonic() - start < 5.0


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("segfault", "SIGSEGV"),
        ("leave", "exited with code 3"),
        ("kill", "SIGKILL"),
        ("abort", "SIGABRT"),
        ("interrupt", "process that ran the reward"),
        ("exit", "SystemExit: 3"),
        ("raise", "ZeroDivisionError"),
        ("recurse", "RecursionError"),
        ("out of range", "outside the declared range"),
        ("close everything", "process that ran the reward"),
        ("no such action", "KeyError"),
    ],
)
def test_a_crash_is_an_error_that_names_its_kind_and_the_next_sample_works(scorer, action, why):
    before, crashed, after = scorer.score([Sample("right"), Sample(action), Sample("right")])
    assert (crashed.status, crashed.score) == (Status.ERROR, None)
    assert why in crashed.explanation
    assert (before.score, after.score) == (1.0, 1.0)


@pytest.mark.parametrize(("action", "score"), [("print", 0.5), ("read", 1.0), ("fork", 0.5)])
def test_printing_reading_and_forking_do_not_reach_the_pipe(scorer, action, score):
    assert [verdict.score for verdict in scorer.score([Sample(action), Sample("right")])] == [score, 1.0]


def test_what_a_worker_started_dies_with_it(scorer, tmp_path):
    file = tmp_path / "pid"
    (late,) = scorer.score([Sample("leave a child", data={"file": str(file)})])
    assert late.status is Status.TIMEOUT
    assert gone(int(file.read_text()))


def test_a_thread_left_behind_costs_the_next_sample_nothing():
    def poisoner(sample):
        import os
        import threading

        if sample.completion == "poison":
            threading.Timer(0.1, os._exit, [7]).start()
        else:
            import time

            time.sleep(0.3)
        return 1.0

    with Scorer(isolated(poisoner, timeout=2.0), workers=1) as scorer:
        assert [verdict.score for verdict in scorer.score([Sample("poison"), Sample("innocent")])] == [1.0, 1.0]


def test_from_another_thread(scorer):
    verdicts = []
    thread = threading.Thread(target=lambda: verdicts.extend(scorer.score([Sample("spin"), Sample("right")])))
    thread.start()
    thread.join(10)
    assert [verdict.status for verdict in verdicts] == [Status.TIMEOUT, Status.SCORED]


def test_workers_outlive_the_thread_that_first_used_them():
    with Scorer(isolated(obedient), workers=1) as scorer:
        thread = threading.Thread(target=scorer.score, args=([Sample("right")],))
        thread.start()
        thread.join()
        pids = scorer.worker_pids()
        assert scorer.score([Sample("right")])[0].score == 1.0
        assert scorer.worker_pids() == pids


def test_from_an_event_loop_that_goes_on_turning(scorer):
    async def main():
        turns = 0
        task = asyncio.ensure_future(scorer.ascore([Sample("spin"), Sample("right")]))
        while not task.done():
            await asyncio.sleep(0.01)
            turns += 1
        blocking = scorer.score([Sample("right")])
        return await task, turns, blocking

    verdicts, turns, blocking = asyncio.run(main())
    assert [verdict.status for verdict in verdicts] == [Status.TIMEOUT, Status.SCORED]
    assert blocking[0].score == 1.0
    assert turns > 5


def test_start_and_import_of_a_slow_module_do_not_count(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text(
        "import time; time.sleep(0.6)\n"
        "from rlvr import reward\n"
        "@reward('t.slow_import', isolate='process', timeout=0.3)\n"
        "def slow_import(sample): return 1.0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import slow_to_import

    with Scorer(slow_to_import.slow_import, workers=1) as scorer:
        assert scorer.score([Sample("")])[0].score == 1.0


def test_workers_are_in_sessions_of_their_own_where_ctrl_c_does_not_reach(scorer):
    (pid,) = scorer.worker_pids()
    assert os.getsid(pid) == pid != os.getsid(0)


def test_close_leaves_no_process():
    with Scorer(isolated(obedient), workers=2) as scorer:
        scorer.score([Sample("right")] * 20)
        pids = scorer.worker_pids()
        assert pids
        assert all(alive(pid) for pid in pids)
    assert not any(alive(pid) for pid in pids)


def test_close_ends_what_a_worker_started():
    def parent(sample):
        child = subprocess.Popen(["sleep", "60"])
        return child.pid / 2**32

    with Scorer(isolated(parent), workers=1) as scorer:
        (verdict,) = scorer.score([Sample("")])
        pid = int(verdict.score * 2**32)
        assert alive(pid)
    assert gone(pid)


FORGOTTEN = """
from rlvr import Sample, reward
from rlvr.scoring import Scorer

@reward("t.async")
async def later(sample):
    return 1.0

@reward("t.process", isolate="process")
def apart(sample):
    return 0.5

scorers = [Scorer(later), Scorer(apart, workers=1)]
print(*[scorer.score([Sample("")])[0].score for scorer in scorers], scorers[1].worker_pids()[0])
"""


def test_a_scorer_that_nobody_closed_does_not_keep_its_program_alive():
    done = subprocess.run([sys.executable, "-c", FORGOTTEN], capture_output=True, text=True, timeout=20, check=False)
    later, apart, pid = done.stdout.split()
    assert (later, apart, done.returncode, done.stderr) == ("1.0", "0.5", 0, "")
    assert gone(int(pid))


def test_close_ends_a_sample_that_is_being_scored():
    scorer = Scorer(isolated(obedient, timeout=60.0), workers=1)
    future = scorer.submit([Sample("spin"), Sample("right")])
    until = time.monotonic() + 10
    while not scorer.worker_pids() and time.monotonic() < until:
        time.sleep(0.01)
    pids = scorer.worker_pids()
    scorer.close()
    assert [verdict.status for verdict in future.result(10)] == [Status.ERROR, Status.ERROR]
    assert not any(alive(pid) for pid in pids)


SCRIPT = """
    import multiprocessing, os, sys, time
    from rlvr import Sample, reward
    from rlvr.scoring import Scorer

    LIMIT = 3

    def helper(text):
        return len(text) <= LIMIT

    @reward("t.script", isolate="process", timeout=0.5)
    def script(sample):
        while sample.completion == "spin":
            pass
        return helper(sample.completion)

    @reward("t.patient", isolate="process", timeout=60.0)
    def patient(sample):
        while True:
            pass

    def work(queue):
        with Scorer(script, workers=1) as scorer:
            verdicts = scorer.score([Sample("spin"), Sample("abc"), Sample("abcd")])
            queue.put([str(verdict.status) for verdict in verdicts])

    if __name__ == "__main__":
        if sys.argv[1] == "orphan":
            scorer = Scorer(patient, workers=1)
            scorer.submit([Sample("")])
            while not scorer.worker_pids():
                time.sleep(0.01)
            time.sleep(0.3)
            print(*scorer.worker_pids(), flush=True)
            time.sleep(60)
        scorer = Scorer(script, workers=1)
        scorer.score([Sample("abc")])
        context = multiprocessing.get_context(sys.argv[1])
        queue = context.Queue()
        child = context.Process(target=work, args=(queue,), daemon=True)
        child.start()
        statuses = queue.get(timeout=30)
        child.join(30)
        print(*statuses, child.exitcode, scorer.score([Sample("abcd")])[0].score)
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(SCRIPT))
    return str(path)


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_from_a_daemonic_process_of_a_script(script, method):
    done = subprocess.run([sys.executable, script, method], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["timeout", "scored", "scored", "0", "0.0"], done.stderr


def test_a_fork_of_a_used_scorer_gets_workers_of_its_own(scorer):
    scorer.score([Sample("right")])
    theirs = scorer.worker_pids()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # where it fails it would wait for ever
        score = scorer.score([Sample("right")])[0].score
        os.write(writer, f"{score} {scorer.worker_pids() != theirs}".encode())
        scorer.close()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        assert answer.read() == "1.0 True"
    os.waitpid(child, 0)
    assert scorer.worker_pids() == theirs
    assert scorer.score([Sample("right")])[0].score == 1.0


def test_busy_workers_die_with_a_parent_that_is_killed(script):
    parent = subprocess.Popen([sys.executable, script, "orphan"], stdout=subprocess.PIPE, text=True)
    try:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert pids
        assert all(alive(pid) for pid in pids)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
    assert all(gone(pid) for pid in pids)


def test_from_a_ray_actor():
    ray = pytest.importorskip("ray")
    ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:

        @ray.remote
        class Actor:
            def __init__(self, reward):
                self.scorer = Scorer(reward, workers=1)

            def score(self, completions):
                return self.scorer.score([Sample(completion) for completion in completions])

        def spinning(sample):
            while sample.completion == "spin":
                pass
            return 1.0

        actor = Actor.remote(isolated(spinning))
        late, after = ray.get(actor.score.remote(["spin", "right"]), timeout=60)
        assert (late.status, after.score) == (Status.TIMEOUT, 1.0)
    finally:
        ray.shutdown()
