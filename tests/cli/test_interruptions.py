"""Runs in processes of their own that are killed, interrupted, or meet a full disk; nothing is lost."""

import json
import os
import signal

import pytest

from tests.cli.conftest import plain, tasks, train_words
from tests.trajectory import numbers, samples

# The limit may be any parent's; SIGXFSZ must not kill before the write can fail.
SMALL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
"""


LETTERS = """
from rlvr import reward

@reward("mine.letters")
def letters(sample):
    return sum(letter.islower() for letter in sample.completion) / max(1, len(sample.completion))
"""


@pytest.fixture
def lettered(project, model_dir):
    """The words of a run whose reward differs from sample to sample, so that the weights move."""
    (project / "rewards.py").write_text(LETTERS)
    tasks(project / "tasks.jsonl", count=8)
    return lambda *overrides: train_words(model_dir, "reward=rewards.py:letters", "eval.size=2", *overrides)


def steps(folder):
    path = folder / "metrics.jsonl"
    return [line["step"] for line in map(json.loads, path.read_text().splitlines())] if path.exists() else []


def checkpoints(folder):
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


def test_a_killed_run_goes_on_as_if_it_had_not_been_killed(rlvr, start, lettered, project):
    whole, killed = project / "runs" / "whole", project / "runs" / "killed"
    assert rlvr(*lettered("run.name=whole", "run.steps=12")).code == 0
    run = start(*lettered("run.name=killed", "run.steps=12", "run.checkpoint_every=4"))
    run.until(lambda: steps(killed)[-1:] >= [6])
    run.kill()
    assert run.end() == -signal.SIGKILL
    assert len(steps(killed)) < 12
    assert rlvr("resume", killed).code == 0
    assert numbers(killed) == numbers(whole)
    assert samples(killed) == samples(whole)
    assert steps(killed) == list(range(1, 13))
    assert any(line["grad_norm"] > 0 for line in numbers(killed))


def test_ctrl_c_once_ends_with_a_checkpoint_and_twice_at_once(start, lettered, project):
    folder = project / "runs" / "it"
    first = start(*lettered("run.name=it", "run.steps=100000"))
    first.until(lambda: steps(folder)[-1:] >= [3])
    first.press_ctrl_c()
    assert first.end() == 130, first.said
    assert "rlvr resume runs/it" in plain(first.said)
    assert "Traceback" not in first.said
    assert first.strays() == []
    reached = steps(folder)[-1]
    assert checkpoints(folder) == [f"step-{reached:08d}"]

    again = start("resume", "runs/it")
    again.until(lambda: steps(folder)[-1:] >= [reached + 2])
    again.press_ctrl_c()
    again.press_ctrl_c()
    assert again.end() == 130, again.said
    assert "Traceback" not in again.said
    assert again.strays() == []
    assert checkpoints(folder)[0] == f"step-{reached:08d}"


def test_a_full_disk_at_checkpoint_time_loses_nothing(start, lettered, project):
    folder = project / "runs" / "it"
    killed = start(*lettered("run.name=it", "run.steps=8", "run.checkpoint_every=4"))
    killed.until(lambda: steps(folder)[-1:] >= [5])
    killed.kill()
    killed.end()
    full = start("resume", "runs/it", first=SMALL_DISK)
    assert full.end() == 2, full.said
    assert "could not be written" in plain(full.said)
    assert "step-00000004" in plain(full.said)
    assert "Traceback" not in full.said
    assert checkpoints(folder) == ["step-00000004"]
    resumed = start("resume", "runs/it")
    assert resumed.end() == 0, resumed.said
    assert steps(folder) == list(range(1, 9))


def test_an_interrupted_run_with_ray_leaves_no_process_behind(start, lettered, project):
    folder = project / "runs" / "it"
    run = start(*lettered("run.name=it", "run.steps=100000", "engine.actors=ray"))
    run.until(lambda: steps(folder)[-1:] >= [2], seconds=120)
    os.kill(run.pid, signal.SIGINT)
    assert run.end() == 130, run.said
    assert run.strays() == []
    assert checkpoints(folder) == [f"step-{steps(folder)[-1]:08d}"]
