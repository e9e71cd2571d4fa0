"""A small language model learns to write programs, rewarded by nothing but what they do when they are run.

The tasks name two operations on the number that is read (`add 7, times 3:`); the program is one line of Python, a token
a character. It starts from SFT on demonstrations of which half do the second operation wrong, as code that nobody ran.
What is asserted is the share of programs that pass the tests of held-out tasks, sampled as in training.

`make test-learning` runs it. In `make test` the chain of `test_miniature.py` shows the same: there code is the skill
that its last stage learns.
"""

import json
import operator
import random

import pytest

from rlvr.config import load
from rlvr.engine.run.loop import export, train
from rlvr.envs.drawing import is_held_out

from .conftest import SEEDS

pytestmark = [
    pytest.mark.learning,
    pytest.mark.timeout(1800),
    pytest.mark.usefixtures("sandbox"),
    pytest.mark.skipif(len(SEEDS) == 1, reason="a proof of `make test-learning`"),
]

OPERATIONS = {"add": ("+", operator.add), "take": ("-", operator.sub), "times": ("*", operator.mul)}
UNTRIED = 0.5
STEPS = 80


def task(draw, *, held_out):
    while True:
        first, second = draw.choice([*OPERATIONS]), draw.choice([*OPERATIONS])
        a, b = draw.randint(2, 49), draw.randint(2, 9)
        prompt = f"{first} {a}, {second} {b}:"
        if is_held_out(prompt) == held_out:
            break

    (one, apply), (other, finish) = OPERATIONS[first], OPERATIONS[second]

    def program(last):
        return f"print((int(input()){one}{a}){last}{b})"

    inputs = [draw.randint(10, 99) for _ in range(2)]
    cases = [{"input": str(number), "output": str(finish(apply(number, a), b))} for number in inputs]
    wrong = draw.choice([sign for sign, _ in OPERATIONS.values() if sign != other])
    shown = program(wrong if draw.random() < UNTRIED else other)
    return {"id": prompt, "prompt": prompt, "reference": {"cases": cases}, "demonstration": shown}


def write_tasks(folder, seed):
    """`train.jsonl` and `held_out.jsonl`; no task is in both."""
    draw = random.Random(seed)
    for name, count in (("train", 3000), ("held_out", 96)):
        rows = [json.dumps(task(draw, held_out=name == "held_out")) for _ in range(count)]
        (folder / f"{name}.jsonl").write_text("\n".join(rows) + "\n")


def run(folder, seed, *overrides):
    settings = [
        "data.env=null",
        f"data.tasks={folder}/train.jsonl",
        "data.max_prompt_tokens=24",
        f"eval.tasks={folder}/held_out.jsonl",
        "eval.size=96",
        "eval.every=0",
        "eval.temperature=1.0",
        "eval.strict=code.stdio",
        "eval.lenient=null",
        "rollout.max_new_tokens=32",
        "algorithm.prompts_per_step=12",
        "sft.optim.lr=2e-3",
        "sft.until=0.3",
        "sft.until_every=20",
        f"run.steps={STEPS}",
        "run.save_rollouts=false",
        f"run.dir={folder}",
        f"run.seed={seed}",
        "optim.lr=4e-4",
        "scoring.probe=off",
        "engine.actors=inline",
    ]
    return train(load("quickstart", [*settings, *overrides], check=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, seed):
    """With the policy after SFT, as a folder to start from."""
    folder = tmp_path_factory.mktemp("programs")
    write_tasks(folder, seed)
    run(folder, seed, "run.name=warm", "stage=sft", "reward=code.stdio")
    export(folder / "warm", folder / "model")
    return folder


def learned(folder, seed, name, *overrides):
    start = ["model.init=null", f"model.path={folder}/model", "sft.steps=0"]
    return run(folder, seed, f"run.name={name}", *start, *overrides)


def test_programs_that_pass_become_most(folder, seed):
    outcome = learned(folder, seed, "run", "reward=code.stdio")
    assert outcome.before["eval/strict"] <= 0.6
    assert outcome.after["eval/strict"] >= 0.8


def test_a_reward_that_runs_nothing_teaches_nothing_of_the_kind(folder, seed):
    outcome = learned(folder, seed, "control", "reward=code.compiles", "run.steps=20")
    assert outcome.after["eval/strict"] <= outcome.before["eval/strict"] + 0.1
