"""Tasks of several rewards in one file, read by verl's own dataset; and what the verbs say."""

import json

import pytest

from rlvr.errors import ConfigError, DataError, UnknownRewardError
from rlvr.sample import Message, Task
from rlvr.verl.data.rows import task_in
from rlvr.verl.settings.preparing import export_tasks, prepare

MIXED = [
    Task("2+2=", reference="4", reward="text.exact", id="sum"),
    Task(
        (Message("user", "Write a list."),), reference={"ids": ["list"], "kwargs": [{}]}, reward="text.exact", id="list"
    ),
    Task(
        (Message("system", "Translate."), Message("user", "Hallo")),
        reference=["hi", "hello"],
        data={"pair": "de-en"},
        id="mt",
    ),
    Task(
        "Write code.",
        reference=None,
        data={"tests": [{"in": 1, "out": [1, {"x": None}]}]},
        reward="text.last_word",
        id="code",
    ),
]


def test_a_mixed_file_loads_in_verls_own_dataset(verl, tmp_path):
    from transformers import AutoTokenizer
    from verl.utils.dataset.rl_dataset import RLHFDataset

    from rlvr.config.paths import resolve_folder
    from rlvr.verl.settings.composed import compose

    halves = [
        export_tasks(part, tmp_path / f"{i}.parquet", "text.exact") for i, part in enumerate((MIXED[:2], MIXED[2:]))
    ]
    tokenizer = AutoTokenizer.from_pretrained(resolve_folder("pkg://rlvr.recipes.quickstart"))
    config = compose(["data.filter_overlong_prompts=False"]).data
    data = RLHFDataset([str(half) for half in halves], tokenizer, config)
    rows = [data[i] for i in range(len(data))]
    assert [row["data_source"] for row in rows] == ["text.exact", "text.exact", "text.exact", "text.last_word"]
    assert [row["raw_prompt"][-1]["content"] for row in rows] == ["2+2=", "Write a list.", "Hallo", "Write code."]
    read = [task_in(row["extra_info"]) for row in rows]
    assert [(task.prompt, task.reference, task.data) for task in read] == [
        (t.prompt, t.reference, t.data) for t in MIXED
    ]
    assert json.loads(rows[1]["reward_model"]["ground_truth"]) == MIXED[1].reference


def test_a_task_without_a_reward_and_a_reward_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="Task 'mt' names no reward"):
        export_tasks(MIXED, tmp_path / "x.parquet")
    with pytest.raises(UnknownRewardError):
        export_tasks(MIXED, tmp_path / "x.parquet", "text.exakt")


def test_the_folder_of_a_run_holds_all_that_verl_reads(config, tmp_path):
    import pyarrow.parquet as pq

    plan = prepare(config(), tmp_path / "run")
    assert plan.problems == []
    assert pq.read_table(tmp_path / "run/data/train.parquet").num_rows == 2 * 4
    assert pq.read_table(tmp_path / "run/data/eval.parquet").num_rows == 4
    assert (tmp_path / "run/model/model.safetensors").is_file()
    assert json.loads((tmp_path / "run/verl-overrides.json").read_text()) == plan.overrides


def test_the_tasks_are_those_of_the_embedded_engine_in_its_order(config, tmp_path):
    import pyarrow.parquet as pq

    from rlvr.engine.run.data import task_streams
    from rlvr.tasks.mixture import TaskMixture

    made = config()
    prepare(made, tmp_path / "run")
    streams = task_streams(made.data, made.eval, seed=made.run.seed)
    drawn = TaskMixture(streams.train, streams.weights, seed=made.run.seed).draw(8)
    rows = pq.read_table(tmp_path / "run/data/train.parquet").to_pylist()
    assert [task_in(row["extra_info"]).prompt for row in rows] == [one.task.prompt for one in drawn]


def test_a_prompt_that_is_too_long_is_refused_by_name(config, tmp_path):
    with pytest.raises(DataError, match="limit is 2"):
        prepare(config("data.max_prompt_tokens=2"), tmp_path / "run")


def test_a_reward_that_compares_is_refused(config, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from rlvr import group_reward\n@group_reward('t.best')\ndef best(samples):\n    return [0.0] * len(samples)\n"
    )
    with pytest.raises(ConfigError, match="compares the samples of a group"):
        prepare(config(f"reward={file}:best", "data.env=null", f"data.tasks={_tasks(tmp_path)}"), tmp_path / "run")


def _tasks(folder):
    (folder / "tasks.jsonl").write_text('{"prompt": "2+2=", "reference": "4"}\n')
    return folder / "tasks.jsonl"


PLAIN = ["optim.schedule=constant", "sft.steps=0", "eval.lenient=null"]


def test_plan_shows_keys_and_the_command(rlvr):
    done = rlvr("plan", "quickstart", "engine=verl", *PLAIN)
    assert done.code == 0
    assert "algorithm.adv_estimator=rlvr_grpo  algorithm.advantage" in done.out
    assert "python -m verl.trainer.main_ppo \\\n  data.train_files=" in done.out
    wrong = rlvr("plan", "quickstart", "engine=verl", *PLAIN, "engine.verl.overrides=[trainer.nodes=2]")
    assert wrong.code == 1
    assert "trainer.nodes: verl 0.9.1 has no such key. Did you mean `trainer.nnodes`?" in wrong.out


def test_train_names_what_verl_cannot_do_before_there_is_a_folder(rlvr, tmp_path):
    done = rlvr("train", "recipe=quickstart", "engine=verl", f"run.dir={tmp_path}/runs")
    assert done.code == 2
    assert "optim.schedule: verl has no `linear`" in done.err
    assert not (tmp_path / "runs").exists()


def test_export_as_a_verb(rlvr, tmp_path):
    import pyarrow.parquet as pq

    done = rlvr("verl", "export", _tasks(tmp_path), "--to", tmp_path / "out.parquet", "--reward", "text.exact")
    assert done.out.strip() == f"Wrote 1 task to {tmp_path}/out.parquet."
    assert pq.read_table(tmp_path / "out.parquet").to_pylist()[0]["data_source"] == "text.exact"
    wrong = rlvr("verl", "export", _tasks(tmp_path), "--to", tmp_path / "out.parquet")
    assert wrong.code == 2
    assert "names no reward" in wrong.err
