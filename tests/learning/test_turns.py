"""GRPO learns over several turns to listen: with what the environment says hidden from it, it does not.

One of three letters is meant, and there are two guesses. Who does not listen finds two in three at best; who guesses
the middle one and then does as it is told finds all. Both runs start from the same weights: random ones, warmed up on
conversations that the environment shows, until half of the held-out ones end well.
"""

import pytest

from rlvr.config import load
from rlvr.engine.run.loop import export, train
from rlvr.envs.guess import Guess

pytestmark = [pytest.mark.learning, pytest.mark.timeout(1800)]

DEAF = 2 / 3
NOISE = 0.08  # of a share among 256 conversations


def run(folder, seed, *overrides):
    settings = [
        "data.env=guess",
        "data.env_args={length: 3, max_turns: 2}",
        "reward=games.guess",
        "eval.strict=games.guess",
        "eval.lenient=null",
        "eval.temperature=1.0",
        "eval.every=0",
        "rollout.max_new_tokens=8",
        "sft.batch_size=32",
        "sft.optim.lr=1.5e-3",
        "sft.until=0.5",
        "sft.until_every=5",
        "algorithm.prompts_per_step=16",
        "optim.schedule=constant",
        f"run.dir={folder}",
        f"run.seed={seed}",
        "engine.actors=inline",
        "run.save_rollouts=false",
    ]
    return train(load("quickstart", [*settings, *overrides], check=True))


@pytest.fixture(scope="module")
def warm(tmp_path_factory, seed):
    """The policy after the warm-up, as a folder to start from."""
    folder = tmp_path_factory.mktemp("warm")
    run(folder, seed, "run.name=warm", "stage=sft", "sft.steps=400")
    export(folder / "warm", folder / "model")
    return ["model.init=null", f"model.path={folder / 'model'}", "sft.steps=0"]


def test_it_learns_to_listen(tmp_path, warm, seed):
    outcome = run(tmp_path, seed, *warm, "run.steps=60")
    assert outcome.before["eval/strict"] <= DEAF + NOISE
    assert outcome.after["eval/strict"] >= 0.85
    assert outcome.after["eval/turns"] < 2


def test_it_does_not_where_replies_say_nothing(tmp_path, warm, seed, monkeypatch):
    def mute(self, task, turns):
        return None if turns[-1].content.strip() == task.reference else "<"  # wherever it stands

    monkeypatch.setattr(Guess, "reply", mute)
    outcome = run(tmp_path, seed, *warm, "run.steps=30")
    assert outcome.after["eval/strict"] <= DEAF + NOISE
