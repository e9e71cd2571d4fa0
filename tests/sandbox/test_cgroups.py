"""Control groups: where they are given they bound the lane, and where not that is said.

Few test machines give the controllers away, so what is written is looked at in folders that stand for the hierarchy.
"""

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from rlvr.sandbox import Lane, Limits, Outcome, SandboxPool, StdinTests
from rlvr.sandbox.confine import cgroups
from rlvr.sandbox.layers import probe


@pytest.fixture
def kernel(monkeypatch):
    """Fills a group that is made, as the kernel would, where its parent passes the controllers on."""
    plain, passing = Path.mkdir, set()

    def mkdir(self, *given, **named):
        plain(self, *given, **named)
        if self.name.startswith("rlvr-") and self.parent in passing:
            for name in ("memory.max", "memory.swap.max", "pids.max", "cgroup.procs", "cgroup.kill"):
                (self / name).write_text("max")
            (self / "memory.events").write_text("low 0\noom 0\noom_kill 0\n")

    monkeypatch.setattr(Path, "mkdir", mkdir)
    return passing


def test_the_nearest_group_that_passes_the_controllers_on_is_taken(tmp_path, kernel):
    (tmp_path / "user/app/mine").mkdir(parents=True)
    kernel.add(tmp_path / "user")
    group, why = cgroups.make(tmp_path, "/user/app/mine")
    assert (why, group.path.parent) == ("", tmp_path / "user")
    assert (group.path / "pids.max").read_text() == str(cgroups.TASKS)
    assert (group.path / "memory.swap.max").read_text() == "0"
    group.limit(Limits(memory=100, output=1), room=64)
    assert int((group.path / "memory.max").read_text()) == (100 + 2 + 64 + 192) << 20
    assert not group.killed()
    (group.path / "memory.events").write_text("oom 1\noom_kill 1\n")
    assert (group.killed(), group.killed()) == (True, False)
    assert list((tmp_path / "user/app/mine").iterdir()) == []  # nothing is left where it could not be had


def test_where_there_is_none_it_is_said(tmp_path):
    group, why = cgroups.make(tmp_path, "/")
    assert group is None
    assert "does not pass on the controllers" in why
    assert list(tmp_path.iterdir()) == []
    assert cgroups.make(tmp_path / "nowhere", "/")[0] is None
    assert cgroups.enter(str(tmp_path / "none")).startswith("No such file")


def test_the_doctor_says_it(lane):
    found = {row["name"]: row for row in probe()}["cgroup"]
    assert found["state"] == ("ok" if lane.layers["cgroup"] == "v2" else "note")


def test_a_lane_goes_into_its_group_and_reads_what_the_kernel_did(lane, tmp_path, kernel, monkeypatch):
    kernel.add(tmp_path)
    tmp_path.chmod(0o755)
    plain = cgroups.make
    monkeypatch.setattr(cgroups, "make", lambda: plain(tmp_path, "/"))
    with Lane() as one:
        (group,) = tmp_path.iterdir()
        assert one.layers["cgroup"] == "v2"
        assert (group / "cgroup.procs").read_text() == "0"  # itself, before it forks
        assert one.run("print(7)", limits=Limits(memory=77)).stdout == b"7\n"
        assert int((group / "memory.max").read_text()) == (77 + 32 + 64 + 192) << 20
        (group / "memory.events").write_text("oom_kill 1\n")
        ended = one.run("import os; os.kill(os.getpid(), 9)")  # as the kernel would
        assert ended.ending is Outcome.MEMORY_LIMIT
        assert one.run("import os; os.kill(os.getpid(), 9)").ending is Outcome.RUNTIME_ERROR


def measure_busiest_child(pid):
    """Seconds of processor time of the child that used most; a child may end while it is asked."""
    used = [0.0]
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            used.append(child.cpu_times().user)
    return max(used)


def test_a_fork_server_that_the_kernel_chose_is_its_programs_doing(lane, tmp_path, kernel, monkeypatch):
    kernel.add(tmp_path)
    plain = cgroups.make
    monkeypatch.setattr(cgroups, "make", lambda: plain(tmp_path, "/"))
    with SandboxPool(1, packages=()) as pool:
        pool.run("print(7)")
        (first,) = pool._slots._free[0]._lanes.values()
        tests = StdinTests([("", "7")])
        with ThreadPoolExecutor(1) as threads:
            judged = threads.submit(pool.judge, "while True: pass", tests)
            until = time.monotonic() + 60
            while measure_busiest_child(first.pid) < 0.2:  # the program does not run yet
                assert time.monotonic() < until
                time.sleep(0.01)
            (first._group.path / "memory.events").write_text("oom_kill 1\n")
            os.kill(first.pid, signal.SIGKILL)
            assert judged.result().outcome is Outcome.MEMORY_LIMIT
        assert pool.judge("print(7)", tests).outcome is Outcome.ACCEPTED
