"""Runs in processes of their own that are killed, interrupted, or meet a full disk; nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

# The parent may hand down any limit; SIGXFSZ must not kill before the write can fail.
START = """
import resource, signal, sys
limit = int(sys.argv.pop(1))
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from rlvr.cli import main
main()
"""


CLOCKS = ("time", "seconds", "tokens", "latency", "eval/seconds")


def start(*arguments, limit=0):
    command = [sys.executable, "-c", START, str(limit), *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def lines(run):
    path = run / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def wait_for_step(process, run, step):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if any(line["step"] >= step and "loss" in line for line in lines(run)):
            return
        time.sleep(0.02)
    pytest.fail(f"step {step} never came:\n{process.communicate()[0]}")


def trajectory(run):
    """What a run drew and what its steps came to, without times."""
    numbers = [{key: value for key, value in line.items() if not key.startswith(CLOCKS)} for line in lines(run)]
    rollouts = [
        [(row["prompt"], row["completion"], row["score"], row["advantage"]) for row in pq.read_table(path).to_pylist()]
        for path in sorted((run / "rollouts").glob("*.parquet"))
    ]
    return numbers, rollouts


@pytest.fixture
def long(settings):
    return [*settings, "run.steps=12", "run.checkpoint_every=4", "reward=text.length", "optim.lr=1e-3", "eval.size=2"]


@pytest.fixture
def tasks(tmp_path):
    """Lengths to be met: a reward that differs from sample to sample, so that the weights move."""
    path = tmp_path / "lengths.jsonl"
    row = {"reference": {"min": 2, "max": 2, "unit": "characters"}}
    path.write_text("".join(json.dumps({"prompt": f"{i}: ", **row}) + "\n" for i in range(8)))
    return path


def test_a_killed_run_goes_on_as_if_it_had_not_been_killed(rlvr, long, tmp_path):
    assert rlvr("train", *long, "run.name=whole")[0] == 0
    run = tmp_path / "runs" / "first"
    process = start("train", *long)
    wait_for_step(process, run, 6)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert len(lines(run)) < 12
    assert rlvr("resume", run)[0] == 0
    numbers, rollouts = trajectory(tmp_path / "runs" / "whole")
    assert trajectory(run) == (numbers, rollouts)
    assert [line["step"] for line in numbers] == list(range(1, 13))
    assert any(line["grad_norm"] > 0 for line in numbers)


def test_ctrl_c_once_ends_with_a_checkpoint_and_twice_at_once(rlvr, long, tmp_path):
    run = tmp_path / "runs" / "first"
    process = start("train", *long, "run.steps=100000", "run.checkpoint_every=0")
    wait_for_step(process, run, 3)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert f"rlvr resume {run}" in " ".join(output.split())
    assert "Traceback" not in output
    reached = lines(run)[-1]["step"]
    assert (run / "checkpoints" / f"step-{reached:08d}" / "state.json").is_file()
    again = start("resume", run)
    wait_for_step(again, run, reached + 2)
    again.send_signal(signal.SIGINT)
    again.send_signal(signal.SIGINT)
    output, _ = again.communicate(timeout=60)
    assert again.returncode == 130, output
    assert "Traceback" not in output
    assert json.loads((run / "checkpoints" / f"step-{reached:08d}" / "state.json").read_text())["step"] == reached


def test_a_full_disk_at_checkpoint_time_loses_nothing(rlvr, long, tmp_path):
    run = tmp_path / "runs" / "first"
    killed = start("train", *long, "run.steps=8")
    wait_for_step(killed, run, 5)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    # Room for a line of metrics, and none for the weights.
    process = start("resume", run, limit=40_000)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 2, output
    assert "could not be written" in output
    assert "step-00000004" in output
    assert "Traceback" not in output
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["step-00000004"]
    assert rlvr("resume", run)[0] == 0
    assert [line["step"] for line in lines(run)] == list(range(1, 9))
