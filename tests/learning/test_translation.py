"""A small language model of an invented pair improves by GRPO behind guards; without them the same run babbles.

The languages differ in lexicon, word order and agreement, and half of the tasks ask for a term by a glossary. It starts
from SFT on demonstrations of which a fifth give several translations side by side, as crawled ones do. The reward has a
hole that learned judges have: it likes length. What is asserted is about sentences held out, and chrF as it is.
"""

import json
import random
from pathlib import Path

import pytest

from rlvr.config import load
from rlvr.engine.run.loop import export, train
from rlvr.envs.invented import ADJECTIVES, NOUNS, VERBS, Invented

pytestmark = [pytest.mark.learning, pytest.mark.timeout(1800)]

REWARDS = Path(__file__).with_name("translation_rewards.py")
CROWDED = 0.2
STEPS = 80
HACKED = 30
"""Steps in which the run without guards finds its hack."""


def crowded(source):
    """Every form of every word, in the order of the target language."""
    subject, verb, adjective, thing = source.split()
    nouns = [*NOUNS[subject][:2], *NOUNS[thing][:2]]
    return " ".join(
        [*nouns, *(stem[word] + end for stem, word in ((ADJECTIVES, adjective), (VERBS, verb)) for end in "io")]
    )


def write_tasks(folder, seed):
    """`train.jsonl` and `held_out.jsonl`; no sentence is in both."""
    env, draw = Invented(glossary=0.5), random.Random(seed)

    def row(task, demonstration):
        data = {**task.data, "length_ratio": [0.7, 1.25]}
        return json.dumps(
            {"id": task.id, "prompt": task.prompt, "reference": task.reference, "data": data} | demonstration
        )

    def shown(task):
        return {"demonstration": crowded(task.data["source"]) if draw.random() < CROWDED else task.demonstration}

    tasks = [env.train(i, seed) for i in range(6000)]
    (folder / "train.jsonl").write_text("".join(row(task, shown(task)) + "\n" for task in tasks))
    held_out = [env.held_out(i, seed) for i in range(128)]
    (folder / "held_out.jsonl").write_text("".join(row(task, {}) + "\n" for task in held_out))


def run(folder, seed, *overrides):
    settings = [
        "data.env=null",
        f"data.tasks={folder}/train.jsonl",
        "data.max_prompt_tokens=48",
        f"eval.tasks={folder}/held_out.jsonl",
        "eval.size=128",
        "eval.every=0",
        "eval.temperature=1.0",
        "eval.strict=mt.chrf",
        f"eval.lenient={REWARDS}:glossary",
        "rollout.max_new_tokens=48",
        "algorithm.prompts_per_step=16",
        "sft.optim.lr=2e-3",
        "sft.until=0.6",
        "sft.until_every=10",
        f"run.steps={STEPS}",
        "run.save_rollouts=false",
        f"run.dir={folder}",
        f"run.seed={seed}",
        "optim.lr=4e-4",
        "scoring.probe=off",  # one of the two is meant to be fooled
        "engine.actors=inline",
    ]
    return train(load("quickstart", [*settings, *overrides], check=True))


def warm_up(folder, seed):
    """The policy after SFT, as a folder to start from."""
    write_tasks(folder, seed)
    run(folder, seed, "run.name=warm", "stage=sft", f"reward={REWARDS}:guarded")
    export(folder / "warm", folder / "model")


def learn(folder, seed, name, *overrides):
    """GRPO with the reward of that name, from the same weights and on the same tasks."""
    start = ["model.init=null", f"model.path={folder}/model", "sft.steps=0"]
    return run(folder, seed, f"run.name={name}", f"reward={REWARDS}:{name}", *start, *overrides)


@pytest.fixture(scope="module")
def runs(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("invented")
    warm_up(folder, seed)
    hacked = learn(folder, seed, "unguarded", f"run.steps={HACKED}")
    return {"guarded": learn(folder, seed, "guarded"), "unguarded": hacked}


def test_behind_guards_chrf_and_followed_glossaries_rise(runs):
    before, after = runs["guarded"].before, runs["guarded"].after
    assert after["eval/strict"] >= before["eval/strict"] + 0.12
    assert after["eval/lenient"] >= before["eval/lenient"] + 0.03
    assert after["eval/length"] <= 22


def test_without_guards_the_same_run_writes_as_long_as_it_may(runs):
    guarded, unguarded = runs["guarded"], runs["unguarded"]
    assert unguarded.before["eval/strict"] == guarded.before["eval/strict"]  # the same start
    assert unguarded.before["eval/length"] <= 30
    assert unguarded.after["eval/length"] >= 40
    assert unguarded.after["eval/strict"] <= guarded.after["eval/strict"] - 0.08
