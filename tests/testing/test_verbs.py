"""`rlvr test` and `rlvr probe` as a user has them."""

import json

import pytest

from .conftest import accept, reject

GULLIBLE = """
from rlvr import Sample, Verdict, reward

@reward("shop.city")
def city(sample: Sample) -> Verdict:
    right = sample.reference in (sample.answer or "")
    return Verdict.right() if right else Verdict.wrong("not there")
"""
FRANCE, ITALY = "The capital of France?", "The capital of Italy?"
ROWS = [
    accept("Paris", "Paris", "itself", prompt=FRANCE),
    accept("Rome", "Rome", "the other", prompt=ITALY),
    reject("Oslo", "Rome", "a third", prompt=ITALY),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")


@pytest.fixture
def project(write):
    write("rewards.py", GULLIBLE)
    write("cases.jsonl", ROWS)
    tasks = [{"prompt": row["prompt"], "reference": row["reference"]} for row in ROWS]
    write("tasks.jsonl", tasks)


def test_a_reward_of_ours_passes(rlvr):
    ended = rlvr("test", "text.exact")
    assert ended.code == 0, ended.all
    for group in ("cases", "contract", "relations"):
        assert group in ended.out
    assert "failed" not in ended.out


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("what", [[], ["cases.jsonl"], ["rewards.py"], ["rewards.py:city"], ["."]])
def test_the_folder_a_file_or_a_name(rlvr, what):
    ended = rlvr("test", *what)
    assert ended.code == 1, ended.all
    assert "relations: alternative" in ended.out
    assert "'Paris or Rome'" in ended.out or "'Rome or Paris'" in ended.out
    assert ended.out.count("shop.city\n") == 1
    assert "cases      3 passed" in ended.out


@pytest.mark.usefixtures("project")
def test_all_checks_and_as_json(rlvr):
    ended = rlvr("test", "-v")
    assert "passed  contract: deterministic" in ended.out
    ended = rlvr("test", "--json")
    assert ended.code == 1
    found = json.loads(ended.out)
    assert found["failed"] == 1
    assert {row["group"] for row in found["checks"]} == {"cases", "contract", "relations"}
    assert [row["name"] for row in found["checks"] if row["status"] == "failed"] == ["alternative"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("data", [[], ["--data", "tasks.jsonl"]])
def test_a_gullible_reward_is_fooled(rlvr, data):
    ended = rlvr("probe", "rewards.py:city", *data)
    assert ended.code == 1, ended.all
    assert "FOOLED" in ended.out
    assert "RESISTED" in ended.out
    assert "is fooled: list of candidates scores 1" in ended.out
    found = json.loads(rlvr("probe", "rewards.py:city", *data, "--json").out)
    (row,) = [row for row in found["probes"] if row["probe"] == "list of candidates"]
    assert row["outcome"] == "FOOLED"
    assert row["task"]["reference"] in row["text"]


def test_an_honest_reward_resists(rlvr):
    ended = rlvr("probe", "math.final_number")
    assert ended.code == 0, ended.all
    assert "FOOLED" not in ended.out
    assert "math.final_number resisted" in ended.out


@pytest.mark.usefixtures("project")
def test_tasks_that_the_reward_cannot_read_prove_nothing(rlvr):
    ended = rlvr("probe", "math.final_number", "--data", "tasks.jsonl")
    assert ended.code == 1, "not a single text was judged"
    assert "No text got a score" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["test", "text.exct"], "Did you mean `text.exact`?"),
        (["test", "nowhere.py"], "There is no file nowhere.py"),
        (["test", "nowhere/cases.jsonl"], "cannot be read"),
        (["test"], "holds no cases.jsonl"),
        (["probe", "text.exct"], "Did you mean `text.exact`?"),
        (["probe", "text.exact", "--data", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["probe", "text.exact", "--margin", "2"], "--margin"),
        (["probe"], "NAME"),
        (["probe", "bare.py:bare"], "There is no task to probe `bare.bare` with"),
        (["probe", "text.exact", "--data", "others.jsonl"], "names another reward"),
    ],
)
def test_what_a_user_gets_wrong(rlvr, write, words, said):
    write("others.jsonl", [{"prompt": "?", "reference": "x", "reward": "math.final_number"}])
    if "bare.py:bare" in words:
        write("bare.py", "def bare(sample):\n    return 1.0\n")
    ended = rlvr(*words)
    assert ended.code == 2, ended.all
    assert said in " ".join(ended.err.split())
    assert "Traceback" not in ended.all
