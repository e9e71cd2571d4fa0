"""docs/evaluation.md, done as it says: its files are written, its commands run in their order, its output compared."""

import re
import shlex
from pathlib import Path
from shutil import copytree

import pytest

from rlvr.evaluation.finding import find_suite, suite_names

from .conftest import write
from .test_judge import longer_wins

PAGE = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text()
FILE = re.compile(r"`(\w+\.jsonl)`(?: is)?:?\n\n```jsonl\n(.*?)```", re.DOTALL)
SMALL = ["--max-new-tokens", "4", "engine.device=cpu", "engine.threads=1"]


def commands():
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown


def test_the_page_is_true(rlvr, model, project):
    copytree(model, project / "my" / "model")
    files = FILE.findall(PAGE)
    assert {name for name, _ in files} == {"gsm8k.jsonl", "held_out.jsonl", "said.jsonl", "tasks.jsonl"}
    for name, text in files:
        (project / name).write_text(text)
    pair = {"source": "A house.", "reference": "Ein Haus."}
    write(project / "test.en-de.jsonl", [pair])
    for name, text in (("base", "Ein Hut."), ("ours", "Ein Haus.")):
        write(project / "mt.jsonl", [{"id": "test.en-de.jsonl:1", "completion": text}])
        model_name = "my/model" if name == "base" else name
        words = ["--data", "test.en-de.jsonl", "--completions", "mt.jsonl", "--results", f"{name}-wmt.json"]
        assert rlvr("eval", model_name, "wmt", *words).code == 0
    ran = list(commands())
    assert len(ran) == 7
    for command, shown in ran:
        words, _, note = command.partition("  # ")
        _, verb, *rest = shlex.split(words)
        ended = rlvr(verb, *rest, *(SMALL if "my/model" in rest else []))
        assert ended.code == int(re.sub(r"\D", "", note) or 0), f"{command}\n{ended.all}"
        said = [" ".join(line.split()) for line in ended.out.splitlines()]
        for line in filter(None, (" ".join(line.split()) for line in shown.splitlines())):
            assert any(one.startswith(line) for one in said), f"{command}\n{line}\n{ended.out}"
    assert (project / "pareto.html").stat().st_size > 1_000_000
    assert (project / "clean.jsonl").read_text().count("\n") == 1


def test_the_arena_as_the_page_has_it(rlvr, model, project, endpoint):
    copytree(model, project / "my" / "model")
    write(project / "arena.jsonl", [{"question_id": "q", "prompt": "Why?", "language": "en"}])
    write(project / "baseline.jsonl", [{"id": "q/en", "completion": "Because."}])
    (command,) = re.findall(r"^    (rlvr eval .*?\.json)$", PAGE, re.DOTALL | re.MULTILINE)
    words = shlex.split(command.replace("\\\n", " ").replace("http://127.0.0.1:8000/v1", endpoint(longer_wins).url))
    ended = rlvr(*words[1:], *SMALL)
    assert ended.code == 0, ended.all
    assert "judge" in ended.out


def test_the_table_has_every_suite_with_its_source_and_main_metric():
    ours = [name for name in suite_names() if f"`{name}`" in PAGE]
    assert ours == suite_names()
    assert all(find_suite(name).about for name in ours)


@pytest.mark.parametrize("verb", ["eval", "compare", "decontaminate"])
def test_the_help_has_an_example(rlvr, verb):
    ended = rlvr(verb, "--help")
    assert ended.code == 0
    assert f"rlvr {verb} " in ended.out
