"""Recipes for one skill: each composes, is planned, and trains a model of 256 bytes' vocabulary for two steps."""

import json
from pathlib import Path

import pytest

from rlvr.config import load, validate
from rlvr.engine.run.loop import train
from rlvr.recipes import conf
from tests.trajectory import numbers, samples

from .conftest import PAIRS

RECIPES = Path(conf.__file__).parent / "recipe"
DATA = Path(__file__).parents[3] / "shared" / "data"
ROWS = {
    "gsm8k": [
        {"question": f"What is {i} + 1?", "answer": f"{i} + 1 = <<{i}+1={i + 1}>>{i + 1}\n#### {i + 1}"}
        for i in range(9)
    ],
    "math": [{"problem": f"Halve {i}.", "solution": rf"It is $\boxed{{\frac{{{i}}}{{2}}}}$."} for i in range(1, 210)],
    "code": [
        {
            "task_id": i,
            "text": f"Add {i}.",
            "code": f"def add(x):\n    return x + {i}",
            "test_list": [f"assert add(1) == {i + 1}"],
        }
        for i in range(110)
    ],
    "translation": [{"source": source, "reference": reference} for source, reference in PAIRS],
}
NEEDED = {
    "gsm8k": ["data.tasks=gsm8k.jsonl", "eval.tasks=gsm8k.jsonl"],
    "math": ["data.tasks=math.jsonl"],
    "code": ["data.tasks=code.jsonl"],
    "instructions": [],
    "translation": [
        "data.env_args.file=translation.jsonl",
        "data.env_args.source_language=en",
        "data.env_args.target_language=de",
    ],
}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A working folder with the rows of each data set."""
    monkeypatch.chdir(tmp_path)
    for name, rows in ROWS.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.mark.parametrize("recipe", NEEDED)
@pytest.mark.usefixtures("files")
def test_a_recipe_is_short_and_can_run_given_what_it_needs(recipe, bytewise):
    assert len((RECIPES / f"{recipe}.yaml").read_text().splitlines()) <= 50
    needed = [f"model.path={bytewise}", *NEEDED[recipe]]
    assert validate(load(recipe, needed)) == []
    missing = {problem.partition(":")[0] for problem in validate(load(recipe))}
    assert missing == {key.partition("=")[0].replace("eval.tasks", "eval.every") for key in needed}


@pytest.mark.parametrize("recipe", NEEDED)
def test_a_recipe_is_planned_before_there_is_a_model(recipe, rlvr):
    done = rlvr("plan", recipe, "model.shape=pkg://rlvr.recipes.tower_plus.gemma2_2b", "--device", "h200")
    assert done.code == 0, done.all
    assert "grpo" in done.out
    assert "key-value cache" in done.out


SMALL = [
    "run.name=it",
    "run.steps=2",
    "run.tensorboard=false",
    "data.max_prompt_tokens=3000",
    "eval.every=0",
    "eval.size=2",
    "rollout.max_new_tokens=12",
    "algorithm.prompts_per_step=2",
    "algorithm.group_size=2",
    "algorithm.redraws=1",
    "algorithm.overlong_buffer=0",
    "scoring.workers=1",
    "engine.actors=inline",
    "engine.device=cpu",
    "engine.threads=1",
]


@pytest.mark.parametrize("recipe", NEEDED)
def test_a_recipe_trains(recipe, bytewise, files, request):
    if recipe == "code":
        request.getfixturevalue("sandbox")
    needed = [f"model.path={bytewise}", f"run.dir={files}", *NEEDED[recipe], *SMALL]
    done = train(load(recipe, needed, check=True))
    assert done.finished
    rows = samples(done.folder)
    assert len(rows) == 8
    assert {row["status"] for row in rows} == {"scored"}
    expected = {"gsm8k": "math.final_number", "math": "math.answer", "code": "code.asserts"}
    expected |= {"instructions": "instructions.follow", "translation": "mt.quality"}
    assert {row["reward"].split("@")[0] for row in rows} == {expected[recipe]}
    assert all(row["prompt"].startswith('[{"role"') for row in rows)
    assert [line["step"] for line in numbers(done.folder)] == [0, 1, 2]


def test_the_public_file_of_gsm8k_is_read_as_it_is(bytewise, tmp_path):
    file = DATA / "math" / "gsm8k_test.jsonl"
    if not file.is_file():
        pytest.skip(f"{file} is not here")
    needed = [f"model.path={bytewise}", f"run.dir={tmp_path}", f"data.tasks={file}", f"eval.tasks={file}"]
    done = train(load("gsm8k", [*needed, *SMALL, "run.steps=1"], check=True))
    [first, *_] = samples(done.folder)
    assert first["reference"].strip('"').replace(",", "").isdigit()
