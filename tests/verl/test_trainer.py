"""verl's real trainer, vLLM and FSDP2 on CPU, over a file of several tasks: what it trained on is what our rewards say.

make test-verl
"""

import json
import math
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from rlvr import registry
from rlvr.sample import sample_of
from rlvr.scoring import Scorer
from rlvr.verl.cpu_platform import OVERRIDES, cpu_environment
from rlvr.verl.judging import KEYS
from rlvr.verl.preparing import prepare
from rlvr.verl.rows import task_in
from tests.verl.conftest import REWARDS

VLLM = Path(__file__).parents[2] / ".venv" / "vllm"
LIMIT = 400
STEPS, PROMPTS, GROUP = 3, 4, 2
TASKS = [
    {"prompt": "1+1=", "reference": "2", "reward": "math.final_number", "id": "sum"},
    {"prompt": "12345", "reward": f"{REWARDS}:length", "id": "length"},
    {"prompt": "hang", "reward": f"{REWARDS}:hangs", "id": "hangs"},
    {"prompt": "crash", "reward": f"{REWARDS}:crashes", "id": "crashes"},
]

pytestmark = [
    pytest.mark.timeout(LIMIT + 60),
    pytest.mark.skipif(
        not (VLLM / ".done").is_file() and find_spec("vllm") is None,
        reason="vLLM's CPU build is not installed: make vllm",
    ),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of a run, once verl has gone through it."""
    from rlvr.config import load

    folder = tmp_path_factory.mktemp("verl") / "run"
    file = folder.parent / "tasks.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in TASKS))
    held_out = folder.parent / "eval.jsonl"
    held_out.write_text(json.dumps(TASKS[0]) + "\n")
    config = load(
        "quickstart",
        [
            "engine=verl",
            "optim.schedule=constant",
            "sft.steps=0",
            "eval.lenient=null",
            f"eval.tasks={held_out}",
            "data.env=null",
            f"data.tasks={file}",
            f"run.steps={STEPS}",
            "run.tensorboard=false",
            f"algorithm.prompts_per_step={PROMPTS}",
            f"algorithm.group_size={GROUP}",
            "engine.verl.reward_workers=1",
            "scoring.workers=1",
            "scoring.max_error_rate=1",
        ],
    )
    config.engine.verl.overrides = list(OVERRIDES)
    plan = prepare(config, folder)
    environment = os.environ | cpu_environment(str(VLLM)) | {"VERL_FILE_LOGGER_PATH": str(folder / "metrics.jsonl")}
    log = folder / "log"
    with log.open("wb") as out:
        done = subprocess.run(
            plan.command, env=environment, cwd=folder, stdout=out, stderr=out, timeout=LIMIT, check=False
        )
    assert done.returncode == 0, log.read_text(errors="replace")[-6000:]
    return folder


def judged(run):
    found = [json.loads(line) for file in (run / "judged").iterdir() for line in file.read_text().splitlines()]
    return [line for line in found if line["split"] == "train"]


def trained_on(run):
    """What verl itself wrote down of each sample it trained on."""
    return [json.loads(line) for step in range(1, STEPS + 1) for line in (run / f"verl-rollouts/{step}.jsonl").open()]


def test_every_step_was_trained(run):
    metrics = [json.loads(line) for line in (run / "metrics.jsonl").open()]
    steps = {row["step"]: row["data"] for row in metrics}
    assert set(steps) == {0, 1, 2, 3}
    assert all(math.isfinite(steps[step]["actor/grad_norm"]) for step in (1, 2, 3))
    assert len(judged(run)) == STEPS * PROMPTS * GROUP
    assert any((run / "checkpoints").glob("global_step_3/actor/*"))


def test_rollout_and_trainer_have_the_same_log_probabilities(run):
    rows = [json.loads(line)["data"] for line in (run / "metrics.jsonl").open()]
    assert max(row["training/rollout_probs_diff_mean"] for row in rows[1:]) < 1e-4


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
    assert statuses == {"sum": "scored", "length": "scored", "hangs": "timeout", "crashes": "error"}
    masked = [row for row in trained_on(run) if math.isnan(row["score"])]
    assert {row["input"] for row in masked} == {"hang", "crash"}
    assert len(masked) == STEPS * GROUP * 2
    assert len(KEYS) == 8
