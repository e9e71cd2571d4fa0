"""GRPO learns, and from its reward: with one that says nothing, or says it of other samples, it does not.

The task is to reverse six letters (26^6 instances). All three start from the same weights: random ones, warmed up on
demonstrations until an eighth of the held-out tasks come out right. What is asserted is the strict reward on held-out
tasks, which no training step ever sees, sampled as in training: the likeliest tokens alone would rise in jumps.
"""

from dataclasses import replace

import numpy as np
import pytest

from rlvr import reward
from rlvr.config import load
from rlvr.engine.run.loop import train
from rlvr.recipes import grpo

pytestmark = [pytest.mark.learning, pytest.mark.timeout(1800)]

CONTROL_STEPS = 60


@reward("tests.constant")
def constant(sample):
    return 0.5


def run(folder, seed, *overrides):
    settings = ["run.steps=250", "optim.lr=4e-4", f"run.dir={folder}", f"run.seed={seed}"]
    return train(load("quickstart", [*settings, *overrides], check=True))


def test_reward_on_held_out_tasks_rises(tmp_path, reversing, seed):
    outcome = run(tmp_path, seed, *reversing)
    assert outcome.before["eval/strict"] <= 0.5
    assert outcome.after["eval/strict"] >= 0.85


def test_a_constant_reward_teaches_nothing(tmp_path, reversing, seed):
    control = ["reward=tests.constant", "scoring.probe=off", "eval.strict=text.exact", f"run.steps={CONTROL_STEPS}"]
    outcome = run(tmp_path, seed, *reversing, *control)
    assert outcome.after["eval/strict"] <= outcome.before["eval/strict"] + 0.05


def test_rewards_of_other_samples_teach_nothing(tmp_path, reversing, seed, monkeypatch):
    """The same rewards, shuffled among the samples of a step: the same numbers, about nothing."""
    draw, honest = np.random.default_rng(seed), grpo.train_batch

    def shuffled(actors, config, trained_on, rollouts):
        verdicts = rollouts.verdicts["train"]
        mixed = [verdicts[i] for i in draw.permutation(len(verdicts))]
        return honest(actors, config, trained_on, replace(rollouts, verdicts={"train": mixed}))

    monkeypatch.setattr(grpo, "train_batch", shuffled)
    outcome = run(tmp_path, seed, *reversing, f"run.steps={CONTROL_STEPS}")
    assert outcome.after["eval/strict"] <= outcome.before["eval/strict"] + 0.05
