"""How a run on verl ends otherwise than well.

A program stands in for verl, which logs steps as it does and then ends so. The trainer itself runs in test_trainer.py.
"""

import os
import re
import signal
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from rlvr.errors import CheckpointError, ConfigError, EngineError
from rlvr.observe.metrics import read_metrics
from rlvr.observe.run_folder import RunFolder
from rlvr.verl.run import training
from rlvr.verl.settings.preparing import prepare

ON_CPU = {"VERL_PLATFORM": "cpu"}
LOGS = """
import json, os, time
with open(os.environ["VERL_FILE_LOGGER_PATH"], "w") as file:
    for step in (0, 1):
        file.write(json.dumps({"step": step, "data": {"actor/loss": 0.5, "val-core/x/acc/mean@1": 0.25}}) + "\\n")
"""


@pytest.fixture
def train(config, tmp_path, monkeypatch, capsys):
    """Trains with a stand-in that ends as it is told to; returns what was said."""

    def run(end, *, name="first"):
        def standing_in(made, folder):
            return replace(prepare(made, folder), starter=[sys.executable, "-c", LOGS + end])

        monkeypatch.setattr(training, "prepare", standing_in)
        made = config(f"run.dir={tmp_path}", f"run.name={name}", "scoring.probe=off", "run.tensorboard=false")
        return training.train(made, console=Console(stderr=True, width=200), environment=ON_CPU)

    return run


def test_a_failure_says_why_and_where_and_how_to_go_on(train, tmp_path):
    with pytest.raises(EngineError) as failed:
        train("raise MemoryError('no room for the optimiser')")
    said = str(failed.value)
    assert "ended before the run's last step, after step 1. MemoryError: no room for the optimiser" in said
    assert f"All it printed is in {tmp_path}/first/verl.log. There is no checkpoint yet." in said
    folder = RunFolder.open(tmp_path / "first")
    assert [line["step"] for line in read_metrics(folder)] == [0, 1]
    assert folder.report_path.is_file()

    with pytest.raises(CheckpointError, match="has no checkpoint yet"):
        training.resume(folder.path, environment=ON_CPU)
    with pytest.raises(ConfigError, match=re.escape(f"`{folder.path}` already holds a run")):
        train("")


def test_a_trainer_that_ends_too_early_has_failed(train):
    with pytest.raises(EngineError, match=r"after step 1\. It told of no error"):
        train("")


def test_ctrl_c_ends_it_as_the_second_one_ends_an_embedded_run(train, monkeypatch, capsys):
    seen = training.Collector.step

    def interrupt(self, step, data):
        os.kill(os.getpid(), signal.SIGINT)
        return seen(self, step, data)

    monkeypatch.setattr(training.Collector, "step", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train("time.sleep(600)")
    assert "Stopped at once. There is no checkpoint yet." in capsys.readouterr().err
