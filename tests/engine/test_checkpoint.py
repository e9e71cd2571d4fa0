"""Checkpoints: they hold all there is, and are whole or not there."""

import json
import random
import shutil

import numpy as np
import pytest
import torch
from transformers import LlamaForCausalLM

from rlvr.engine.policy import checkpoint
from rlvr.engine.update.update import policy_update
from rlvr.errors import CheckpointError

from .conftest import furthest, weights_of

OPTIONS = [
    "algorithm.kl.coef=0.1",
    "optim.schedule=cosine",
    "optim.warmup_steps=2",
    "optim.weight_decay=0.1",
    "run.steps=6",
]


def step(worker, batch):
    return policy_update(worker.policy, batch).metrics


def saved(worker, root, name="step-00000001", keep=2):
    return checkpoint.write(root, name, {"step": 1}, worker.save, keep=keep)


def draws():
    return torch.rand(3).tolist(), np.random.rand(3).tolist(), [random.random() for _ in range(3)]


def test_a_checkpoint_holds_weights_optimiser_schedule_reference_and_random_states(worker_of, batch_of, tmp_path):
    worker = worker_of(*OPTIONS)
    for _ in range(2):
        step(worker, batch_of())
    folder = saved(worker, tmp_path)
    drawn = draws()
    expected = [step(worker, batch_of()) for _ in range(3)]

    other = worker_of(*OPTIONS)
    step(other, batch_of(seed=5))  # it has a history of its own
    torch.manual_seed(8)
    other.load(folder)
    assert draws() == drawn
    assert other.policy.learning_rate == expected[0]["lr"]
    found = [step(other, batch_of()) for _ in range(3)]
    assert found == expected
    assert found[0]["kl/reference"] > 0
    assert furthest(weights_of(worker), weights_of(other)) == 0


def test_an_optimiser_that_has_not_moved_is_restored_as_such(worker_of, batch_of, tmp_path):
    """AdamW would take a step of size 0, which DCP makes to learn the shapes, for a first step."""
    worker = worker_of(*OPTIONS)
    folder = saved(worker, tmp_path)
    expected = [step(worker, batch_of()) for _ in range(2)]
    assert expected == [step(fresh, batch_of()) for fresh in [worker_of(*OPTIONS)] for _ in range(2)]
    other = worker_of(*OPTIONS)
    step(other, batch_of(seed=5))
    other.load(folder)
    assert [step(other, batch_of()) for _ in range(2)] == expected


def test_the_newest_stay(worker_of, tmp_path):
    worker = worker_of()
    for number in (1, 2, 10, 100_000_000):
        saved(worker, tmp_path, f"step-{number:08d}", keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000010", "step-100000000"]
    assert checkpoint.newest(tmp_path).name == "step-100000000"


def test_what_a_killed_run_left_is_passed_over_and_cleaned_up(worker_of, tmp_path):
    worker = worker_of()
    first = saved(worker, tmp_path)
    torn = tmp_path / ".step-00000002.partial"
    shutil.copytree(first, torn)
    headless = shutil.copytree(first, tmp_path / "step-00000003")
    (headless / checkpoint.STATE).unlink()
    assert checkpoint.newest(tmp_path) == first
    second = saved(worker, tmp_path, "step-00000004")
    assert not torn.exists()
    assert checkpoint.newest(tmp_path) == second


def test_a_failure_names_the_newest_whole_checkpoint_and_leaves_it(worker_of, tmp_path):
    worker = worker_of()

    def full(folder):
        worker.save(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(CheckpointError, match="No space left on device") as caught:
        checkpoint.write(tmp_path, "step-00000001", {}, full, keep=1)
    assert "no earlier one" in caught.value.hint
    first = saved(worker, tmp_path)
    with pytest.raises(CheckpointError) as caught:
        checkpoint.write(tmp_path, "step-00000002", {}, full, keep=1)
    assert str(first) in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == [first.name]
    worker.load(first)


def test_a_step_that_is_written_already_stays_as_it_is(worker_of, tmp_path):
    worker = worker_of()
    first = saved(worker, tmp_path)

    def never(folder):
        raise AssertionError

    assert checkpoint.write(tmp_path, first.name, {"step": 7}, never, keep=1) == first
    assert checkpoint.read_state(first) == {"step": 1}


@pytest.mark.parametrize("part", ["policy", "policy/.metadata", "rank-0.pt"])
def test_a_broken_checkpoint_is_an_error(worker_of, tmp_path, part):
    worker = worker_of()
    folder = saved(worker, tmp_path)
    path = folder / part
    shutil.rmtree(path) if path.is_dir() else path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(CheckpointError, match="cannot be read"):
        worker.load(folder)


def test_a_checkpoint_of_another_model_is_an_error(worker_of, model_dir, tmp_path):
    folder = saved(worker_of(), tmp_path / "checkpoints")
    model = shutil.copytree(model_dir, tmp_path / "model")
    changed = json.loads((model / "config.json").read_text()) | {"hidden_size": 16, "head_dim": 8}
    (model / "config.json").write_text(json.dumps(changed))
    LlamaForCausalLM(LlamaForCausalLM.config_class(**changed)).save_pretrained(model)
    with pytest.raises(CheckpointError, match="cannot be read"):
        worker_of(f"model.path={model}").load(folder)
