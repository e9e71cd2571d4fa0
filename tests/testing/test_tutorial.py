"""docs/define-a-reward.md, done as it says: its files written, its commands run, its output seen."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "define-a-reward.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text().partition("# Reference\n")[0], re.DOTALL)


def test_the_tutorial_goes_as_it_says(tmp_path):
    said, files = "", {}
    for language, text in BLOCKS:
        if language == "jsonl" or text.startswith("# rewards.py"):
            name = "cases.jsonl" if language == "jsonl" else "rewards.py"
            files[name] = text
            (tmp_path / name).write_text(text)
        elif language == "console":
            for line in text.splitlines():
                if line.startswith("$ "):
                    said = ran(line.removeprefix("$ "), tmp_path, fine="FOOLED" not in text and "failed" not in text)
                else:
                    assert " ".join(line.split()) in said, f"{line}\nis not in\n{said}"
    assert said.strip()
    assert sum(len(text.splitlines()) for text in files.values()) < 30


def ran(command, folder, *, fine):
    program, *words = shlex.split(command)
    start = ["-m", "pytest"] if program == "pytest" else ["-c", "from rlvr.cli import main; main()"]
    env = os.environ | {"COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, *start, *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == (0 if fine else 1), done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())
