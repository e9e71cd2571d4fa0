"""Provenance names code, machine and seed, keeps secrets out, and survives a machine that tells nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rlvr.errors import DataError
from rlvr.observe.provenance import provenance, read_provenance, record_resume, record_start
from rlvr.observe.run_folder import RunFolder


def git(*arguments):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments], check=True, capture_output=True)


def test_records_what_a_run_depends_on(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("HF_TOKEN", "secret-word")
    record = provenance(seed=7, rewards=["math.number@1+abc"], command=["rlvr", "train", "a b"])
    assert record["seed"] == 7
    assert record["rewards"] == ["math.number@1+abc"]
    assert record["command"] == "rlvr train 'a b'"
    assert record["environment"]["OMP_NUM_THREADS"] == "3"
    assert record["packages"]["torch"]
    assert record["cpu"]["count"] >= 1
    assert record["started"].endswith("+00:00")
    assert "secret-word" not in json.dumps(record)


def test_git_commit_and_changes_are_those_of_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance()["git"] is None
    git("init", "-q")
    (tmp_path / "reward.py").write_text("1")
    git("add", ".")
    git("commit", "-qm", "first")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "metrics.jsonl").write_text("a run's own files make no checkout dirty")
    clean = provenance()["git"]
    (tmp_path / "reward.py").write_text("2")
    dirty = provenance()["git"]
    assert len(clean["commit"]) == 40
    assert (clean["dirty"], dirty["dirty"]) == (False, True)


def test_a_machine_without_git_and_gpus_is_no_error(monkeypatch):
    monkeypatch.setenv("PATH", "")
    record = provenance()
    assert (record["git"], record["gpus"]) == (None, [])


def test_resumes_are_added(tmp_path):
    folder = RunFolder.create(tmp_path, "first", "")
    record_start(folder, {"seed": 1})
    record_resume(folder, {"hostname": "a"}, step=10)
    record_resume(folder, {"hostname": "b"}, step=20)
    known = read_provenance(folder)
    assert known["seed"] == 1
    assert known["resumed"] == [{"after_step": 10, "hostname": "a"}, {"after_step": 20, "hostname": "b"}]


def test_a_broken_file_is_named(tmp_path):
    folder = RunFolder.create(tmp_path, "first", "")
    assert read_provenance(folder) == {}
    folder.provenance_path.write_text("{")
    with pytest.raises(DataError, match=r"provenance\.json is no JSON"):
        read_provenance(folder)


def test_observing_loads_neither_torch_nor_pyarrow_nor_plotly():
    modules = "run_folder provenance metrics rollout_rows groups progress summary report"
    code = "import sys\n" + "".join(f"import rlvr.observe.{name}\n" for name in modules.split())
    code += "print([name for name in ('torch', 'pyarrow', 'plotly', 'tensorboard', 'pandas') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
