"""`rlvr setup comet` and what `rlvr doctor comet` says: nothing is lost, nothing is made twice."""

import json
import sys
from pathlib import Path

import pytest

from rlvr.rewards.translation.comet import place
from rlvr.rewards.translation.comet.place import Condition, find, interpreter
from rlvr.rewards.translation.comet.probe import probe


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.delenv(place.PYTHON, raising=False)
    monkeypatch.setenv(place.HOME, str(tmp_path))
    return tmp_path


def environment_in(home, stamp=None):
    python = home / "comet" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (home / "comet" / "pyvenv.cfg").write_text("")
    if stamp is not None:
        (home / "comet" / ".rlvr-ready").write_text(stamp)
    return python


def test_the_folder_follows_the_variables(monkeypatch, tmp_path):
    monkeypatch.delenv(place.HOME, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert place.folder() == tmp_path / "rlvr" / "comet"
    monkeypatch.setenv(place.HOME, str(tmp_path / "other"))
    assert place.folder() == tmp_path / "other" / "comet"


@pytest.mark.parametrize(
    ("stamp", "condition"),
    [(None, Condition.HALF_MADE), ("of another lock", Condition.OUTDATED), ("", Condition.OUTDATED)],
)
def test_an_environment_is_whole_once_its_stamp_is_there(home, stamp, condition):
    assert find().condition is Condition.MISSING
    environment_in(home, stamp)
    assert find().condition is condition
    (home / "comet" / ".rlvr-ready").write_text(place.mark())
    assert find().condition is Condition.READY
    (home / "comet" / "bin" / "python").unlink()
    assert find().condition is Condition.HALF_MADE


def test_one_that_is_there_is_left_alone(home, rlvr):
    environment_in(home, place.mark())
    before = sorted(path.stat().st_mtime_ns for path in (home / "comet").rglob("*"))
    ended = rlvr("setup", "comet")
    assert (ended.code, "Nothing to do" in ended.out) == (0, True)
    assert sorted(path.stat().st_mtime_ns for path in (home / "comet").rglob("*")) == before


def test_somebodys_own_folder_is_not_removed(home, rlvr):
    (home / "comet").mkdir()
    (home / "comet" / "thesis.tex").write_text("ten years of work")
    ended = rlvr("setup", "comet", "--again")
    assert ended.code == 2
    assert "is in the way" in ended.err
    assert (home / "comet" / "thesis.tex").read_text() == "ten years of work"


def test_an_interpreter_of_ones_own_is_used_as_it_is(environment, home, rlvr):
    ended = rlvr("setup", "comet", "--python", environment)
    assert ended.code == 0, ended.all
    assert "transformers 4" in ended.out
    assert interpreter() == Path(environment)
    assert not (home / "comet").exists()
    (found,) = probe()
    assert (found["state"], "brought along" in found["detail"]) == ("ok", True)


def test_an_interpreter_that_is_gone_is_named(home, monkeypatch, rlvr):
    place.choice().write_text(json.dumps({"python": "/gone/bin/python"}))
    found = json.loads(rlvr("doctor", "comet", "--json").out)["findings"][0]
    assert (found["state"], found["fix"]) == ("missing", "rlvr setup comet")
    assert "/gone/bin/python" in found["detail"]
    assert rlvr("setup", "comet", "--python", "/gone/bin/python").code == 2


def test_every_version_is_locked():
    lines = [line for line in place.LOCK.read_text().splitlines() if not line.startswith("#")]
    assert all(line.count("==") == 1 for line in lines)
    assert {f"unbabel-comet=={place.VERSION}", "torch==2.13.0"} <= set(lines)
