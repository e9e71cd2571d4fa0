"""verl's real trainer, vLLM and FSDP2 on CPU, over a file of several tasks: what it trained on is what our rewards say.

The trainer is killed after its second step, and the run goes on from there.

make test-verl
"""

import json
import math
import threading
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from rlvr import registry
from rlvr.config import load
from rlvr.errors import EngineError
from rlvr.observe.metrics import read_metrics
from rlvr.observe.rollout_rows import read_rollouts
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import sample_of
from rlvr.scoring import Scorer
from rlvr.verl.cpu_platform import OVERRIDES, cpu_environment
from rlvr.verl.data.rows import task_in
from rlvr.verl.judging import KEYS
from rlvr.verl.run import training
from rlvr.verl.run.metric_names import NAMES
from rlvr.verl.settings.mapping import METRICS
from tests.verl.conftest import REWARDS

VLLM = Path(__file__).parents[2] / ".venv" / "vllm"
LIMIT = 400
STEPS, PROMPTS, GROUP, KILLED_AFTER = 3, 4, 2, 2
TASKS = [
    {"prompt": "1+1=", "reference": "2", "reward": "math.final_number", "id": "sum"},
    {"prompt": "12345", "reward": f"{REWARDS}:spread", "id": "spread"},
    {"prompt": "hang", "reward": f"{REWARDS}:hangs", "id": "hangs"},
    {"prompt": "crash", "reward": f"{REWARDS}:crashes", "id": "crashes"},
]

pytestmark = [
    pytest.mark.timeout(2 * LIMIT + 60),
    pytest.mark.skipif(
        not (VLLM / ".done").is_file() and find_spec("vllm") is None,
        reason="vLLM's CPU build is not installed: make vllm",
    ),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run that was killed and has gone on to its end."""
    folder = tmp_path_factory.mktemp("verl") / "run"
    file = folder.parent / "tasks.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in TASKS))
    held_out = folder.parent / "eval.jsonl"
    held_out.write_text(json.dumps(TASKS[0]) + "\n")
    config = load(
        "quickstart",
        [
            "engine=verl",
            "model.attention=sdpa",
            "optim.schedule=constant",
            "optim.warmup_steps=0",
            "sft.steps=0",
            "eval.lenient=null",
            f"eval.tasks={held_out}",
            "data.env=null",
            f"data.tasks={file}",
            f"run.dir={folder.parent}",
            "run.name=run",
            f"run.steps={STEPS}",
            f"run.checkpoint_every={KILLED_AFTER}",
            "run.tensorboard=false",
            f"algorithm.prompts_per_step={PROMPTS}",
            f"algorithm.group_size={GROUP}",
            "engine.verl.reward_workers=1",
            "scoring.workers=1",
            "scoring.max_error_rate=1",
            "scoring.probe=off",
        ],
    )
    config.engine.verl.overrides = list(OVERRIDES)
    environment = cpu_environment(str(VLLM))
    killer = threading.Thread(target=kill_trainer, args=(folder,), daemon=True)
    killer.start()
    with pytest.raises(EngineError, match=f"after step {KILLED_AFTER}. It was ended by SIGKILL"):
        training.train(config, environment=environment, limit=LIMIT)
    killer.join()
    done = training.resume(folder, environment=environment, limit=LIMIT)
    assert (done.finished, done.step) == (True, STEPS)
    return folder


def kill_trainer(folder):
    """As the kernel does when memory runs out, once a step is told and its samples are dumped."""
    told, dumped = folder / METRICS, folder / f"verl-rollouts/{KILLED_AFTER}.jsonl"
    while not (dumped.is_file() and told.is_file() and f'"step":{KILLED_AFTER}' in told.read_text()):
        time.sleep(0.02)
    for process in psutil.Process().children(recursive=True):
        words = process.cmdline()
        if "verl.trainer.main_ppo" in words and "rlvr.verl.run.warden" not in words:
            process.kill()
            return


def judged(run):
    found = [json.loads(line) for file in (run / "judged").iterdir() for line in file.read_text().splitlines()]
    return [line for line in found if line["split"] == "train"]


def trained_on(run):
    """What verl itself wrote down of each sample it trained on."""
    return [json.loads(line) for step in range(1, STEPS + 1) for line in (run / f"verl-rollouts/{step}.jsonl").open()]


def test_every_step_was_trained_once(run):
    lines = read_metrics(RunFolder(run))
    assert [line["step"] for line in lines] == [0, 1, 2, 3]
    assert all(math.isfinite(line[name]) for line in lines[1:] for name in ("loss", "grad_norm", "lr", "reward/mean"))
    assert [line["samples/error"] for line in lines[1:]] == [0.25] * 3
    assert ["eval/strict" in line for line in lines] == [True, False, False, True]
    assert len(judged(run)) == STEPS * PROMPTS * GROUP
    assert any((run / "checkpoints").glob("global_step_3/actor/*"))


def test_it_was_gone_on_with_after_the_second_step(run):
    (resumed,) = json.loads((run / "provenance.json").read_text())["resumed"]
    assert resumed["after_step"] == KILLED_AFTER


def test_the_metrics_that_have_names_of_ours_are_there(run):
    (*_, last) = [json.loads(line)["data"] for line in (run / METRICS).open()]
    assert NAMES.keys() - last.keys() == set()


def test_rollout_and_trainer_have_the_same_log_probabilities(run):
    lines = read_metrics(RunFolder(run))
    assert max(line["verl/training/rollout_probs_diff_mean"] for line in lines[1:]) < 1e-4


def test_rollouts_are_those_that_were_judged_and_their_advantages_verls(run):
    lines = {line["step"]: line for line in read_metrics(RunFolder(run))}
    rows = read_rollouts(RunFolder(run)).to_pylist()
    assert Counter((row["step"], row["group"]) for row in rows) == {
        (step, group): GROUP for step in range(1, STEPS + 1) for group in range(PROMPTS)
    }
    assert {row["n_prompt_tokens"] for row in rows} == {5, 6}
    kept = sorted((row["step"], row["completion"], row["score"]) for row in rows if row["used"])
    told = sorted((line["step"], line["completion"], line["trained_on"]) for line in judged(run))
    assert kept == [row for row in told if row[2] is not None]
    for step in range(1, STEPS + 1):
        advantages = [row["advantage"] for row in rows if row["step"] == step]
        assert max(advantages) == pytest.approx(lines[step]["verl/critic/advantages/max"], abs=1e-6)
        assert min(advantages) == pytest.approx(lines[step]["verl/critic/advantages/min"], abs=1e-6)


def test_the_report_has_the_run(run, rlvr):
    done = rlvr("report", run)
    assert done.out.strip() == str(run / "report.html")
    assert "3 of 3" in (run / "report.html").read_text()


def test_the_export_is_what_verls_own_merger_writes(run, rlvr, verl):
    import torch
    from safetensors.torch import load_file
    from verl.model_merger.base_model_merger import ModelMergerConfig
    from verl.model_merger.fsdp_model_merger import FSDPModelMerger

    mine, theirs, actor = run.parent / "mine", run.parent / "theirs", run / "checkpoints/global_step_3/actor"
    done = rlvr("export", run, "--to", mine)
    assert done.out.strip() == f"Wrote the policy after step 3 to {mine}; its logits, reloaded, are the policy's."
    folders = {"local_dir": str(actor), "target_dir": str(theirs), "hf_model_config_path": str(actor / "huggingface")}
    FSDPModelMerger(ModelMergerConfig(operation="merge", backend="fsdp", **folders)).merge_and_save()
    ours, merged, left = (load_file(folder / "model.safetensors") for folder in (mine, theirs, run / training.EXPORTED))
    start = load_file(run / "model" / "model.safetensors")
    assert ours.keys() == merged.keys() == left.keys()
    for name, weight in ours.items():
        assert torch.equal(weight, left[name])
        assert torch.equal(weight.bfloat16(), merged[name])  # the merger rounds
    assert any(not torch.equal(weight, start[name]) for name, weight in ours.items())


def test_verl_trained_on_the_scores_of_our_rewards_one_by_one(run):
    import pyarrow.parquet as pq

    tasks = {
        task.id: task
        for row in pq.read_table(run / "data/train.parquet").to_pylist()
        for task in [task_in(row["extra_info"])]
    }
    lines = [line for line in judged(run) if line["trained_on"] is not None]
    assert len(lines) == STEPS * GROUP * 2
    for line in lines:
        task = tasks[line["id"].partition("#")[0]]
        with Scorer(registry.get(task.reward), workers=1) as scorer:
            (verdict,) = scorer.score([sample_of(task, line["completion"], truncated=line["truncated"])])
        assert verdict.score == line["trained_on"]
    ours = sorted((line["step"], line["group"], line["trained_on"]) for line in lines)
    theirs = sorted(
        (row["step"], row["uid"].rsplit("_", 2)[0], row["score"])
        for row in trained_on(run)
        if not math.isnan(row["score"])
    )
    assert [row[:2] for row in ours] == [row[:2] for row in theirs]
    assert [row[2] for row in ours] == pytest.approx([row[2] for row in theirs])


def test_what_hangs_and_crashes_is_counted_and_masked(run):
    statuses = {line["id"].partition("#")[0]: line["verdict"]["status"] for line in judged(run)}
    assert statuses == {"sum": "scored", "spread": "scored", "hangs": "timeout", "crashes": "error"}
    masked = [row for row in trained_on(run) if math.isnan(row["score"])]
    assert {row["input"] for row in masked} == {"hang", "crash"}
    assert len(masked) == STEPS * GROUP * 2
    assert len(KEYS) == 8
