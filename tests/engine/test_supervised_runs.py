"""Continued pretraining and fine-tuning as whole runs: they learn, end the same however often stopped, and export."""

import json
import shutil

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from rlvr.config import load
from rlvr.engine.policy import checkpoint
from rlvr.engine.run.actors import InlineActors
from rlvr.engine.run.loop import export, resume, train
from rlvr.errors import CheckpointError, DataError, ModelError
from rlvr.recipes.cpt import Cpt
from rlvr.recipes.sft import Sft
from tests.trajectory import numbers

from .conftest import furthest, weights_of
from .test_chat import CHATML, SPECIAL
from .test_runs import crash_at, interrupt_at

WORDS = ["the", "owl", "sees", "a", "map", "of", "fog", "and", "tea", "ice"]


@pytest.fixture(scope="module")
def chat_dir(model_dir, tmp_path_factory, tokenizer):
    """The small model, with room for the special tokens of a chat template."""
    from transformers import AutoTokenizer

    folder = shutil.copytree(model_dir, tmp_path_factory.mktemp("chat") / "model")
    own = AutoTokenizer.from_pretrained(folder)
    own.add_special_tokens({"additional_special_tokens": SPECIAL})
    own.chat_template = CHATML
    own.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Text in which every sentence follows from its first word, pairs, and chats of two turns."""
    folder = tmp_path_factory.mktemp("text")

    def sentence(i):
        return " ".join(WORDS[(i + k) % len(WORDS)] for k in range(3 + i % 9)) + "."

    def chat(i):
        word = WORDS[i % len(WORDS)]
        turns = [("user", f"{word}?"), ("assistant", word), ("user", "again?"), ("assistant", f"{word} {word}")]
        return [{"role": role, "content": content} for role, content in turns]

    rows = {
        "web": [{"text": sentence(i)} for i in range(90)],
        "pairs": [{"source": sentence(i % 30), "target": sentence(i % 30).upper()} for i in range(40)],
        "chats": [{"messages": chat(i)} for i in range(30)],
    }
    for name, made in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))
    return folder


@pytest.fixture(scope="module")
def mixed_in(config_in, chat_dir, files):
    """Makes a configuration of a stage out of a folder and overrides."""

    def made(folder, stage, *overrides):
        sources = {
            "web": f"{{path: {files}/web.jsonl, weight: 66, holdout: 6}}",
            "pairs": f"{{path: {files}/pairs.jsonl, weight: 33, kind: parallel, source_language: en, "
            "target_language: de, holdout: 2, dedup: exact}",
            "chats": f"{{path: {files}/chats.jsonl, weight: 1, kind: chat, holdout: 4}}",
        }
        chosen = sources if stage == "cpt" else {"chats": sources["chats"]}
        mixture = ", ".join(f"{name}: {source}" for name, source in chosen.items())
        return config_in(
            folder,
            f"stage={stage}",
            f"data.mixture={{{mixture}}}",
            "data.tasks=null",
            "data.holdout=0",
            "reward=",
            f"model.path={chat_dir}",
            "run.checkpoint_every=2",
            "run.keep_checkpoints=1",
            "eval.every=3",
            f"{stage}.steps=6",
            f"{stage}.batch_size=4",
            f"{stage}.optim.lr=0.01",
            f"{stage}.optim.warmup_steps=2",
            f"{stage}.optim.schedule=cosine",
            "cpt.sequence_tokens=64",
            "sft.packing=true",
            "sft.max_tokens=128",
            *overrides,
        )

    return made


@pytest.fixture
def mixed(mixed_in, tmp_path):
    return lambda *args: mixed_in(tmp_path, *args)


@pytest.fixture(scope="module")
def whole(mixed_in, tmp_path_factory):
    """A run of each stage from beginning to end."""
    folder = tmp_path_factory.mktemp("whole")
    return {stage: train(mixed_in(folder, stage, f"run.name={stage}")) for stage in ("cpt", "sft")}


def policy_of(config, folder):
    actors = InlineActors(config)
    actors.load(checkpoint.newest(folder / "checkpoints"))
    return actors._worker


def test_continued_pretraining_lowers_held_out_bits_per_byte_in_every_source(mixed):
    outcome = train(mixed("cpt", "cpt.steps=60", "cpt.batch_size=8", "eval.every=0"))
    # Of the chats, one document in a hundred, it sees next to nothing.
    for source, factor in (("", 0.6), ("/web", 0.5), ("/pairs", 0.6), ("/chats", 0.9)):
        key = f"eval/bits_per_byte{source}"
        assert outcome.after[key] < factor * outcome.before[key], source
    assert outcome.after["eval/bits_per_byte/web"] < 2.5


def test_bits_per_byte_are_those_of_the_whole_document(mixed, chat_dir):
    """By transformers alone, though the run reads it in windows of 16 tokens that overlap by one."""
    import math

    from rlvr.engine.rollout.chat import Encoded
    from rlvr.engine.update.corpus import HeldOut, windows
    from rlvr.engine.update.held_out import bits_per_byte

    actors = InlineActors(mixed("cpt"))
    tokenizer = actors._worker.policy.tokenizer
    text = "the owl sees a map."
    ids = torch.tensor([*tokenizer(text)["input_ids"], 2])
    parts = windows(ids.numpy(), 16)
    assert sum(int(part.learned[1:].sum()) for part in parts) == len(ids) - 1
    whole = HeldOut("web", (Encoded(ids.numpy(), torch.ones(len(ids), dtype=torch.bool).numpy()),), len(text))
    with torch.no_grad():
        loss = float(AutoModelForCausalLM.from_pretrained(chat_dir)(ids[None], labels=ids[None]).loss)
    found = bits_per_byte(actors, [whole])
    # The policy's vocabulary ends where the tokenizer's does.
    assert found["eval/bits_per_byte"] == pytest.approx(loss * (len(ids) - 1) / math.log(2) / len(text), rel=0.05)
    assert found["eval/bits_per_byte"] == found["eval/bits_per_byte/web"]


@pytest.mark.parametrize(("stage", "stop"), [("cpt", Cpt), ("sft", Sft)])
@pytest.mark.parametrize(("step", "crashes"), [(0, False), (3, True), (4, False)])
def test_a_run_that_was_killed_ends_with_the_same_weights(
    whole, mixed, monkeypatch, tmp_path, stage, stop, step, crashes
):
    config = mixed(stage)
    with monkeypatch.context() as patch:
        if crashes:
            crash_at(patch, stop, step)
            with pytest.raises(SystemExit):
                train(config)
        else:
            interrupt_at(patch, stop, step)
            assert train(config).step == step + 1
    resumed = resume(tmp_path / "it")
    assert resumed.finished
    assert numbers(resumed.folder) == numbers(whole[stage].folder)
    one, other = (policy_of(config, run.folder) for run in (resumed, whole[stage]))
    assert furthest(weights_of(one), weights_of(other)) == 0
    assert resumed.mixtures == whole[stage].mixtures


def test_the_report_lies_in_the_folder_and_is_what_was_asked_for(whole):
    report = json.loads((whole["cpt"].folder / "mixture-cpt.json").read_text())
    assert report == whole["cpt"].mixtures["cpt"]
    documents = {name: row["documents"] for name, row in report["sources"].items()}
    total = sum(documents.values())
    assert all(abs(documents[name] - weight / 100 * total) < 1 for name, weight in (("web", 66), ("pairs", 33)))
    # Of 40 pairs ten are new, and two of those are held out.
    assert report["sources"]["pairs"]["dropped"] == {"duplicate": 10}
    assert report["sources"]["chats"]["held_out"] == 4


def test_every_step_has_exactly_its_tokens(mixed):
    from rlvr.engine.run.session import Session
    from rlvr.observe.run_folder import RunFolder

    config = mixed("cpt")
    session = Session(config, RunFolder.create(config.run.dir, "session", ""))
    batches = [session.sequences("cpt", 4, 64) for _ in range(5)]
    for batch in batches:
        assert [sum(len(batch.texts[row].ids) for row in line) for line in batch.lines] == [64] * 4
    # Put together again they are the documents, each with its beginning and its end.
    ids = [token for batch in batches for text in batch.texts for token in text.ids.tolist()]
    text = session.tokenizer.decode(ids)
    assert ids.count(session.tokenizer.bos_token_id) in (ids.count(2), ids.count(2) + 1)
    assert "<eos><bos>" in text
    session.close()


def test_the_best_checkpoint_stays_and_can_be_exported(mixed, tmp_path, monkeypatch):
    """The held-out loss falls, then rises; the last checkpoint is not the best one."""
    losses = iter([3.0, 2.0, 1.0, 1.5, 1.6, 1.7, 1.8])
    monkeypatch.setattr(Sft, "evaluate", lambda self: {"eval/loss": next(losses)})
    run = train(mixed("sft", "eval.every=1", "run.checkpoint_every=1"))
    assert sorted(path.name for path in (run.folder / "checkpoints").iterdir()) == ["step-00000002", "step-00000006"]
    assert export(run.folder, tmp_path / "newest") == 6
    assert export(run.folder, tmp_path / "best", best=True) == 2


def test_a_run_without_held_out_text_has_no_best_checkpoint(mixed, files, tmp_path):
    run = train(mixed("sft", f"data.mixture={{chats: {{path: {files}/chats.jsonl, weight: 1, kind: chat}}}}"))
    assert run.before == {}
    with pytest.raises(CheckpointError, match="no best checkpoint"):
        export(run.folder, tmp_path / "best", best=True)


def test_fine_tuning_learns_what_the_assistant_says(mixed):
    outcome = train(mixed("sft", "sft.steps=60", "sft.batch_size=8", "eval.every=0"))
    assert outcome.after["eval/loss"] < 0.3 * outcome.before["eval/loss"]


def test_an_export_ends_its_completions_with_the_end_of_a_turn(whole, tmp_path):
    export(whole["sft"].folder, tmp_path / "out")
    settings = json.loads((tmp_path / "out" / "generation_config.json").read_text())
    assert settings["eos_token_id"] == [2, 103]  # <|im_end|>


def test_chats_that_are_too_long_are_left_out_and_counted(mixed):
    outcome = train(mixed("sft", "sft.max_tokens=62"))
    report = outcome.mixtures["sft"]["sources"]["chats"]
    assert 0 < report["dropped"]["longer than 62 tokens"] < 10
    with pytest.raises(DataError, match="1000 chats in a row have more than 20 tokens") as caught:
        train(mixed("sft", "sft.max_tokens=20", "run.name=none", "eval.keep_best=false"))
    assert "sft.max_tokens" in caught.value.hint


def test_a_warm_up_may_learn_from_a_mixture_before_rewards_teach(mixed, tasks_file, reward_file):
    """One data and one policy code: GRPO takes its tasks, the warm-up its chats."""
    options = [f"data.tasks={tasks_file}", f"reward={reward_file}:lower", "run.steps=1", "eval.every=0"]
    outcome = train(mixed("sft", "stage=grpo", "sft.steps=2", *options))
    assert outcome.step == 3
    assert outcome.mixtures["sft"]["documents"] == 8


LORA = ["model.lora.rank=4", "model.lora.alpha=8"]


def test_adapters_alone_are_trained(mixed):
    outcome = train(mixed("sft", *LORA, "sft.optim.weight_decay=0.1"))
    worker = policy_of(mixed("sft", *LORA), outcome.folder)
    fresh = InlineActors(mixed("sft", *LORA))._worker
    before, after = weights_of(fresh), weights_of(worker)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {name for name in before if "lora_" in name}
    trained = sum(value.numel() for value in worker.policy.model.parameters() if value.requires_grad)
    assert trained == sum(before[name].numel() for name in moved)
    assert len(worker.policy.optimizer.param_groups[0]["params"]) == len(moved)


def test_a_new_adapter_changes_nothing(mixed):
    from .test_texts import texts_of

    plain, adapted = (InlineActors(mixed("sft", *options)) for options in ([], LORA))
    from rlvr.engine.update.texts import TextBatch

    assert plain.text_losses(TextBatch(texts_of())) == pytest.approx(
        adapted.text_losses(TextBatch(texts_of())), abs=1e-6
    )


def test_merged_weights_the_adapter_and_the_policy_are_the_same_model(mixed, tmp_path, chat_dir):
    config = mixed("sft", *LORA, "model.lora.targets=q_proj,up_proj", "sft.optim.lr=0.05")
    run = train(config)
    export(run.folder, tmp_path / "out")
    ids = torch.randint(0, 100, (2, 9), generator=torch.Generator().manual_seed(1))
    policy = policy_of(config, run.folder).policy.model.eval()
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    base = AutoModelForCausalLM.from_pretrained(chat_dir).eval()
    with torch.no_grad():
        plain, expected = base(ids).logits, policy(ids).logits
        adapted = PeftModel.from_pretrained(base, tmp_path / "out" / "adapter").eval()(ids).logits
        torch.testing.assert_close(merged(ids).logits, expected, atol=1e-4, rtol=1e-5)
        torch.testing.assert_close(adapted, expected, atol=1e-4, rtol=1e-5)
    assert (plain - expected).abs().max() > 0.01
    assert not any("lora" in name for name, _ in merged.named_parameters())
    settings = json.loads((tmp_path / "out" / "adapter" / "adapter_config.json").read_text())
    assert sorted(settings["target_modules"]) == ["q_proj", "up_proj"]
    assert settings["base_model_name_or_path"] == str(chat_dir)


def test_a_run_with_adapters_that_was_killed_ends_with_the_same_weights(mixed, monkeypatch, tmp_path):
    config = mixed("sft", *LORA)
    whole = train(mixed("sft", *LORA, "run.name=whole"))
    with monkeypatch.context() as patch:
        crash_at(patch, Sft, 3)
        with pytest.raises(SystemExit):
            train(config)
    resumed = resume(tmp_path / "it")
    one, other = (policy_of(config, run.folder) for run in (resumed, whole))
    assert furthest(weights_of(one), weights_of(other)) == 0


def test_adapters_for_layers_that_are_not_there_are_an_error(mixed):
    with pytest.raises(ModelError, match=r"model\.lora\.targets=query does not fit") as caught:
        InlineActors(mixed("sft", *LORA, "model.lora.targets=query"))
    assert "all-linear" in caught.value.hint


def test_grpo_learns_through_adapters(config_of):
    """What is generated is what is trained: the gap between rollout and trainer is rounding."""
    outcome = train(config_of(*LORA, "algorithm.kl.coef=0.1", "optim.lr=0.01"))
    lines = [line for line in numbers(outcome.folder) if line["step"]]
    assert max(line["gap/max"] for line in lines) < 1e-4
    assert lines[0]["kl/reference"] == pytest.approx(0, abs=1e-6)
    assert lines[1]["kl/reference"] > 1e-6


def test_the_recipe_takes_what_it_needs_and_no_more(chat_dir, files):
    config = load(
        "cpt",
        [
            f"model.path={chat_dir}",
            f"data.mixture.web.path={files}/web.jsonl",
            "data.mixture.web.weight=1",
            "cpt.sequence_tokens=256",
        ],
        check=True,
    )
    assert config.data.mixture == {"web": {"path": f"{files}/web.jsonl", "weight": 1}}
