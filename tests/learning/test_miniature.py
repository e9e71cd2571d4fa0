"""Tower+ in a box: each stage of the miniature moves what it is for, and nothing moves without its reward.

`make test` goes through the chain once, in few steps and with code as the skill that is learned; `make test-learning`
as the recipe has it, over several seeds, and with the controls. What is asserted is about held-out texts and tasks,
sampled as in training.
"""

from dataclasses import replace

import numpy as np
import pytest

from rlvr.config import load
from rlvr.config.loading import ORDER
from rlvr.engine.run.chain import train_chain
from rlvr.engine.run.loop import export, train
from rlvr.envs.miniature.texts import write_texts
from rlvr.recipes import grpo
from rlvr.recipes.miniature.table import measured

from .conftest import SEEDS
from .controls import shuffle_scores

pytestmark = [pytest.mark.learning, pytest.mark.timeout(3600), pytest.mark.usefixtures("sandbox")]

WHOLE = len(SEEDS) > 1
ROWS = 12_000 if WHOLE else 3000
TASKS = 400 if WHOLE else 100
VERIFIED = ("mathematics", "code", "constraints", "IF-MT") if WHOLE else ("code",)
TAUGHT = (*VERIFIED, "translation") if WHOLE else VERIFIED
PROGRAMS = "data.sources={code: {env: miniature, env_args: {skills: [code]}}}"
SHORTENED = [
    "eval.size=100",
    "cpt.steps=100",
    "stages.sft.sft.steps=300",
    "stages.sft.data.mixture.code.weight=300",
    f"stages.wpo.{PROGRAMS}",
    "wpo.steps=4",
    f"stages.grpo.{PROGRAMS}",
    "stages.grpo.run.steps=12",
    "algorithm.prompts_per_step=24",
]
CONTROL_STEPS = 20
whole_only = pytest.mark.skipif(not WHOLE, reason="a control of `make test-learning`")


class Chain:
    """The stages of one seed: what each said of itself, and the models that they left."""

    def __init__(self, folder, seed):
        self.folder, self.seed = folder, seed
        self.settings = [f"run.seed={seed}", f"run.dir={folder}", "run.save_rollouts=false", "run.tensorboard=false"]
        write_texts(folder / "runs" / "world", seed=seed, documents=ROWS, chats=ROWS)
        shortened = [] if WHOLE else SHORTENED
        outcome = train_chain("miniature", ["stage=all", "run.name=chain", *self.settings, *shortened])
        self.runs = dict(zip(ORDER, outcome.runs, strict=True))
        models = {stage: folder / "chain" / stage / "model" for stage in ORDER}
        self.can = {stage: self.measured(model) for stage, model in models.items()}

    def measured(self, model):
        return measured(model, tasks=TASKS, seed=self.seed)

    def again(self, stage, start, *overrides):
        """What the policy can do after a stage that is gone through in another way, from the same weights."""
        model = self.folder / "chain" / start / "model"
        name = f"{stage}-again"
        settings = [f"stage={stage}", f"run.name={name}", "model.init=null", f"model.path={model}"]
        outcome = train(load("miniature", [*settings, *self.settings, *overrides], check=True))
        export(outcome.folder, self.folder / name / "model")
        return outcome, self.measured(self.folder / name / "model")


@pytest.fixture(scope="module")
def chain(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("miniature")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # the recipe reads runs/world
        yield Chain(folder, seed)


def test_cpt_lowers_held_out_bits_per_byte_in_both_languages(chain):
    run = chain.runs["cpt"]
    for language in ("qaa", "qab"):
        key = f"eval/bits_per_byte/{language}"
        assert run.after[key] < 0.5 * run.before[key]


def test_sft_raises_every_task_above_chance(chain):
    chance, after = chain.can["cpt"], chain.can["sft"]
    for column in TAUGHT:
        assert after[column] >= chance[column] + 0.15, column


def test_wpo_raises_the_margin_and_the_judged_quality(chain):
    run = chain.runs["wpo"]
    assert run.after["eval/margin"] >= run.before["eval/margin"] + (0.05 if WHOLE else 0.01)
    assert run.after["eval/preference"] >= 0.8
    assert run.after["eval/strict"] >= run.before["eval/strict"] + 0.03


def test_grpo_raises_every_verifiable_reward_and_keeps_translation(chain):
    before, after = chain.can["wpo"], chain.can["grpo"]
    for column in VERIFIED:
        assert after[column] >= before[column] + 0.15, (column, before, after)
    if WHOLE:
        assert after["translation"] >= before["translation"] - 0.02


@whole_only
def test_scores_of_other_answers_teach_wpo_nothing(chain, monkeypatch):
    """The same scores, shuffled among the answers of a step; the held-out pairs keep theirs."""
    shuffle_scores(monkeypatch, chain.seed)
    outcome, _ = chain.again("wpo", "sft")
    assert outcome.after["eval/margin"] <= chain.runs["wpo"].after["eval/margin"] / 3
    assert outcome.after["eval/preference"] <= 0.7  # of about a hundred pairs
    assert outcome.after["eval/strict"] <= outcome.before["eval/strict"] + 0.03


@whole_only
def test_rewards_of_other_samples_teach_grpo_nothing(chain, monkeypatch):
    """The same rewards, shuffled among the samples of a step: the same numbers, about nothing."""
    draw, honest = np.random.default_rng(chain.seed), grpo.train_batch

    def shuffled(actors, config, reward_of, rollouts):
        verdicts = rollouts.verdicts["train"]
        mixed = [verdicts[i] for i in draw.permutation(len(verdicts))]
        return honest(actors, config, reward_of, replace(rollouts, verdicts={"train": mixed}))

    monkeypatch.setattr(grpo, "train_batch", shuffled)
    _, after = chain.again("grpo", "wpo", f"run.steps={CONTROL_STEPS}")
    for column in VERIFIED:
        assert after[column] <= chain.can["wpo"][column] + 0.08, column
