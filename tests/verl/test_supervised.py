"""verl's own supervised trainer on CPU, on the texts that we write for it: its losses are the embedded engine's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from rlvr.config import load
from rlvr.config.packaged import recipe_names
from rlvr.engine.run.loop import export, train
from rlvr.errors import ConfigError, DataError, ModelError
from rlvr.verl.cpu_platform import cpu_environment
from rlvr.verl.run import training
from rlvr.verl.settings import composed
from rlvr.verl.settings.composed import DEAD_SUPERVISED, SUPERVISED, compose, find_faults
from rlvr.verl.settings.mapping import METRICS
from rlvr.verl.settings.preparing import plan_verl, prepare
from rlvr.verl.settings.supervised import find_supervised_hazards, supervised_mapping
from tests.trajectory import numbers

FOLDER = Path("/runs/a b, c=1")
LIMIT = 240
CPU = ["trainer.device=cpu", "data.num_workers=0", "engine.use_torch_compile=False"]
PLAIN = ["eval.lenient=null", "eval.every=0", "eval.size=6", "run.tensorboard=false", "sft.until=null"]
SFT = ["stage=sft", "sft.steps=3", "sft.batch_size=4", "sft.optim.warmup_steps=0", "sft.optim.schedule=constant"]
CPT = ["stage=cpt", "cpt.steps=3", "cpt.batch_size=4", "cpt.sequence_tokens=48", "cpt.optim.lr=0.003", "data.env=null"]
WORDS = ["fog", "owl", "ice", "map", "tea", "sun", "rye", "elm", "ox", "bee", "ant", "cat"]


def told(config):
    return [*(mapped.override for mapped in supervised_mapping(config, FOLDER)), *config.engine.verl.overrides]


def verl_of(*settings, recipe="quickstart"):
    config = load(recipe, ["engine=verl", *PLAIN, *settings])
    config.engine.verl.overrides = list(CPU)
    return config


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """Documents of many lengths, so that a sequence holds several and cuts some."""
    file = tmp_path_factory.mktemp("documents") / "documents.jsonl"
    texts = [" ".join(WORDS[(i * j + j) % 12] for j in range(1, 3 + i % 9)) for i in range(60)]
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return [f"data.mixture.docs.path={file}", "data.mixture.docs.weight=1", "data.mixture.docs.holdout=5"]


@pytest.fixture(scope="module")
def runs(documents, tmp_path_factory):
    """The folders of two runs on verl, side by side: SFT over two ranks as `rlvr train` does it, and packed CPT."""
    pytest.importorskip("verl", reason="verl is not installed")
    folder = tmp_path_factory.mktemp("verl")
    plan = prepare(verl_of(*CPT, *documents), folder / "cpt")
    with (folder / "log").open("wb") as out:
        environment = os.environ | cpu_environment() | {"VERL_FILE_LOGGER_PATH": str(folder / "cpt" / METRICS)}
        packed = subprocess.Popen(plan.command, env=environment, cwd=folder, stdout=out, stderr=out)
    config = verl_of(*SFT, "engine.ranks=2", f"run.dir={folder}", "run.name=sft")
    training.train(config, environment=cpu_environment(), limit=LIMIT)
    assert packed.wait(LIMIT) == 0, (folder / "log").read_text(errors="replace")[-6000:]
    return folder


def told_by_verl(folder):
    """What verl logged of each step."""
    found = {}
    for line in (folder / METRICS).read_text().splitlines():
        row = json.loads(line)
        found.setdefault(row["step"], {}).update(row["data"])
    return found


@pytest.mark.timeout(2 * LIMIT)
@pytest.mark.parametrize("stage", ["sft", "cpt"])
def test_losses_and_gradients_are_those_of_the_embedded_engine(runs, documents, tmp_path, stage):
    """Whatever the ranks, in the same order: verl shuffles, and that is undone."""
    words = SFT if stage == "sft" else [*CPT, *documents]
    here = ["engine.actors=inline", "engine.device=cpu", "engine.threads=1", "scoring.probe=off", f"run.dir={tmp_path}"]
    folder = train(load("quickstart", [*PLAIN, *words, *here])).folder
    ours, theirs = {row["step"]: row for row in numbers(folder)}, told_by_verl(runs / stage)
    for step in (1, 2, 3):
        assert theirs[step]["train/loss"] == pytest.approx(ours[step][f"{stage}/loss"], rel=1e-5)
        assert theirs[step]["train/grad_norm"] == pytest.approx(ours[step]["grad_norm"], rel=1e-5)
    assert theirs[3]["val/loss"] < ours[1][f"{stage}/loss"]
    assert len({round(ours[step][f"{stage}/loss"], 3) for step in (1, 2, 3)}) == 3
    if stage == "sft":
        export(folder, tmp_path / "model")
        mine, other = (load_file(where / "model.safetensors") for where in (tmp_path / "model", runs / "sft/exported"))
        assert mine.keys() == other.keys()
        for name, value in mine.items():
            np.testing.assert_allclose(other[name], value, atol=1e-4, err_msg=name)


@pytest.mark.timeout(2 * LIMIT)
def test_the_run_folder_is_the_one_of_our_own_engine(runs):
    lines = {row["step"]: row for row in numbers(runs / "sft")}
    assert lines[3]["eval/loss"] < lines[1]["sft/loss"]
    assert (runs / "sft" / "report.html").is_file()
    assert (runs / "sft" / "checkpoints" / "global_step_3" / "model_world_size_2_rank_1.pt").is_file()


@pytest.mark.timeout(2 * LIMIT)
def test_a_packed_sequence_holds_several_documents_and_the_first_token_of_none_is_learned(runs):
    import pyarrow.parquet as pq

    file = pq.ParquetFile(runs / "cpt" / "data" / "train.parquet")
    rows = file.read().to_pylist()
    assert (file.metadata.num_row_groups, len(rows)) == (3, 12)
    assert all(len(row["ids"]) == 48 for row in rows)
    assert all(len(row["starts"]) > 1 for row in rows)
    assert all(not row["learned"][start] for row in rows for start in row["starts"])
    assert all(sum(row["learned"]) == 48 - len(row["starts"]) for row in rows)
    assert json.loads((runs / "cpt" / "mixture-cpt.json").read_text())


@pytest.mark.parametrize("stage", ["cpt", "sft"])
@pytest.mark.parametrize("recipe", [name for name in recipe_names() if name not in ("cpt", "sft")])
def test_every_recipe_composes(recipe, stage):
    languages = ["data.mixture.monolingual.language=pt"] if recipe.startswith("tower") else []
    languages += [f"data.mixture.parallel.{side}_language=pt" for side in ("source", "target") if languages]
    config = load(
        recipe, ["engine=verl", "model.path=/models/m", *(languages if stage == "cpt" else []), f"stage={stage}"]
    )
    assert [str(fault) for fault in find_faults(told(config), SUPERVISED)] == []
    given = config.cpt if stage == "cpt" else config.sft
    values = {mapped.key: mapped.value for mapped in supervised_mapping(config, FOLDER)}
    assert (values["data.train_batch_size"], values["trainer.total_training_steps"]) == (given.batch_size, given.steps)
    assert values["optim.lr"] == given.optim.lr
    assert values["model.use_remove_padding"] == (stage == "cpt" or given.packing)


def test_every_branch_composes():
    more = ["model.lora.rank=8", "model.lora.targets=q_proj,v_proj", "engine.verl.offload=true", "model.dtype=bfloat16"]
    config = verl_of(*SFT, *more, "engine.ranks=16", "model.attention=flash_attention_2", "run.tensorboard=true")
    assert [str(fault) for fault in find_faults(told(config), SUPERVISED)] == []
    tree = compose(told(config), SUPERVISED)
    assert (tree.trainer.nnodes, tree.trainer.n_gpus_per_node) == (2, 8)
    assert (tree.model.lora_rank, tree.model.use_remove_padding) == (8, True)
    assert tree.engine.mixed_precision.param_dtype == "bf16"
    assert tree.data.train_files == "/runs/a b, c=1/data/train.parquet"


def test_nothing_dead_is_ever_told():
    keys = {override.partition("=")[0].lstrip("+") for override in told(verl_of(*SFT))}
    assert not keys & set(DEAD_SUPERVISED)


def test_a_key_that_upstream_removes_is_named(monkeypatch):
    known = dict(composed._keys(SUPERVISED))
    del known["data.pad_mode"]
    monkeypatch.setattr(composed, "_keys", lambda _: known)
    (fault,) = find_faults(told(verl_of(*SFT)), SUPERVISED)
    assert fault.key == "data.pad_mode"


def test_one_node_is_started_by_torchrun_and_several_by_ray():
    one = plan_verl(verl_of(*SFT, "engine.ranks=2"), FOLDER).command
    assert one[:6] == [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m"]
    several = plan_verl(verl_of(*SFT, "engine.ranks=4", "engine.verl.gpus_per_node=2"), FOLDER).command
    assert several[1:3] == ["-m", "verl.trainer.sft_trainer_ray"]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ([*SFT, "sft.optim.schedule=linear"], "sft.optim.schedule"),
        ([*SFT, "sft.until=0.5"], "sft.until"),
        ([*SFT, "eval.strict=text.exact"], "eval.strict"),
        ([*SFT, "eval.every=1"], "eval.keep_best"),
        ([*SFT, "engine.ranks=3"], "sft.batch_size"),
        ([*SFT, "engine.verl.overrides=[data.max_length=7]"], "data.max_length"),
        ([*SFT, "engine.verl.overrides=[trainer.save_freq=0]"], "trainer.save_freq"),
        (["stage=wpo"], "stage"),
    ],
)
def test_what_verl_cannot_do_is_said(settings, key):
    config = load("quickstart", ["engine=verl", *PLAIN, *settings])
    (problem,) = plan_verl(config, FOLDER).problems
    assert problem.key == key


def test_wpo_is_sent_to_the_embedded_engine_with_its_command(tmp_path):
    with pytest.raises(ConfigError, match=r"rlvr train recipe=quickstart stage=wpo engine=embedded"):
        prepare(load("quickstart", ["engine=verl", "stage=wpo"]), tmp_path)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        (["engine.fsdp_size=1"], "engine.fsdp_size"),
        (["model.use_fused_kernels=True"], "model.use_fused_kernels"),
        (["engine.ulysses_sequence_parallel_size=3"], "engine.ulysses_sequence_parallel_size"),
        (["trainer.test_freq=0"], "trainer.test_freq"),
        (["+model.override_config.attention_dropout=0.1"], "model.override_config.attention_dropout"),
    ],
)
def test_hazards(changes, key):
    model = {"final_logit_softcapping": 30.0, "num_attention_heads": 8, "attention_dropout": 0.1}
    right = [*told(verl_of(*SFT, "engine.ranks=4")), "+model.override_config.attention_dropout=0.0"]
    assert find_supervised_hazards(compose(right, SUPERVISED), model) == []
    changed = compose([*right[:-1], *changes] if "dropout" in key else [*right, *changes], SUPERVISED)
    assert {hazard.key for hazard in find_supervised_hazards(changed, model)} == {key}


def test_a_text_that_no_micro_batch_holds_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"A text has \d+ tokens, and a micro-batch holds 8") as caught:
        prepare(verl_of(*SFT, "engine.tokens_per_micro_batch=8"), tmp_path)
    assert "engine.tokens_per_micro_batch=" in caught.value.hint


def test_a_model_that_carries_a_state_is_not_packed(tmp_path):
    from transformers import AutoTokenizer, Qwen3NextConfig

    from rlvr.config.paths import resolve_folder

    Qwen3NextConfig(num_hidden_layers=4).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(resolve_folder("pkg://rlvr.recipes.quickstart")).save_pretrained(tmp_path)
    config = verl_of(*SFT, "sft.packing=true", f"model.init={tmp_path}")
    with pytest.raises(ModelError, match="carry a state along the row"):
        prepare(config, tmp_path / "run")
