"""Model folders: what goes in, and what comes out."""

import json
import re
import shutil
from contextlib import closing

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from rlvr.engine.policy.model import load_tokenizer, model_folder, stop_ids
from rlvr.engine.rollout.prompts import encode_task
from rlvr.engine.run.actors import InlineActors
from rlvr.engine.run.evaluate import evaluate
from rlvr.engine.run.loop import export, train
from rlvr.engine.run.scorers import Scorers
from rlvr.engine.run.worker import RolloutWorker
from rlvr.errors import CheckpointError, EngineError, ModelError
from rlvr.tasks.formats import read_as
from tests.trajectory import samples


@pytest.fixture
def copied(model_dir, tmp_path):
    return shutil.copytree(model_dir, tmp_path / "model")


def ids():
    return torch.randint(0, 100, (2, 9), generator=torch.Generator().manual_seed(1))


def test_an_export_is_the_policy_for_plain_transformers(config_of, tmp_path, copied, tokenizer):
    tokenizer = AutoTokenizer.from_pretrained(copied)
    tokenizer.chat_template = "{{ messages[0]['content'] }}"
    tokenizer.save_pretrained(copied)
    config = config_of(f"model.path={copied}", "algorithm.kl.coef=0.1", "run.checkpoint_every=1")
    run = train(config)
    target = tmp_path / "some" / "where"
    assert export(run.folder, target) == 2

    actors = InlineActors(config)
    actors.load(run.folder / "checkpoints" / "step-00000002")
    model = AutoModelForCausalLM.from_pretrained(target).eval()
    with torch.no_grad():
        expected = actors._worker.policy.model.eval()(ids()).logits
        torch.testing.assert_close(model(ids()).logits, expected, atol=1e-5, rtol=1e-5)
        before = AutoModelForCausalLM.from_pretrained(copied).eval()(ids()).logits
    assert (before - expected).abs().max() > 1e-3
    again = AutoTokenizer.from_pretrained(target)
    assert again("fog=12").input_ids == tokenizer("fog=12").input_ids
    assert again.chat_template == tokenizer.chat_template
    assert stop_ids(target, again) == stop_ids(copied, tokenizer)


def scored(config):
    """The model of a configuration on `eval.tasks`, with workers of its own."""
    folder = model_folder(config.model)
    tokenizer = load_tokenizer(folder)
    tasks = [
        encode_task(tokenizer, task, config.data.max_prompt_tokens)
        for task in read_as(config.eval.tasks, config.data.format)[: config.eval.size]
    ]
    with Scorers(config.scoring) as scorers, closing(InlineActors(config)) as actors:
        return evaluate(actors, tokenizer, stop_ids(folder, tokenizer), tasks, config, scorers)


def test_an_export_scores_as_the_run_did_at_its_end(config_of, tasks_file, tmp_path):
    overrides = ["eval.size=12", f"eval.tasks={tasks_file}"]
    run = train(config_of(*overrides, "optim.lr=0.02"))
    export(run.folder, tmp_path / "out")
    found = scored(config_of(*overrides, f"model.path={tmp_path / 'out'}"))
    assert found.summary["eval/strict"] == run.after["eval/strict"] != run.before["eval/strict"]
    assert [row["id"] for row in found.rows] == [json.loads(line)["id"] for line in tasks_file.open()]


def test_an_export_of_random_weights_keeps_the_folders_stop_tokens(config_of, tmp_path, copied):
    (copied / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 50]}))
    (copied / "model.safetensors").unlink()
    run = train(config_of("model.path=null", f"model.init={copied}"))
    export(run.folder, tmp_path / "out")
    assert stop_ids(tmp_path / "out", load_tokenizer(tmp_path / "out")) == (2, 50)


def test_settings_of_generation_that_transformers_finds_odd_do_not_stop_an_export(config_of, tmp_path, copied):
    """Many published models name a temperature without `do_sample`, which transformers refuses to save."""
    (copied / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 50], "temperature": 0.6}))
    run = train(config_of(f"model.path={copied}"))
    export(run.folder, tmp_path / "out")
    assert stop_ids(tmp_path / "out", load_tokenizer(tmp_path / "out")) == (2, 50)


def test_an_export_in_bfloat16_is_bfloat16(config_of, tmp_path):
    run = train(config_of("model.dtype=bfloat16"))
    export(run.folder, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "config.json").read_text())["dtype"] == "bfloat16"


def test_a_folder_that_is_not_empty_stays(config_of, tmp_path):
    run = train(config_of("run.steps=1"))
    target = tmp_path / "out"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    with pytest.raises(CheckpointError, match="not empty"):
        export(run.folder, target)
    assert [path.name for path in target.iterdir()] == ["mine.txt"]
    (target / "mine.txt").unlink()
    export(run.folder, target)
    assert (target / "config.json").is_file()


def test_every_token_of_the_generation_settings_ends_a_completion(config_of, copied):
    (copied / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, *range(40, 60)]}))
    rows = samples(train(config_of(f"model.path={copied}", "rollout.max_new_tokens=40")).folder)
    ended = [row for row in rows if not row["truncated"]]
    assert len(ended) > 12
    # The token that ends a completion is counted and not shown.
    assert all(row["n_tokens"] == len(re.sub(r"<\w+>", "?", row["completion"])) + 1 for row in ended)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "no causal language model"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"torn"), "no causal language model"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "no tokenizer that transformers can load"),
        (lambda folder: edit(folder / "config.json", model_type="nonesuch"), "no causal language model|no tokenizer"),
        (lambda folder: edit(folder / "config.json", intermediate_size=48), "no causal language model"),
        (lambda folder: edit(folder / "tokenizer_config.json", eos_token=None), "no end-of-sequence token"),
    ],
    ids=["no-weights", "torn-weights", "torn-tokenizer", "unknown-kind", "other-shapes", "no-eos"],
)
def test_a_folder_that_cannot_be_loaded_is_an_error_that_says_why(config_of, copied, damage, message):
    config = config_of(f"model.path={copied}")
    damage(copied)
    with pytest.raises(ModelError, match=message):
        InlineActors(config)


def edit(file, **changes):
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_weights_that_a_folder_lacks_are_an_error_and_not_drawn_at_random(config_of, copied):
    from safetensors.torch import load_file, save_file

    weights = load_file(copied / "model.safetensors")
    lost = weights.pop("model.layers.0.mlp.down_proj.weight")
    assert lost.numel()
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"down_proj\.weight"):
        InlineActors(config_of(f"model.path={copied}"))


def test_a_tokenizer_with_more_tokens_than_the_model_is_an_error(config_of, copied):
    tokenizer = AutoTokenizer.from_pretrained(copied)
    tokenizer.add_tokens([f"<{i}>" for i in range(20)])
    tokenizer.save_pretrained(copied)
    with pytest.raises(ModelError, match="120 tokens and the model 112"):
        InlineActors(config_of(f"model.path={copied}"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_an_error(config_of):
    with pytest.raises(EngineError, match=r"engine\.device"):
        InlineActors(config_of("engine.device=cuda"))


def test_dropout_is_off_in_training(config_of, copied):
    edit(copied / "config.json", attention_dropout=0.5)
    worker = InlineActors(config_of(f"model.path={copied}"))._worker
    model = worker.policy.model.train()
    with torch.no_grad():
        assert torch.equal(model(ids()).logits, model(ids()).logits)


def test_rotary_frequencies_are_not_rounded(config_of):
    """In bfloat16 they would be off by whole turns at the end of a long completion."""
    worker = RolloutWorker(config_of("model.dtype=bfloat16", "engine.actors=ray", "engine.ranks=2"))
    assert {value.dtype for value in worker.model.parameters()} == {torch.bfloat16}
    assert {value.dtype for name, value in worker.model.named_buffers() if "inv_freq" in name} == {torch.float32}
