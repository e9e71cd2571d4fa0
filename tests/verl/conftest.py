"""A run's folder as verl finds it, and verl's own reward worker over it."""

import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from rlvr.config import load, resolved_yaml

REWARDS = Path(__file__).parent / "rewards.py"
MODEL = "pkg://rlvr.recipes.quickstart"


@pytest.fixture(scope="session")
def verl():
    """What of verl's the tests use; importing it takes ten seconds or so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of verl's dependencies are not ours to mend
        pytest.importorskip("verl", reason="verl is not installed")
        import numpy as np
        import torch
        from tensordict import TensorDict
        from verl import DataProto
        from verl.experimental.reward_loop.reward_loop import RewardLoopWorker
        from verl.trainer.ppo import core_algos
    return SimpleNamespace(
        DataProto=DataProto, Worker=RewardLoopWorker, core=core_algos, np=np, torch=torch, TensorDict=TensorDict
    )


@pytest.fixture
def config(tmp_path):
    """The configuration of a small run, its model folder resolved."""

    def make(*settings, recipe="quickstart"):
        plain = ["engine=verl", "optim.schedule=constant", "sft.steps=0", "eval.lenient=null", "run.steps=2"]
        small = ["algorithm.prompts_per_step=4", "algorithm.group_size=2", "eval.size=4"]
        return load(recipe, [*plain, *small, *settings])

    return make


@pytest.fixture
def worker(verl, config, tmp_path):
    """verl's reward worker, as its trainer makes it, over the folder of a run."""
    made = []

    def make(*settings):
        from rlvr.config.paths import resolve_folder
        from rlvr.verl.settings.composed import compose
        from rlvr.verl.settings.mapping import overrides

        ours = config("scoring.workers=1", *settings)
        (tmp_path / "config.yaml").write_text(resolved_yaml(ours))
        ours.model.path, ours.model.init = str(resolve_folder(ours.model.init)), None
        worker = verl.Worker(compose(overrides(ours, tmp_path)))
        made.append(worker.reward_manager)
        return worker

    yield make
    for manager in made:
        manager._judge.close()


@pytest.fixture
def trajectory(verl):
    """One sample as verl's agent loop worker hands it to a reward worker."""

    def make(worker, task, completion, *, ended=True, uid="u", session=0):
        from rlvr.verl.data.rows import row_of

        tokenizer, torch, np = worker.input_tokenizer, verl.torch, verl.np
        prompt = torch.tensor(tokenizer(str(task.prompt))["input_ids"] or [0])
        ids = tokenizer(completion, add_special_tokens=False)["input_ids"]
        response = torch.tensor([*ids, tokenizer.eos_token_id] if ended else ids)
        row = {**row_of(task, 0, ""), "uid": uid, "session_id": session, "global_steps": 7}
        tensors = {
            "prompts": prompt[None],
            "responses": response[None],
            "attention_mask": torch.ones(1, len(prompt) + len(response), dtype=torch.int64),
        }
        return verl.DataProto(
            batch=verl.TensorDict(tensors, batch_size=1),
            non_tensor_batch={key: np.array([value]) for key, value in row.items()},
        )

    return make
