"""A run's folder is made once, found again, and never overwrites a run that got somewhere."""

from __future__ import annotations

import re

import pytest

from rlvr.errors import CheckpointError, ConfigError
from rlvr.observe.files import json_text, replacing, write_text
from rlvr.observe.run_folder import RunFolder


def test_create_then_open(tmp_path):
    folder = RunFolder.create(tmp_path / "runs", "first", "stage: grpo\n")
    assert folder.config_path.read_text() == "stage: grpo\n"
    assert RunFolder.open(str(folder.path)) == folder
    assert {folder.rollouts_dir.name, folder.checkpoints_dir.name} <= {path.name for path in folder.path.iterdir()}


@pytest.mark.parametrize("left", ["metrics.jsonl", "checkpoints/step-000001", "rollouts/step-000001.parquet"])
def test_a_run_that_got_somewhere_is_not_overwritten(tmp_path, left):
    folder = RunFolder.create(tmp_path, "first", "seed: 1")
    (folder.path / left).write_text("x")
    with pytest.raises(ConfigError, match=re.escape(f"rlvr resume {folder.path}")) as error:
        RunFolder.create(tmp_path, "first", "seed: 2")
    assert "another `run.name`" in str(error.value)
    assert folder.config_path.read_text() == "seed: 1"


def test_a_run_that_died_before_its_first_step_gives_its_name_back(tmp_path):
    RunFolder.create(tmp_path, "first", "seed: 1").metrics_path.touch()
    assert RunFolder.create(tmp_path, "first", "seed: 2").config_path.read_text() == "seed: 2"


def test_unnamed_runs_of_the_same_second_get_folders_of_their_own(tmp_path):
    names = [RunFolder.create(tmp_path, "", "", recipe="tower plus/grpo").path.name for _ in range(4)]
    assert len(set(names)) == 4
    assert all(re.fullmatch(r"tower-plus-grpo-\d{8}-\d{6}(-\d)?", name) for name in names)


@pytest.mark.parametrize("name", ["../elsewhere", "/tmp/elsewhere", "a//b", "."])
def test_a_name_stays_within_the_folder_of_runs(tmp_path, name):
    with pytest.raises(ConfigError, match=r"run\.name"):
        RunFolder.create(tmp_path / "runs", name, "")


def test_open_says_what_is_wrong_and_what_is_near(tmp_path):
    RunFolder.create(tmp_path, "miniature-1", "")
    with pytest.raises(CheckpointError, match=r"does not exist\. Did you mean `.*miniature-1`"):
        RunFolder.open(tmp_path / "miniature-2")
    with pytest.raises(CheckpointError, match=r"no run folder\. Runs in it: miniature-1\."):
        RunFolder.open(tmp_path)


def test_an_interrupted_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "config.yaml"
    write_text(path, "old")

    def interrupted():
        with replacing(path) as unfinished:
            unfinished.write_text("half of the n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [file.name for file in tmp_path.iterdir()] == ["config.yaml"]
    assert path.read_text() == "old"


def test_json_text_is_strict_json_in_utf_8():
    text = json_text({"a": [float("inf"), 1.5], "b\ud800": {"c": float("nan")}})
    assert text == '{"a": [null, 1.5], "b\\ud800": {"c": null}}'
