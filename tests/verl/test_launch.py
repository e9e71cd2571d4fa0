"""A trainer's process: told step by step, ended with all it started, and why it failed."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from rlvr.verl.judging import STOPPED
from rlvr.verl.run.cause import cause_in
from rlvr.verl.run.launch import launch

# Leaves a process behind in a session of its own, as Ray's daemons are, and writes what verl's logger `file` writes.
TRAINER = """
import json, os, subprocess, sys, time
daemon = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("daemon", daemon.pid, flush=True)
with open(os.environ["VERL_FILE_LOGGER_PATH"], "wb", buffering=0) as file:
    for step in range(3):
        file.write(json.dumps({"step": step, "data": {"actor/loss": step / 2}}).encode() + b"\\n")
"""


def trainer(end=""):
    return [sys.executable, "-c", TRAINER + textwrap.dedent(end)]


def left_behind(folder):
    """The daemons of all starts that are still there."""
    pids = [int(line.split()[1]) for line in (folder / "verl.log").read_text().splitlines() if line[:6] == "daemon"]
    assert pids
    return [pid for pid in pids if psutil.pid_exists(pid)]


def test_steps_are_told_and_nothing_is_left(tmp_path):
    steps = []
    done = launch(trainer(), tmp_path, on_step=lambda step, data: steps.append((step, data["actor/loss"])))
    assert (done.succeeded, done.status, done.step, done.cause) == (True, 0, 2, "")
    assert steps == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert left_behind(tmp_path) == []


def test_a_killed_trainer_leaves_nothing(tmp_path):
    done = launch(trainer("os.kill(os.getpid(), 9)"), tmp_path)
    assert (done.status, done.step) == (128 + 9, 2)
    assert "SIGKILL" in done.cause
    assert left_behind(tmp_path) == []


def test_a_limit_ends_it_with_all_it_started(tmp_path):
    done = launch(trainer("time.sleep(600)"), tmp_path, limit=2)
    assert (done.limit_passed, done.cause) == (True, "It was ended after 2 s.")
    assert left_behind(tmp_path) == []


def test_a_callback_that_raises_ends_it(tmp_path):
    def refuse(step, data):
        raise LookupError(step)

    with pytest.raises(LookupError):
        launch(trainer("time.sleep(600)"), tmp_path, on_step=refuse)
    assert left_behind(tmp_path) == []


def test_ctrl_c_is_passed_on(tmp_path):
    done = launch(trainer("time.sleep(600)"), tmp_path, on_step=lambda step, data: os.kill(os.getpid(), signal.SIGINT))
    assert (done.interrupted, done.succeeded, done.cause) == (True, False, "")
    assert left_behind(tmp_path) == []


def test_nothing_outlives_a_killed_launcher(tmp_path):
    program = f"""
from pathlib import Path
from rlvr.verl.run.launch import launch
launch({trainer("time.sleep(600)")!r}, Path({str(tmp_path)!r}))
"""
    owner = subprocess.Popen([sys.executable, "-c", program])
    while not (tmp_path / "verl-metrics.jsonl").is_file():
        time.sleep(0.05)
    owner.kill()
    owner.wait()
    while left_behind(tmp_path):
        time.sleep(0.05)


def test_what_our_rewards_say_comes_before_any_traceback(tmp_path):
    said = f"open({str(tmp_path / STOPPED)!r}, 'w').write('math.answer failed too often'); raise ValueError(1)"
    assert launch(trainer(said), tmp_path).cause == "math.answer failed too often"
    # The next start begins without it, or every reward actor would refuse every sample.
    assert launch(trainer(), tmp_path).succeeded


def test_the_cause_is_of_this_start_only(tmp_path):
    assert launch(trainer("raise KeyError('first')"), tmp_path).cause.startswith("KeyError: 'first'")
    assert "no traceback" in launch(trainer("sys.exit(4)"), tmp_path).cause


def test_without_a_traceback_there_is_no_cause():
    assert cause_in("step 1\nstep 2\n") == ""


# As Ray 2.60 prints them.
NESTED = """\
2026-11-21 20:04:02,174\tINFO worker.py:2038 -- Started a local Ray instance.
\x1b[36m(TaskRunnerV1 pid=10953)\x1b[0m Traceback (most recent call last):
\x1b[36m(TaskRunnerV1 pid=10953)\x1b[0m   File "optional.py", line 1, in <module>
\x1b[36m(TaskRunnerV1 pid=10953)\x1b[0m ImportError: caught and printed
Traceback (most recent call last):
  File "main_ppo.py", line 18, in <module>
    ray.get(runner.run.remote())
            ^^^^^^^^^^^^^^^^^^^^
  File "/lib/python3.11/site-packages/ray/_private/worker.py", line 1053, in get_objects
    raise value.as_instanceof_cause()
ray.exceptions.RayTaskError(ValueError): \x1b[36mray::TaskRunnerV1.run()\x1b[39m (pid=10953, ip=10.0.0.1)
           ^^^^^^^^^^^^^^^^^^^^^^^
  File "trainer_base.py", line 11, in run
    return ray.get(worker.step.remote())
ray.exceptions.RayTaskError(ValueError): \x1b[36mray::Worker.step()\x1b[39m (pid=10954, ip=10.0.0.1)
           ^^^^^^^^^^^^^^^^^^^^
\x1b[36m(AgentLoopWorker pid=7)\x1b[0m still at work\x1b[32m [repeated 2x across cluster]\x1b[0m
  File "engine_workers.py", line 5, in step
    raise ValueError(text)
ValueError: The checkpoint does not fit.
It has 3 layers.

(raylet) bye
"""

DIED = """\
\x1b[33m(raylet)\x1b[0m A worker died or was killed while executing a task by an unexpected system error.
Traceback (most recent call last):
  File "main_ppo.py", line 20, in <module>
    ray.get(runner.run.remote())
  File "/lib/python3.11/site-packages/ray/_private/worker.py", line 1055, in get_objects
    raise value
ray.exceptions.ActorDiedError: The actor died unexpectedly before finishing this task.
\tclass_name: TaskRunnerV1
"""


def test_the_error_of_the_innermost_actor_is_the_cause():
    assert cause_in(NESTED).splitlines() == [
        "ValueError: The checkpoint does not fit.",
        "It has 3 layers.",
        '  File "engine_workers.py", line 5, in step',
        "    raise ValueError(text)",
    ]


def test_an_actor_that_died_is_named():
    assert cause_in(DIED).splitlines() == [
        "ray.exceptions.ActorDiedError: The actor died unexpectedly before finishing this task.",
        "\tclass_name: TaskRunnerV1",
        '  File "main_ppo.py", line 20, in <module>',
        "    ray.get(runner.run.remote())",
    ]
