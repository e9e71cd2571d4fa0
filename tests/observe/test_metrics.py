"""Metrics survive kills and resumes: no torn line, no step twice, always valid JSON."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rlvr.errors import DataError
from rlvr.observe.metrics import MetricsLog, read_metrics
from rlvr.observe.run_folder import RunFolder


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path, "first", "")


def written(folder, steps, *, stage=""):
    log = MetricsLog(folder, tensorboard=False)
    for step in steps:
        log.write(step, {"loss": step / 10}, stage=stage)
    log.close()


def places(folder):
    return [(line.get("stage", ""), line["step"]) for line in read_metrics(folder)]


def test_lines_are_strict_json_with_step_and_time(folder):
    log = MetricsLog(folder, tensorboard=False)
    log.write(3, {"loss": float("nan"), "kl": float("-inf"), "length/max": 12, "lr": 1e-6})
    # Before `close`: a killed process must have left it.
    text = folder.metrics_path.read_text()
    log.close()
    line = json.loads(text, parse_constant=pytest.fail)
    assert line.pop("time") > 1e9
    assert line == {"step": 3, "loss": None, "kl": None, "length/max": 12, "lr": 1e-6}


def test_a_stage_has_its_own_counter(folder):
    written(folder, [1], stage="sft")
    assert read_metrics(folder)[0] | {"time": 0} == {
        "step": 1,
        "time": 0,
        "stage": "sft",
        "sft/step": 1,
        "loss": 0.1,
    }


def test_reserved_names_are_refused(folder):
    with pytest.raises(ValueError, match="time"):
        MetricsLog(folder, tensorboard=False).write(1, {"time": 1.0})


def test_resuming_drops_later_steps_and_a_torn_line(folder):
    written(folder, [1, 2, 3, 4])
    with folder.metrics_path.open("a") as file:
        file.write('{"step": 5, "lo')
    log = MetricsLog(folder, tensorboard=False)
    log.truncate_after(2)
    log.write(3, {"loss": 9.0})
    log.close()
    assert [(line["step"], line["loss"]) for line in read_metrics(folder)] == [(1, 0.1), (2, 0.2), (3, 9.0)]


def test_a_torn_line_is_never_glued_to_the_next(folder):
    written(folder, [1])
    with folder.metrics_path.open("a") as file:
        file.write('{"step": 2, "lo')
    assert places(folder) == [("", 1)]
    written(folder, [2])
    assert places(folder) == [("", 1), ("", 2)]


@pytest.mark.parametrize(
    ("step", "stage", "kept"),
    [
        (1, "", [("", 0), ("sft", 1), ("sft", 2), ("", 1)]),
        (0, "", [("", 0), ("sft", 1), ("sft", 2)]),
        (9, "", [("", 0), ("sft", 1), ("sft", 2), ("", 1), ("", 2)]),
        (1, "sft", [("", 0), ("sft", 1)]),
        (2, "sft", [("", 0), ("sft", 1), ("sft", 2)]),
    ],
)
def test_resuming_one_stage_keeps_what_came_before_it(folder, step, stage, kept):
    written(folder, [0])
    written(folder, [1, 2], stage="sft")
    written(folder, [1, 2])
    log = MetricsLog(folder, tensorboard=False)
    log.truncate_after(step, stage=stage)
    log.close()
    assert places(folder) == kept


def test_a_broken_line_inside_is_named(folder):
    written(folder, [1])
    folder.metrics_path.write_text(folder.metrics_path.read_text() + "not json\n" + '{"step": 2}\n')
    with pytest.raises(DataError, match="line 2"):
        read_metrics(folder)


def events(path, tag):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(str(path))
    accumulator.Reload()
    return [(event.step, event.value) for event in accumulator.Scalars(tag)]


def test_tensorboard_holds_the_trajectory_that_counts(folder):
    """Steps 3 and 4 of the killed run are purged, the supervised steps are not; and nothing is printed."""
    code = f"""
from rlvr.observe.metrics import MetricsLog
from rlvr.observe.run_folder import RunFolder
folder = RunFolder.open({str(folder.path)!r})
def run(first, last, value):
    log = MetricsLog(folder, tensorboard=True)
    log.truncate_after(first - 1)
    for step in range(first, last + 1): log.write(step, {{"loss": value}})
    log.close()
log = MetricsLog(folder, tensorboard=True)
for step in (5, 6): log.write(step, {{"sft/loss": 2.0}}, stage="sft")
log.close()
run(1, 4, 1.0)
run(3, 3, 5.0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
    assert events(folder.tensorboard_dir, "loss") == [(1, 1.0), (2, 1.0), (3, 5.0)]
    assert events(folder.tensorboard_dir / "sft", "sft/loss") == [(5, 2.0), (6, 2.0)]
