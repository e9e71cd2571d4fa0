"""WPO learns, and from its scores: where they are those of other answers, it does not.

The task is to reverse six letters, from a policy that was warmed up on demonstrations until an eighth of the held-out
tasks come out right. What is asserted is the strict reward on held-out tasks, sampled as in training, and the margin on
pairs from held-out tasks; no training step ever sees these. DPO is the same without weights.
"""

import pytest

from rlvr.config import load
from rlvr.engine.run.loop import train

from .controls import shuffle_scores

pytestmark = [pytest.mark.learning, pytest.mark.timeout(1800)]

CONTROL_STEPS = 20


def run(folder, seed, *overrides):
    settings = [
        "stage=wpo",
        "wpo.steps=60",
        "wpo.batch_size=48",
        "wpo.candidates=8",
        "wpo.beta=0.1",
        "wpo.optim.lr=3e-4",
        "wpo.optim.warmup_steps=6",
        f"run.dir={folder}",
        f"run.seed={seed}",
    ]
    return train(load("quickstart", [*settings, *overrides], check=True))


@pytest.mark.parametrize("weighting", [True, False], ids=["wpo", "dpo"])
def test_margin_and_quality_on_held_out_tasks_rise(tmp_path, reversing, seed, weighting):
    outcome = run(tmp_path, seed, *reversing, f"wpo.weighting={weighting}")
    assert outcome.before["eval/margin"] == pytest.approx(0, abs=1e-5)
    assert outcome.after["eval/margin"] >= 0.1
    assert outcome.after["eval/preference"] >= 0.75
    assert outcome.after["eval/strict"] >= outcome.before["eval/strict"] + 0.05


def test_scores_of_other_answers_teach_nothing(tmp_path, reversing, seed, monkeypatch):
    """The same scores, shuffled among the answers of a step; the held-out pairs keep theirs."""
    shuffle_scores(monkeypatch, seed)
    outcome = run(tmp_path, seed, *reversing, f"wpo.steps={CONTROL_STEPS}")
    assert outcome.after["eval/preference"] <= 0.6
    assert outcome.after["eval/strict"] <= outcome.before["eval/strict"] + 0.02
