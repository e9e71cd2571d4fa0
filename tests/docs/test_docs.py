"""What the documents show was run: Python blocks are executed, commands name what exists."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rlvr.cli import VERBS
from rlvr.config import leaves, load, recipe_names
from rlvr.config.packaged import groups
from rlvr.config.task_sources import task_settings
from rlvr.data import read_sources
from rlvr.registry import names

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


PYTHON = [pytest.param(code, id=f"{page.name}-{i}") for page in PAGES for i, code in enumerate(blocks(page, "python"))]
RECIPES = {
    match[1]: text for page in PAGES for text in blocks(page, "yaml") if (match := re.match(r"# (\S+\.yaml)\n", text))
}
COMMANDS = sorted(
    {
        line.removeprefix("$ ").partition("  #")[0].strip()
        for page in PAGES
        for block in blocks(page, "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    }
)


@pytest.mark.parametrize("code", PYTHON)
def test_python_blocks_run(code, tmp_path):
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_there_are_blocks_and_commands_to_test():
    assert len(PYTHON) >= 4
    assert {"make quickstart", "make test"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_name_what_exists(command):
    if command == "pytest":
        return
    program, verb, *rest = shlex.split(command)
    if program == "make":
        assert re.search(rf"^{verb}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        return
    assert program == "rlvr"
    assert verb in VERBS
    settings = dict(word.split("=", 1) for word in rest if re.fullmatch(r"[a-z_.]+=.*", word))
    inside = ("data.mixture.", "data.env_args.", "data.sources.")
    assert {key for key in settings if not key.startswith(inside)} <= {"recipe", *groups(), *leaves()}
    assert settings.get("recipe", "grpo") in {*recipe_names(), *RECIPES}


def test_recipes_that_are_shown_compose(tmp_path):
    assert RECIPES
    for name, text in RECIPES.items():
        (tmp_path / name).write_text(text)
        config = load(str(tmp_path / name))
        read_sources(config.data.mixture)
        task_settings(config.data)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_keys_exist(page):
    text = page.read_text()
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (page.parent / target).exists(), target
    sections = {key.partition(".")[0] for key in leaves() if "." in key}
    for key in re.findall(r"`([a-z]+\.[a-z_.]+)(?:=[^`]*)?`", text):
        if key.partition(".")[0] in sections:
            assert key in leaves() or any(leaf.startswith(f"{key}.") for leaf in leaves()), key


def test_every_reward_is_in_the_docs():
    said = "".join(page.read_text() for page in (ROOT / "docs").glob("*.md"))
    ours = [name for name in names() if name.partition(".")[0] in {"code", "instructions", "math", "mt", "text"}]
    assert ours
    assert [name for name in ours if f"`{name.removeprefix('mt.guard.')}`" not in said] == []
