"""docs/command-line.md, done as it says: its files are written, its commands run, its output compared."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "command-line.md").read_text()
FILE = re.compile(r"`([\w.]+)`[^`\n]*:\n\n```(?:python|jsonl)\n(.*?)```", re.DOTALL)


def commands():
    """Every command with the lines shown below it."""
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    files = FILE.findall(PAGE)
    assert {name for name, _ in files} == {"rewards.py", "samples.jsonl", "tasks.jsonl", "new.py"}
    for name, text in files:
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(("command", "shown"), [pytest.param(*parts, id=parts[0]) for parts in commands()])
def test_the_page_is_true(folder, command, shown):
    words, _, note = command.partition("  # ")
    code = "import sys; from rlvr.cli import main; main()"
    asked = [sys.executable, "-c", code, *shlex.split(words)[1:]]
    done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == int(re.sub(r"\D", "", note) or 0), done.stderr
    said = [line.split() for line in done.stdout.splitlines()]
    for line in filter(None, (line.split() for line in shown.splitlines())):
        assert any(words[: len(line)] == line or " ".join(words).startswith(" ".join(line)) for words in said), line
