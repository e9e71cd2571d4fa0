"""docs/tower-plus.md, done as it says: its model made, its recipe written, each of its commands run."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tower-plus.md").read_text()
RUN = "import sys; from rlvr.cli import main; main()"


def test_each_command_runs_in_turn(tmp_path):
    commands = []
    for language, block in re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL):
        if language == "yaml":
            name = re.match(r"# (\S+)\n", block)[1]
            (tmp_path / name).write_text(block)
        elif language == "python":
            commands.append(([sys.executable, "-c", block], {0}))
        else:
            for line in block.splitlines():
                words, _, note = line.removeprefix("$ ").partition("  # ")
                exits = set(map(int, re.findall(r"\d", note))) or {0}
                commands.append(([sys.executable, "-c", RUN, *shlex.split(words)[1:]], exits))
    assert len(commands) == 7
    for words, exits in commands:
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode in exits, f"{words[2:]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    assert (tmp_path / "small-tower" / "model.safetensors").is_file()
    shares = json.loads((tmp_path / "runs" / "tower" / "cpt" / "mixture-cpt.json").read_text())["sources"]
    assert [source["share"] for source in shares.values()] == [0.66, 0.33, 0.01]


def test_its_files_are_those_of_the_example(tmp_path):
    from rlvr.recipes.tower_plus.example import write_example

    named = re.findall(r"^\| `(data/\S+)` \|", PAGE, re.MULTILINE)
    written = write_example(tmp_path / "data", rows=8)
    assert [name for name in named if not list(tmp_path.glob(name))] == []
    assert len(named) == len(written)
