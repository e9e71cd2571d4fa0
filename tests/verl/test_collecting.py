"""What verl leaves of a run becomes what the embedded engine would have left."""

import json
import math
import shutil
from contextlib import closing

import pytest

from rlvr.config import from_yaml, load, resolved_yaml
from rlvr.observe.metrics import MetricsLog, read_metrics
from rlvr.observe.report import write_report
from rlvr.observe.rollout_rows import read_rollouts, rollout_steps
from rlvr.observe.run_folder import RunFolder
from rlvr.verl.run.collecting import Collector
from rlvr.verl.run.judged_samples import Asked, forget_judged_after, place, read_asked
from rlvr.verl.run.metric_names import renamed
from rlvr.verl.settings.preparing import prepare

# Some of what verl 0.9.1 logs of a step.
LOGGED = {
    "actor/loss": -0.25,
    "actor/grad_norm": 1.79,
    "actor/lr": 5e-05,
    "actor/entropy": 4.4,
    "actor/kl_loss": 0.01,
    "actor/pg_clipfrac": 0.0,
    "rollout_corr/k3_kl": 0.0,
    "critic/score/mean": None,
    "timing_s/gen": 2.0,
    "timing_s/step": 4.0,
    "training/num_turns/mean": 2,
}
VALIDATED = {"val-core/math.final_number/acc/mean@1": 0.5}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A run of two steps of four tasks, two samples of each."""
    root = tmp_path_factory.mktemp("collected")
    tasks = [{"prompt": f"{n}+1=", "reference": str(n + 1), "id": f"task-{n}"} for n in range(4)]
    file = root / "tasks.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in tasks))
    sources = [f"data.tasks={file}", "data.env=null", f"eval.tasks={file}", "reward=math.final_number"]
    plain = ["engine=verl", "optim.schedule=constant", "optim.warmup_steps=0", "sft.steps=0", "eval.lenient=null"]
    small = ["run.steps=2", "algorithm.prompts_per_step=4", "algorithm.group_size=2"]
    prepare(load("quickstart", [*plain, *small, *sources]), root / "run")
    (root / "run" / "judged").mkdir()
    return root / "run"


@pytest.fixture
def folder(prepared, tmp_path):
    """The run before its first step."""
    return RunFolder.open(shutil.copytree(prepared, tmp_path / "run"))


def judge(folder, step, scores, *, split="train", actor="host-1"):
    """What a reward actor writes of a step: two samples of each task, in the order of the second task first."""
    name = "train" if split == "train" else "eval"
    asked = read_asked(folder.path / "data" / f"{name}.parquet")
    asked = asked[(step - 1) * 4 : step * 4] if split == "train" else asked
    with (folder.path / "judged" / f"{actor}.jsonl").open("a") as file:
        for group, row in reversed(list(enumerate(asked))):
            for session, score in enumerate(scores[group]):
                scored = score is not None
                verdict = {"score": score, "status": "scored" if scored else "error"}
                line = {
                    "time": 1.0,
                    "step": step,
                    "split": split,
                    "id": f"{row.task.id}#{session}",
                    "group": f"uid-{step}-{group}",
                    "reward": "math.final_number@1+619ecc301187",
                    "name": "math.final_number",
                    "trained_on": score,
                    "verdict": verdict,
                    "seconds": 0.01 * (session + 1),
                    "truncated": False,
                    "tokens": 4 + session,
                    "completion": f"{step}.{group}.{session}",
                }
                file.write(json.dumps(line) + "\n")


@pytest.fixture
def collect(folder):
    """Goes through steps with a collector of its own, as each start of the trainer has."""

    def through(*steps):
        with closing(MetricsLog(folder, tensorboard=False)) as log:
            collector = Collector(from_yaml(folder.config_path), folder, log)
            for step, data in steps:
                collector.step(step, data)
        return {line["step"]: line for line in read_metrics(folder)}

    return through


FIRST = [(1.0, 0.0), (1.0, 1.0), (0.0, 0.0), (None, 1.0)]
SECOND = [(1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 0.0)]


def test_metrics_have_the_embedded_engines_names(folder, collect):
    judge(folder, 1, FIRST)
    line = collect((1, LOGGED))[1]
    assert (line["loss"], line["grad_norm"], line["entropy"]) == (-0.25, 1.79, 4.4)
    assert (line["groups/usable"], line["groups/all_right"], line["groups/all_wrong"]) == (0.25, 0.5, 0.25)
    assert line["reward/mean"] == pytest.approx(4 / 7)
    assert line["samples/error"] == 1 / 8
    assert line["tokens/per_second"] == (4 + 5) * 4 / 4.0
    assert (line["length/mean"], line["length/max"]) == (4.5, 5.0)
    assert line["latency/math.final_number/max_ms"] == 20.0
    assert line["verl/actor/pg_clipfrac"] == 0.0
    assert "verl/critic/score/mean" not in line


def test_the_learning_rate_is_that_of_the_steps_own_updates(folder, collect):
    for step, scores in ((1, FIRST), (2, SECOND)):
        judge(folder, step, scores)
    lines = collect((1, LOGGED), (2, LOGGED | {"actor/lr": 7e-05}))
    rate = from_yaml(folder.config_path).optim.lr
    assert [lines[1]["lr"], lines[2]["lr"]] == [rate, 5e-05]


def test_a_kl_term_means_the_same_only_where_it_is_averaged_over_tokens(config):
    told = config("algorithm.kl.coef=0.1", "algorithm.kl.place=loss", "algorithm.aggregation=token-mean")
    assert renamed(LOGGED, told)["kl/reference"] == 0.01
    told = config("algorithm.kl.coef=0.1", "algorithm.kl.place=loss", "algorithm.aggregation=seq-mean-token-mean")
    assert renamed(LOGGED, told)["verl/actor/kl_loss"] == 0.01


def test_held_out_scores_are_those_of_the_judged_samples(folder, collect):
    judge(folder, 0, [(1.0,), (0.0,), (None,), (1.0,)], split="eval")
    line = collect((0, VALIDATED))[0]
    assert (line["eval/strict"], line["eval/strict_failed"], line["eval/tasks"]) == (pytest.approx(2 / 3), 0.25, 4.0)
    assert line["verl/val-core/math.final_number/acc/mean@1"] == 0.5


def test_rollouts_have_task_group_and_advantage(folder, collect):
    judge(folder, 1, FIRST)
    collect((1, LOGGED))
    rows = read_rollouts(folder).to_pylist()
    assert [(row["group"], row["sample"], row["completion"]) for row in rows[:3]] == [
        (0, 0, "1.0.0"),
        (0, 1, "1.0.1"),
        (1, 0, "1.1.0"),
    ]
    asked = read_asked(folder.path / "data" / "train.parquet")
    assert [row["task_id"] for row in rows[::2]] == [each.task.id for each in asked[:4]]
    assert rows[0]["advantage"] == pytest.approx(math.sqrt(0.5), abs=1e-5)
    assert [row["advantage"] for row in rows[2:]] == [0.0] * 6
    assert [row["used"] for row in rows] == [True] * 6 + [False, True]
    assert rows[0]["reference"] == json.dumps(asked[0].task.reference)


def test_a_step_that_is_told_again_is_not_written_again(folder, collect):
    judge(folder, 1, FIRST)
    collect((1, LOGGED))
    collect((1, LOGGED))
    assert [line["step"] for line in read_metrics(folder)] == [1]
    assert rollout_steps(folder) == [1]


def test_steps_after_the_checkpoint_are_forgotten_and_lost_ones_made_up(folder, collect):
    # The trainer was killed in step 2, and before it told of step 1, of which there is a checkpoint.
    judge(folder, 1, FIRST)
    judge(folder, 2, FIRST)
    (folder.path / "judged" / "host-1.jsonl").open("a").write('{"step": 2, "torn')
    forget_judged_after(folder.path, 1)
    with closing(MetricsLog(folder, tensorboard=False)) as log:
        collector = Collector(from_yaml(folder.config_path), folder, log)
        collector.catch_up(1)
        judge(folder, 2, SECOND, actor="host-2")
        collector.step(2, LOGGED)
    first, second = read_metrics(folder)
    assert (first["step"], first["reward/mean"]) == (1, pytest.approx(4 / 7))
    assert "loss" not in first
    assert (second["step"], second["reward/mean"]) == (2, 7 / 8)
    assert read_rollouts(folder).num_rows == 2 * 8


def test_the_supervised_trainer_tells_of_a_step_in_two_lines(folder, collect):
    config = from_yaml(folder.config_path)
    config.stage = "sft"
    folder.config_path.write_text(resolved_yaml(config))
    trained = {"train/loss": 2.0, "train/grad_norm": 0.5, "train/lr": 0.001}
    told = [(1, trained), (2, trained | {"train/loss": 1.5}), (2, {"val/loss": 1.75})]
    collect(*told)
    collect(*told)
    lines = read_metrics(folder)
    assert [line["step"] for line in lines] == [1, 2, 2]
    assert [line.get("sft/loss") for line in lines] == [2.0, 1.5, None]
    assert [line.get("lr") for line in lines] == [0.0, 0.001, None]  # the first step of a warm-up
    assert lines[2]["eval/loss"] == 1.75


def test_the_report_shows_a_run_that_is_still_going(folder, collect):
    judge(folder, 1, FIRST)
    collect((1, LOGGED))
    page = write_report(folder).read_text()
    assert "1 of 2" in page
    assert "1.0.0" in page


def test_a_task_that_comes_twice_in_a_step_has_two_groups(folder):
    (row, *_) = read_asked(folder.path / "data" / "train.parquet")
    lines = [
        {"id": f"{row.task.id}#{session}", "group": uid, "verdict": {"score": 1.0, "status": "scored"}}
        for uid in ("a", "b")
        for session in (0, 1)
    ]
    assert [(each.group, each.sample) for each in place(lines, [row, row])] == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_a_row_that_could_not_be_read_has_a_group_behind_the_others(folder):
    rows = read_asked(folder.path / "data" / "train.parquet")[:2]
    unread = {"id": "", "group": "u", "verdict": {"score": None, "status": "error", "explanation": "no task"}}
    (sample,) = place([unread], rows)
    assert (sample.group, sample.asked) == (2, Asked(sample.asked.task))
