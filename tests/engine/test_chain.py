"""`stage=all`: each stage from what the one before it left, stopped anywhere and gone on with, nothing done twice."""

import json
import shutil
from itertools import pairwise

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from rlvr.engine.run import chain, loop
from rlvr.engine.run.chain import resume_chain, train_chain
from rlvr.errors import CheckpointError, ConfigError
from rlvr.recipes.cpt import Cpt
from rlvr.recipes.grpo import Grpo
from rlvr.recipes.sft import Sft
from rlvr.recipes.wpo import Wpo

from .conftest import SMALL
from .test_runs import crash_at, interrupt_at

STAGES = {"cpt": Cpt, "sft": Sft, "wpo": Wpo, "grpo": Grpo}
RECIPE = """
extends: quickstart
reward: {reward}:lower
run: {{checkpoint_every: 2, keep_checkpoints: 1}}
sft: {{steps: 0}}
stages:
  grpo:
    run: {{steps: 3}}
    data.tasks: {tasks}
  wpo:
    wpo: {{steps: 3, batch_size: 4, candidates: 2, optim: {{lr: 3.0e-3, warmup_steps: 0}}}}
    data.tasks: {given}
  cpt:
    cpt: {{steps: 3, batch_size: 2, sequence_tokens: 32, optim: {{lr: 3.0e-3}}}}
    data.mixture: {{web: {{path: {web}, weight: 1}}}}
  sft:
    sft: {{steps: 3}}
    data.tasks: {tasks}
"""


@pytest.fixture
def words(model_dir, reward_file, tasks_file, tmp_path):
    """Recipe and settings of a chain over tiny data, in an own folder."""
    web, given = tmp_path / "web.jsonl", tmp_path / "given.jsonl"
    web.write_text("".join(json.dumps({"text": f"the owl sees map {i}."}) + "\n" for i in range(20)))
    rows = [json.loads(line) for line in tasks_file.read_text().splitlines()]
    given.write_text("".join(json.dumps(row | {"candidates": [row["reference"], "NO"]}) + "\n" for row in rows))
    recipe = tmp_path / "chain.yaml"
    recipe.write_text(RECIPE.format(reward=reward_file, tasks=tasks_file, given=given, web=web))
    kept = [word for word in SMALL if not word.startswith(("run.steps", "run.checkpoint_every", "sft.steps"))]
    return str(recipe), [*kept, f"model.path={model_dir}", f"run.dir={tmp_path}/runs", "data.holdout=0", "stage=all"]


def crash(*_):
    raise SystemExit


def quiet():
    return Console(quiet=True)


def run(words, name, *more):
    recipe, settings = words
    return train_chain(recipe, [*settings, f"run.name={name}", *more], console=quiet())


def weights(folder):
    # Copies: what is loaded is mapped, and the file will be overwritten.
    return {name: value.clone() for name, value in load_file(folder / "model.safetensors").items()}


def assert_same(one, other):
    one, other = weights(one), weights(other)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_each_stage_starts_from_the_export_of_the_one_before(words, model_dir):
    done = run(words, "whole")
    assert [outcome.folder.name for outcome in done.runs] == ["cpt", "sft", "wpo", "grpo"]
    assert done.model == done.folder / "grpo" / "model"
    models = [model_dir, *(done.folder / stage / "model" for stage in STAGES)]
    for before, after in pairwise(models):
        one, other = weights(before), weights(after)
        moved = max(float((one[name] - other[name]).abs().max()) for name in one)
        assert 0 < moved < 0.1, after
    again = run(words, "whole")
    assert (again.runs, again.model) == ((), done.model)
    assert resume_chain(done.folder, console=quiet()).runs == ()


@pytest.fixture
def whole(words):
    return run(words, "whole")


def test_a_chain_that_is_stopped_in_each_stage_ends_with_the_same_weights(words, whole, monkeypatch):
    """Each is killed before a checkpoint, stopped by Ctrl-C, killed after a checkpoint, and killed while exporting."""
    for name, stage in STAGES.items():
        with monkeypatch.context() as patch:
            crash_at(patch, stage, 1)
            with pytest.raises(SystemExit):
                run(words, "stopped")
        with monkeypatch.context() as patch:
            interrupt_at(patch, stage, 0)
            stopped = run(words, "stopped")
        assert (stopped.runs[-1].folder.name, stopped.runs[-1].step, stopped.model) == (name, 1, None)
        with monkeypatch.context() as patch:
            crash_at(patch, stage, 2)
            with pytest.raises(SystemExit):
                run(words, "stopped")
        with monkeypatch.context() as patch:
            patch.setattr(loop, "export", crash)
            with pytest.raises(SystemExit):
                run(words, "stopped")
        assert not (stopped.runs[-1].folder / "model").exists()
    done = resume_chain(whole.folder.parent / "stopped", console=quiet())
    for stage in STAGES:
        assert_same(done.folder / stage / "model", whole.folder / stage / "model")


def test_ctrl_c_in_the_last_step_of_a_stage_ends_the_chain_behind_it(words, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_at(patch, Cpt, 2)
        stopped = run(words, "it", "stages.cpt.cpt.steps=3")
    assert (len(stopped.runs), stopped.runs[0].finished, stopped.model) == (1, True, None)
    assert (stopped.runs[0].folder / "model").is_dir()
    assert len(run(words, "it").runs) == 3


def test_other_settings_are_refused_where_a_stage_is_done_and_taken_where_it_is_not(words, monkeypatch):
    with monkeypatch.context() as patch:
        crash_at(patch, Wpo, 0)
        with pytest.raises(SystemExit):
            run(words, "it")
    with pytest.raises(ConfigError, match=r"stage sft: sft\.batch_size was `4` and is `2`"):
        run(words, "it", "stages.sft.sft.batch_size=2")
    # Where the work is done and how much at a time does not matter, and what has not begun is free.
    done = run(words, "it", "engine.tokens_per_micro_batch=64", "stages.wpo.wpo.steps=2")
    assert [outcome.step for outcome in done.runs] == [2, 3]


def test_other_data_and_another_model_are_refused(words, whole, tmp_path, model_dir):
    web = tmp_path / "web.jsonl"
    kept = web.read_bytes()
    web.write_bytes(kept + b'{"text": "more"}\n')
    with pytest.raises(ConfigError, match=r"stage cpt: .*web\.jsonl has changed"):
        run(words, "whole")
    web.write_bytes(kept)
    other = shutil.copytree(model_dir, tmp_path / "other")
    (other / "config.json").write_text((other / "config.json").read_text() + " ")
    recipe, settings = words
    moved = [word.replace(str(model_dir), str(other)) for word in settings]
    with pytest.raises(ConfigError, match="stage cpt: it started from another model"):
        run((recipe, moved), "whole")
    same = shutil.copytree(model_dir, tmp_path / "same")
    assert run((recipe, [word.replace(str(model_dir), str(same)) for word in settings]), "whole").runs == ()


def test_a_damaged_result_is_exported_again_and_a_lost_one_is_an_error(words, whole, tmp_path):
    model = whole.folder / "sft" / "model"
    kept = weights(model)
    (model / "model.safetensors").write_bytes(b"torn")
    run(words, "whole")
    assert all(torch.equal(kept[name], value) for name, value in weights(model).items())
    # Without its folder a stage is trained again; what comes out is the same, so those after it stay.
    shutil.rmtree(whole.folder / "sft")
    assert [outcome.folder.name for outcome in run(words, "whole").runs] == ["sft"]
    assert all(torch.equal(kept[name], value) for name, value in weights(model).items())
    shutil.rmtree(whole.folder / "sft" / "checkpoints")
    (model / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(CheckpointError, match="no checkpoint to export it from again"):
        run(words, "whole")


def test_what_is_wrong_with_any_stage_is_said_before_the_first(words):
    with pytest.raises(ConfigError) as caught:
        run(words, "it", "stages.wpo.wpo.beta=0", "stages.grpo.algorithm.group_size=1")
    assert "wpo.beta: `0.0` must be above 0. (stage wpo)" in str(caught.value)
    assert "(stage grpo)" in str(caught.value)


def test_a_folder_with_something_else_is_left_alone(words, tmp_path):
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "notes.txt").write_text("")
    with pytest.raises(ConfigError, match="holds something else than a chain"):
        run(words, "mine")


def test_the_command_line(words, rlvr, tmp_path):
    recipe, settings = words
    said = rlvr("train", f"recipe={recipe}", *settings)
    folder = tmp_path / "runs" / chain._named_after(recipe)
    assert said.code == 0
    assert f"The model: {folder}/grpo/model" in said.out
    assert "wpo: was done before" in rlvr("resume", folder).all
