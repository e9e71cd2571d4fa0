"""What is installed: the links make one package of the folders, in a wheel and in a wheel made from an sdist."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = [
    "rlvr/__init__.py",
    "rlvr/py.typed",
    "rlvr/rewards/math/final_number.py",
    "rlvr/rewards/math/final_number.cases.jsonl",
    "rlvr/envs/quickstart.py",
    "rlvr/sandbox/__init__.py",
    "rlvr/recipes/grpo.py",
    "rlvr/recipes/conf/recipe/quickstart.yaml",
    "rlvr/recipes/quickstart/tokenizer.json",
    "rlvr/recipes/miniature/tokenizer.json",
    "rlvr/envs/miniature/skills.py",
    "rlvr/observe/report.html.j2",
]


def test_links_point_to_the_folders():
    for name in ("rewards", "envs", "recipes", "sandbox"):
        link = ROOT / "rlvr" / name
        assert link.is_symlink()
        assert link.readlink() == Path("..") / name


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    pytest.importorskip("hatchling", reason="building needs hatchling in this environment")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_built_from_the_sdist_holds_everything_once(built):
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in NEEDED if name not in names] == []
    assert len(names) == len(set(names))
    assert {name.split("/")[0] for name in names} == {"rlvr", next(n.split("/")[0] for n in names if "dist-info" in n)}


def test_the_sdist_has_the_folders_at_one_place(built):
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    assert sum(name.endswith("math/final_number.py") for name in names) == 1


@pytest.fixture
def install(tmp_path):
    """Runs a copy of `install.sh` whose interpreter only writes down its words: what pip was told to install."""
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "install.sh", tmp_path / "requirements")
    for name in ("pyproject.toml", "requirements/cpu.lock", "requirements/cuda.lock"):
        (tmp_path / name).write_text(name)
    python, log = tmp_path / ".venv" / "bin" / "python", tmp_path / "log"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$*" >>"$LOG"\n')
    python.chmod(0o755)

    def installed(what):
        log.write_text("")
        words = [tmp_path / "requirements" / "install.sh", what]
        subprocess.run(words, env=os.environ | {"LOG": str(log)}, check=True, capture_output=True)
        return [line.split()[-1] for line in log.read_text().splitlines() if " install " in line]

    return installed


def test_an_installation_for_tests_is_one_for_training_and_not_the_other_way_round(install, tmp_path):
    assert install("run") == ["."]
    assert install("run") == []
    assert install("dev") == [".[dev]"]
    assert install("dev") == install("run") == []
    (tmp_path / "pyproject.toml").write_text("changed")
    assert install("dev") == [".[dev]"]
    assert install("run") == []
