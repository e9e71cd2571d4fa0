"""Whole runs in this process: what they leave, and that they can be stopped and gone on with."""

import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from rlvr.algorithms.names import ADVANTAGE_NAMES, AGGREGATION_MODES, POLICY_LOSS_NAMES
from rlvr.engine.policy import checkpoint
from rlvr.engine.run.loop import resume, train
from rlvr.engine.run.session import Session
from rlvr.errors import CheckpointError, EngineError
from rlvr.observe.run_folder import RunFolder
from rlvr.recipes import grpo
from rlvr.recipes.grpo import Grpo
from rlvr.recipes.sft import Sft
from rlvr.reward_file import belongs_to_file
from tests.trajectory import numbers, samples

from .conftest import furthest, weights_of


@pytest.mark.parametrize("advantage", ADVANTAGE_NAMES)
def test_every_advantage_goes_with_every_loss_and_aggregation(config_of, reward_file, tmp_path, advantage):
    config = config_of(f"algorithm.advantage={advantage}", f"reward={reward_file}:both", "optim.lr=0.0005")
    session = Session(config, RunFolder.create(tmp_path, "run", ""))
    for loss in POLICY_LOSS_NAMES:
        for aggregation in AGGREGATION_MODES:
            config.algorithm.loss, config.algorithm.aggregation = loss, aggregation
            session.actors.start_stage(config.optim, 2)
            before = weights_of(session.actors._worker)
            for step in range(2):
                metrics = Grpo(session).step(step)
                assert np.isfinite(metrics["loss"]), (loss, aggregation)
                assert metrics["grad_norm"] > 0, (loss, aggregation)
            assert furthest(before, weights_of(session.actors._worker)) > 1e-4, (loss, aggregation)
    session.close()


def interrupt_at(monkeypatch, stage, step):
    """Presses Ctrl-C while a step is at work."""
    honest = stage.step

    def pressed(self, number):
        if number == step:
            signal.raise_signal(signal.SIGINT)
        return honest(self, number)

    monkeypatch.setattr(stage, "step", pressed)


def crash_at(monkeypatch, stage, step):
    """Ends a run without a word, as the machine's power might."""

    def crashed(self, number):
        if number == step:
            raise SystemExit
        return honest(self, number)

    honest = stage.step
    monkeypatch.setattr(stage, "step", crashed)


LONG = ["sft.steps=3", "run.steps=4", "run.checkpoint_every=2", "eval.every=3"]
RICH = [
    "algorithm.kl.coef=0.1",
    "algorithm.mini_batches=3",
    "algorithm.epochs=2",
    "algorithm.entropy_coef=0.01",
    "optim.schedule=cosine",
    "optim.warmup_steps=2",
    "optim.weight_decay=0.1",
]
OPTIONS = {"plain": [], "rich": RICH}


@pytest.fixture(scope="module")
def whole(config_in, tmp_path_factory):
    """A plain run and a rich one, from beginning to end."""
    folder = tmp_path_factory.mktemp("whole")
    return {name: train(config_in(folder, *LONG, *options, f"run.name={name}")) for name, options in OPTIONS.items()}


@pytest.mark.parametrize(
    ("options", "stage", "step"),
    [("plain", Sft, 0), ("plain", Sft, 1), ("rich", Sft, 2), ("rich", Grpo, 0), ("rich", Grpo, 2), ("plain", Grpo, 3)],
)
def test_after_ctrl_c_a_run_goes_on_as_if_nothing_had_been(whole, config_of, monkeypatch, options, stage, step):
    whole = whole[options]
    with monkeypatch.context() as patch:
        interrupt_at(patch, stage, step)
        stopped = train(config_of(*LONG, *OPTIONS[options]))
    assert stopped.finished == (stage is Grpo and step == 3)
    assert stopped.step == step + 1 + (3 if stage is Grpo else 0)
    resumed = resume(stopped.folder)
    assert resumed.finished
    assert resumed.step == whole.step == 7
    assert numbers(resumed.folder) == numbers(whole.folder)
    assert samples(resumed.folder) == samples(whole.folder)
    assert resumed.before["eval/strict"] == whole.before["eval/strict"]
    assert resumed.after["eval/strict"] == whole.after["eval/strict"]


def test_after_ctrl_c_before_the_first_step_a_run_goes_on_the_same(config_of, monkeypatch):
    """Nothing has been learned then: no optimiser state to restore, one evaluation not to be written twice."""
    whole = train(config_of("run.name=whole", *RICH))
    honest = Session.evaluate

    def pressed(self):
        signal.raise_signal(signal.SIGINT)
        return honest(self)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "evaluate", pressed)
        stopped = train(config_of("run.name=stopped", *RICH))
    assert stopped.step == 0
    assert numbers(resume(stopped.folder).folder) == numbers(whole.folder)
    assert samples(stopped.folder) == samples(whole.folder)


@pytest.mark.parametrize(
    ("options", "stage", "step"), [("plain", Sft, 2), ("plain", Grpo, 0), ("rich", Grpo, 1), ("rich", Grpo, 3)]
)
def test_after_a_crash_a_run_goes_on_from_its_newest_checkpoint(whole, config_of, monkeypatch, options, stage, step):
    with monkeypatch.context() as patch:
        crash_at(patch, stage, step)
        with pytest.raises(SystemExit):
            train(config_of(*LONG, *OPTIONS[options]))
    folder = Path(config_of().run.dir) / "it"
    assert resume(folder).finished
    assert numbers(folder) == numbers(whole[options].folder)
    assert samples(folder) == samples(whole[options].folder)


def test_a_run_that_crashed_before_its_first_checkpoint_says_so(config_of, monkeypatch):
    crash_at(monkeypatch, Sft, 1)
    with pytest.raises(SystemExit):
        train(config_of(*LONG))
    folder = Path(config_of().run.dir) / "it"
    with pytest.raises(CheckpointError, match="no checkpoint yet") as caught:
        resume(folder)
    assert "train again" in caught.value.hint


SHARE = """
def share(text):
    return sum(letter.islower() for letter in text) / max(1, len(text))
"""
BY_HELPER = """
from rlvr import reward
from share_of_letters import share


@reward("shop.letters")
def letters(sample):
    return share(sample.completion)
"""


def test_a_reward_whose_helper_has_changed_is_refused_and_one_with_other_words_is_not(config_of, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    before, file, helper = set(sys.modules), tmp_path / "letters.py", tmp_path / "share_of_letters.py"
    file.write_text(BY_HELPER)

    def helps(source):
        helper.write_text(source)
        for name in set(sys.modules) - before:
            if name == helper.stem or belongs_to_file(name):
                del sys.modules[name]

    helps(SHARE)
    done = train(config_of(f"reward={file}:letters", "run.steps=1", "run.checkpoint_every=1"))
    helps("# Words.\n" + SHARE.replace("text):", 'text):\n    """More words."""'))
    assert resume(done.folder).finished
    helps(SHARE.replace("islower", "isupper"))
    with pytest.raises(CheckpointError, match="A reward has changed") as caught:
        resume(done.folder)
    assert "--accept-changed-rewards" in caught.value.hint
    assert resume(done.folder, accept_changed_rewards=True).finished


def test_a_finished_run_can_be_resumed_and_stays_as_it_is(config_of):
    done = train(config_of())
    before = numbers(done.folder)
    again = resume(done.folder)
    assert again.finished
    assert again.step == 2
    assert numbers(done.folder) == before


def test_two_runs_of_one_seed_are_the_same_and_of_another_are_not(config_of):
    one, other, third = (
        samples(train(config_of(f"run.name={name}", f"run.seed={seed}")).folder)
        for name, seed in (("one", 3), ("other", 3), ("third", 4))
    )
    assert one == other
    assert [row["completion"] for row in one] != [row["completion"] for row in third]


def test_steps_do_not_share_their_draws(config_of, tmp_path):
    file = tmp_path / "one.jsonl"
    file.write_text('{"prompt": "a=", "reference": "a"}\n')
    outcome = train(config_of(f"data.tasks={file}", "data.holdout=0", "optim.lr=1e-30"))
    by_step = {step: [row["completion"] for row in samples(outcome.folder) if row["step"] == step] for step in (1, 2)}
    assert len(by_step[1]) == 12
    assert by_step[1] != by_step[2]


def test_every_sample_is_written_down(config_of):
    outcome = train(config_of("run.steps=1"))
    rows = samples(outcome.folder)
    assert [(row["group"], row["sample"]) for row in rows] == [(g, i) for g in range(3) for i in range(4)]
    (line,) = [line for line in numbers(outcome.folder) if line["step"] == 1]
    assert line["reward/mean"] == pytest.approx(np.mean([row["score"] for row in rows]))
    assert sum(row["advantage"] for row in rows) == pytest.approx(0, abs=1e-4)
    assert max(row["gap_mean"] for row in rows) < 1e-5
    assert {row["reward"].split("@")[0] for row in rows} == {"tests.lower"}


def test_tasks_may_bring_their_own_rewards(config_of, reward_file, tmp_path):
    """Without any reward for the run as a whole; the checkpoint knows of them."""
    rewards = [f"{reward_file}:lower", "text.exact"]
    rows = [{"prompt": f"{i}=", "reference": f"{i}", "reward": rewards[i % 2]} for i in range(8)]
    file = tmp_path / "own.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = train(config_of("reward=", f"data.tasks={file}"))
    used = {row["reward"] for row in samples(done.folder)}
    assert {name.split("@")[0] for name in used} == {"tests.lower", "text.exact"}
    assert set(checkpoint.read_state(checkpoint.newest(done.folder / "checkpoints"))["rewards"]) == used
    assert "eval/strict" in done.before


RANKED = '''
from rlvr import group_reward

@group_reward("tests.ranked")
def ranked(samples):
    """Places by the number of different letters; a group that is not whole has none to give."""
    if len(samples) not in (1, 4):
        raise ValueError(f"{len(samples)} samples are no group")
    order = sorted({len(set(sample.completion)) for sample in samples})
    return [order.index(len(set(sample.completion))) / 3 for sample in samples]
'''


def test_a_reward_that_ranks_gets_whole_groups_however_they_are_generated(config_of, tmp_path):
    file = tmp_path / "ranked.py"
    file.write_text(RANKED)
    settings = [f"reward={file}:ranked", "run.steps=1", "scoring.on_error=raise", "scoring.probe=off"]
    outcome = train(config_of(*settings, "rollout.batch_size=3"))
    for group in range(3):
        scores = [row["score"] for row in samples(outcome.folder) if row["group"] == group]
        assert len(scores) == 4
        assert min(scores) == 0.0


def test_verdicts_are_logged_and_remembered_where_that_is_asked_for(config_of, tmp_path):
    cache = tmp_path / "verdicts.sqlite"
    outcome = train(config_of("run.steps=1", "scoring.log=true", f"scoring.cache={cache}", "reward=math.final_number"))
    lines = [json.loads(line) for line in (outcome.folder / "verdicts.jsonl").read_text().splitlines()]
    assert [line for line in lines if line["reward"].startswith("math.final_number@")]
    assert {row["id"] for row in lines} >= {f"{row['task_id']}#{row['sample']}" for row in samples(outcome.folder)}
    assert cache.is_file()


def test_supervised_training_needs_no_reward(config_of):
    outcome = train(config_of("stage=sft", "sft.steps=3", "reward="))
    assert outcome.step == 3
    assert outcome.before.keys() == outcome.after.keys() == {"eval/loss"}
    assert [line["step"] for line in numbers(outcome.folder)] == [0, 1, 2, 3]
    assert not (outcome.folder / "rollouts").exists() or not any((outcome.folder / "rollouts").iterdir())


def test_supervised_training_is_evaluated_where_there_is_a_reward(config_of):
    outcome = train(config_of("stage=sft", "sft.steps=30", "reward=text.exact", "data.holdout=2", "sft.optim.lr=0.02"))
    lines = numbers(outcome.folder)
    assert lines[-1]["sft/loss"] < 0.5 * lines[1]["sft/loss"]
    assert "eval/strict" in outcome.before


def test_a_warm_up_ends_when_the_policy_is_good_enough(config_of):
    outcome = train(config_of("sft.steps=6", "sft.until=0.0", "sft.until_every=2"))
    assert [line["step"] for line in numbers(outcome.folder) if line.get("stage") == "sft"] == [1, 2]
    assert resume(outcome.folder).finished
    assert len(samples(outcome.folder)) == 24


def test_no_steps_at_all_come_to_an_end(config_of):
    outcome = train(config_of("run.steps=0", "sft.steps=2"))
    assert outcome.finished
    assert outcome.step == 2
    assert outcome.after == outcome.before


def test_weights_that_became_nan_end_the_run(config_of, monkeypatch):
    """All completions are then alike, no advantage differs from 0 and no loss is computed that could be NaN."""
    honest = Grpo.step

    def poisoned(self, step):
        if step == 1:
            with torch.no_grad():
                self.session.actors._worker.policy.model.model.norm.weight[0] = float("nan")
        return honest(self, step)

    with monkeypatch.context() as patch:
        patch.setattr(Grpo, "step", poisoned)
        with pytest.raises(EngineError, match=r"no finite probability"):
            train(config_of("run.steps=3", "run.checkpoint_every=1"))
    folder = Path(config_of().run.dir) / "it"
    assert resume(folder).finished
    assert len(samples(folder)) == 36


def test_what_an_error_names_is_there_to_look_at(config_of, monkeypatch):
    honest = grpo.train_batch

    def poisoned(*args):
        batch = honest(*args)
        batch.advantages[5] = np.inf
        return batch

    monkeypatch.setattr(grpo, "train_batch", poisoned)
    with pytest.raises(EngineError, match=r"samples \[.*5.*\]"):
        train(config_of())
    rows = samples(Path(config_of().run.dir) / "it")
    assert len(rows) == 12
    assert rows[5]["advantage"] == np.inf
