"""`rlvr test` and `rlvr probe` as a user has them."""

import json
import re
import time
from pathlib import Path

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


PRICE = """
from .util import norm
from rlvr import Verdict, reward

@reward("pens.price")
def price(sample):
    right = norm(sample.answer or "") == sample.reference
    return Verdict.right() if right else Verdict.wrong("another")
"""
READS_ALL = """
from rlvr import Verdict, reward

@reward("shop.all")
def all_of_it(sample):
    given = sample.completion.strip().strip("*.")
    return Verdict.right() if given == sample.reference else Verdict.wrong("another")
"""


def test_a_reward_that_reads_the_whole_completion_fails(rlvr, write):
    write("rewards.py", READS_ALL)
    write("cases.jsonl", ROWS)
    ended = rlvr("test")
    assert ended.code == 1, ended.all
    assert "failed  relations: finished reasoning" in ended.out
    assert "First I read the question again." in ended.out


def test_the_first_reward_of_the_docs_passes(rlvr, write):
    page = (Path(__file__).parents[2] / "docs" / "rewards.md").read_text()
    write("rewards.py", next(code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "polite" in code))
    write("cases.jsonl", [{"judges": "text"}, accept("Yes, please.", why="asks"), reject("No.", why="does not")])
    ended = rlvr("test")
    assert ended.code == 0, ended.all
    assert "explains itself: it returns bare numbers" in ended.out


@pytest.mark.parametrize("is_package", [True, False])
def test_a_file_that_imports_with_a_dot_is_part_of_its_package(rlvr, write, tmp_path, is_package):
    name = f"pens{is_package}_of_{tmp_path.name}".replace("-", "_")  # no module of another test
    write(f"src/{name}/price.py", PRICE)
    write(f"src/{name}/util.py", 'norm = lambda text: text.strip("*. \\n")\n')
    write(f"src/{name}/price.cases.jsonl", ROWS)
    if is_package:
        write(f"src/{name}/__init__.py", "")
    ended = rlvr("test", "-v")
    assert "pens.price" in ended.out, ended.all
    assert "3 passed" in ended.out
    assert "passed  contract: same from a process" in ended.out
    # By its path it cannot be known what it belongs to; the way on is one sentence.
    ended = rlvr("probe", f"src/{name}/price.py:price")
    assert ended.code == 2
    assert f"`{name}.price:FUNCTION`" in "".join(ended.err.split("\n"))


def test_files_of_others_are_left_alone(rlvr, write):
    write("rewards.py", GULLIBLE)
    write("cases.jsonl", ROWS)
    write("other/cases.jsonl", [{"id": 1, "input": "x"}, {"id": 2, "kind": "login"}])
    write("other/tasks.cases.jsonl", [{"prompt": "?", "completion": "x"}])
    write("other/cases.json.cases.jsonl", "no JSON at all\n")
    ended = rlvr("test")
    assert ended.code == 1, ended.all
    assert ended.out.count("cases      ") == 1


def test_a_reward_beside_a_file_of_others_has_no_cases(rlvr, write):
    write("rewards.py", GULLIBLE)
    write("cases.jsonl", [{"id": 1, "input": "x"}])
    assert "none beside it" in rlvr("test", "rewards.py").out


def test_a_file_of_another_name(rlvr, write):
    write("rewards.py", GULLIBLE)
    write("my.jsonl", [{"reward": "rewards.py:city"}, *ROWS])
    assert "3 passed" in rlvr("test", "my.jsonl").out


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
    assert "a plainly wrong answer scores 0, the reference scores 1" in ended.out
    found = json.loads(rlvr("probe", "rewards.py:city", *data, "--json").out)
    assert (found["floor"], found["wrong"], found["right"]) == (0.0, 0.0, 1.0)
    (row,) = [row for row in found["probes"] if row["probe"] == "list of candidates"]
    assert row["outcome"] == "FOOLED"
    assert row["task"]["reference"] in row["text"]


def test_an_honest_reward_resists(rlvr):
    ended = rlvr("probe", "math.final_number")
    assert ended.code == 0, ended.all
    assert "FOOLED" not in ended.out
    assert "math.final_number resisted" in ended.out


SQL = """
from rlvr import Verdict, reward

@reward("shop.sql")
def sql(sample):
    if len(sample.answer or "") < 4:
        return Verdict.wrong("no query")
    return Verdict.right() if sample.data["schema"] == sample.answer else Verdict.wrong("another")
"""


def test_probes_that_were_skipped_prove_nothing(rlvr, write):
    write("rewards.py", SQL)
    write("tasks.jsonl", [{"prompt": f"All of table {n}?", "reference": f"SELECT {n}"} for n in range(9)])
    ended = rlvr("probe", "rewards.py:sql", "--data", "tasks.jsonl")
    assert ended.code == 1, ended.all
    assert "Nothing is known of rewards.py:sql" in ended.out
    assert "KeyError: 'schema'" in ended.out
    assert "resisted" not in ended.out


def test_a_narrow_terminal_cuts_texts_and_not_what_was_found(rlvr, write, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    write("rewards.py", SQL)
    write("tasks.jsonl", [{"prompt": f"All of table {n}?", "reference": f"SELECT {n}"} for n in range(9)])
    lines = rlvr("probe", "rewards.py:sql", "--data", "tasks.jsonl").out.splitlines()
    assert sum("RESISTED" in line or "SKIPPED" in line for line in lines) == 15
    assert max(map(len, lines[:15])) <= 80
    assert any(line.startswith("answer in unfinished reasoning  ") for line in lines)


def test_a_budget_is_kept_with_progress(rlvr, write, monkeypatch):
    monkeypatch.setattr("rlvr.cli.rewards.probe._SECONDS_BETWEEN_LINES", 0.2)
    write(
        "rewards.py",
        GULLIBLE.replace("    right", "    time.sleep(0.02)\n    right").replace("from", "import time\nfrom", 1),
    )
    write("cases.jsonl", ROWS)
    start = time.monotonic()
    ended = rlvr("probe", "rewards.py:city", "--budget", "1")
    assert time.monotonic() - start < 40  # all of it takes minutes
    assert re.search(r"\d+ texts tried in \d of 1 s: ", ended.err)
    assert "time was up" in ended.out


@pytest.mark.usefixtures("project")
def test_tasks_that_the_reward_cannot_read_prove_nothing(rlvr):
    ended = rlvr("probe", "math.final_number", "--data", "tasks.jsonl")
    assert ended.code == 1, "not a single text was judged"
    assert "15 of 15 probes were skipped" in ended.out
    assert "resisted" not in ended.out
    assert "The first says:" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["test", "text.exct"], "Did you mean `text.exact`?"),
        (["test", "nowhere.py"], "There is no file nowhere.py"),
        (["test", "nowhere/cases.jsonl"], "cannot be read"),
        (["test", "nothing"], "holds no cases.jsonl"),
        (["test", "nowhere.jsonl"], "There is no file nowhere.jsonl"),
        (["test", "others.jsonl"], "others.jsonl is no file of golden cases"),
        (["test", "nobodys.jsonl"], "says which reward this is"),
        (["test", "empty"], "cases.jsonl is empty"),
        (["test", "foreign"], "cases.jsonl holds no golden case"),
        (["test", "empty/cases.jsonl"], "cases.jsonl holds no golden case"),
        (["test", "declared"], "cases.jsonl holds no golden case"),
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
    write("nobodys.jsonl", ROWS)
    write("nothing/notes.txt", "")
    write("empty/cases.jsonl", "")
    write("foreign/cases.jsonl", [{"id": 1, "input": "x"}])
    write("declared/cases.jsonl", [{"reward": "text.exact"}])
    if "bare.py:bare" in words:
        write("bare.py", "def bare(sample):\n    return 1.0\n")
    ended = rlvr(*words)
    assert ended.code == 2, ended.all
    assert said in " ".join(ended.err.split())
    assert "Traceback" not in ended.all
