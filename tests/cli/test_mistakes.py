"""What a user gets wrong: exit code 2, a message that says where and what to do, no traceback, nothing left behind."""

import json
import shutil

import pytest

from tests.trajectory import samples

from .conftest import plain, tasks


def refused(ended, *said):
    assert ended.code == 2, ended.all
    assert "Traceback" not in ended.all
    for words in said:
        assert words in plain(ended.err), ended.err


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("algorithm.group_size=1", "algorithm.group_size: `1` must be at least 2"),
        ("algorithm.mini_batches=3", "`3` does not divide algorithm.prompts_per_step=2"),
        ("algorithm.grup_size=4", "algorithm.grup_size: there is no such key. Did you mean `algorithm.group_size`?"),
        ("reward=math.final_numbr", "Did you mean `math.final_number`?"),
        ("reward=mine.py:score", "mine.py"),
        ("data.tasks=nowhere.jsonl", "there is no file `nowhere.jsonl`"),
        ("model.path=nowhere", "there is no folder `nowhere`"),
        ("run.steps=many", "run.steps: `many`"),
        ("optim.lr=-1", "optim.lr"),
        ("algorithm.advantage=gdpo", "gdpo"),
        ("engine.ranks=2", "engine.actors: `inline`"),
        ("recipe=grop", "Did you mean `grpo`?"),
        ("stray", "stray"),
    ],
)
def test_a_configuration_that_cannot_run(rlvr, words, project, override, said):
    refused(rlvr(*words(override)), said)
    assert not (project / "runs").exists()


def test_everything_wrong_is_said_at_once(rlvr, words):
    ended = rlvr(*words("algorithm.group_size=1", "data.tasks=nowhere.jsonl", "reward=nope", "run.stepz=1"))
    refused(ended, "has 4 problems", "group_size", "nowhere.jsonl", "nope", "run.steps")


def test_no_recipe(rlvr):
    refused(rlvr("train", "run.steps=1"), "recipe: name one", "quickstart")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"prompt": "1+1=", "reference": ', "line 3: no JSON"),
        ('{"reference": "2"}', "line 3: no `prompt`"),
        ('{"prompt": "1+1=", "refrence": "2"}', "unknown key `refrence`. Did you mean `reference`?"),
        ('{"question": "1+1?", "answer": "2 #### 2"}', "line 3:"),
    ],
)
def test_a_broken_line_of_the_tasks_is_named(rlvr, words, project, line, said):
    whole = (project / "tasks.jsonl").read_text().splitlines()
    (project / "tasks.jsonl").write_text("\n".join([*whole[:2], line, *whole[2:]]) + "\n")
    refused(rlvr(*words()), "tasks.jsonl", said)


def test_references_that_the_reward_cannot_read_end_the_run_and_say_why(rlvr, words, project):
    """Nothing is scored as zero: the samples are masked, and above `max_error_rate` the run stops."""
    file = project / "tasks.jsonl"
    file.write_text(
        "".join(json.dumps({"id": f"t{i}", "prompt": f"{i}=", "reference": "a dozen"}) + "\n" for i in range(8))
    )
    ended = rlvr(*words("run.steps=20"))
    refused(ended, "`math.final_number` could not score", "of the last", "a dozen", "[t", "max_error_rate")


def test_a_few_references_that_the_reward_cannot_read_are_masked(rlvr, words, project):
    file = project / "tasks.jsonl"
    rows = [{"id": f"t{i}", "prompt": f"{i}=", "reference": "a dozen" if i == 0 else "12"} for i in range(8)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ended = rlvr(*words("run.steps=4", "scoring.max_error_rate=0.5"))
    assert ended.code == 0, ended.all
    drawn = samples(project / "runs" / "it")
    assert {row["status"] for row in drawn if row["task_id"] == "t0"} == {"error"}
    assert all(row["used"] == (row["task_id"] != "t0") for row in drawn)
    assert all(row["advantage"] == 0 and row["score"] is None for row in drawn if row["task_id"] == "t0")


def test_a_prompt_that_is_too_long_is_named(rlvr, words, project):
    tasks(project / "tasks.jsonl", count=6)
    with (project / "tasks.jsonl").open("a") as file:
        file.write(json.dumps({"id": "the-long-one", "prompt": "1+" * 400, "reference": "400"}) + "\n")
    ended = rlvr(*words("data.max_prompt_tokens=64", "run.steps=9"))
    refused(ended, "the-long-one", "data.max_prompt_tokens")


def test_a_model_folder_without_a_tokenizer(rlvr, words, model_dir, project):
    folder = shutil.copytree(model_dir, project / "bare")
    for file in folder.glob("tokenizer*"):
        file.unlink()
    refused(rlvr(*words(f"model.path={folder}")), "bare has no tokenizer", "save_pretrained")


def test_a_model_folder_whose_weights_are_torn(rlvr, words, model_dir, project):
    folder = shutil.copytree(model_dir, project / "torn")
    (folder / "model.safetensors").write_bytes(b"torn")
    refused(rlvr(*words(f"model.path={folder}")), "torn holds no causal language model")


def test_a_run_of_that_name_is_there(rlvr, words):
    assert rlvr(*words()).code == 0
    refused(rlvr(*words()), "already holds a run", "rlvr resume runs/it")


def test_no_demonstrations_to_imitate(rlvr, words, project):
    (project / "bare.jsonl").write_text('{"prompt": "1+1=", "reference": "2"}\n')
    refused(rlvr(*words("recipe=sft", "data.tasks=bare.jsonl")), "no `demonstration`", "bare.jsonl:1")


def test_a_reward_that_is_declared_wrongly(rlvr, words, project):
    (project / "mine.py").write_text("def score(completion, reference):\n    return 1.0\n")
    refused(rlvr(*words("reward=mine.py:score")), "score")


@pytest.mark.parametrize(
    ("words_of", "said"),
    [
        (["resume", "nowhere"], "`nowhere` does not exist"),
        (["resume", "."], "no run folder"),
        (["export", "nowhere", "--to", "out"], "`nowhere` does not exist"),
        (["eval", "nowhere", "--tasks", "tasks.jsonl", "--reward", "text.exact"], "there is no folder `nowhere`"),
        (["eval", "nowhere", "--reward", "text.exact"], "--tasks"),
        (["config", "grop"], "Did you mean `grpo`?"),
        (["train", "--nonsense"], "--nonsense"),
    ],
)
def test_other_verbs(rlvr, words, words_of, said):
    refused(rlvr(*words_of), said)
