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
from rlvr.rewards.code.efficiency import score_of
from rlvr.rewards.code.extraction import blocks, program_of
from rlvr.sample import Sample, sample_of
from rlvr.testing import fooled, probe, subject_of

DATA = Path(__file__).parents[3] / "shared" / "data" / "code" / "HumanEval.jsonl.gz"
NAMES = (
    "code.stdio", "code.function", "code.asserts", "code.pytest", "code.compiles", "code.lint", "code.efficiency",
)  # fmt: skip
SUM = {"cases": [{"input": "2 3", "output": "5"}, {"input": "1 1", "output": "2"}]}


pytestmark = pytest.mark.usefixtures("sandbox")


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


@pytest.mark.parametrize(
    ("completion", "language", "program"),
    [
        (fenced("int x;", "cpp"), "cpp", "int x;\n"),
        (fenced("int x;", "C++"), "cpp", "int x;\n"),
        (fenced("int x;", "cpp"), "c++", "int x;\n"),
        (fenced("int x;", ""), "cpp", "int x;\n"),
        (fenced("x = 1"), "cpp", None),
        (fenced("int x;", "cpp") + "\nas in\n" + fenced("x = 1"), "cpp", "int x;\n"),
        (fenced("x", "klingon"), "javascript", None),
    ],
)
def test_the_program_in_another_language(completion, language, program):
    assert program_of(Sample(completion), language)[0] == program


@pytest.mark.parametrize(
    ("text", "found", "open_at_the_end"),
    [
        ("```\n" * 250_000, 125_000, False),
        ("`" * 1_000_000, 1, True),
        ("~~~python\n" * 100_000, 1, True),
        (" " * 1_000_000 + "```", 1, True),
        ("\n" * 1_000_000, 0, False),
        ("```python\n" + "x = 1\n" * 160_000 + "```", 1, False),
    ],
)
def test_extraction_takes_a_megabyte(text, found, open_at_the_end):
    got = blocks(text)
    assert len(got) == found
    assert bool(got and not got[-1].closed) == open_at_the_end
    assert sum(len(block.text) for block in got) <= len(text)


PUBLIC = SUM | {"cases": [*SUM["cases"], {"input": "4 4", "output": "8"}], "public": 1}


def test_public_tests_are_reported_and_earn_nothing_where_only_hidden_ones_count():
    reward = get_reward("code.stdio")
    shown_by_heart, hidden_by_heart = fenced("print(5)"), fenced("a, b = map(int, input().split())\nprint((a + b) % 5)")
    wrong_in_public = fenced("a, b = map(int, input().split())\nprint(a + b if a != 2 else 0)")

    def check(program, **data):
        return reward.check(program, reference=PUBLIC, data=data)

    verdict = check(shown_by_heart, score="fraction")
    assert verdict.metrics == {"passed": pytest.approx(1 / 3), "passed_public": 1.0, "passed_hidden": 0.0}
    assert verdict.score == pytest.approx(1 / 3)
    assert check(shown_by_heart, score="fraction", count="hidden").score == 0.0
    assert check(wrong_in_public).score == 0.0
    assert check(wrong_in_public, count="hidden").score == 1.0
    assert check(wrong_in_public, count="hidden").metrics["passed_public"] == 0.0
    assert check(hidden_by_heart, score="fraction", count="hidden").score == 0.5
    assert check(shown_by_heart, count="some").status is Status.ERROR
    for public in (4, -1, "1", True):
        assert reward.check(shown_by_heart, reference=PUBLIC | {"public": public}).status is Status.ERROR


def test_weights_of_pytest_style_tests_go_by_name():
    code = "from solution import f\nimport pytest\n@pytest.mark.parametrize('x', [1, 2])\n"
    code += "def test_a(x): assert f(x) == x\n"
    code += "def test_b(): assert f(3) == 4\n"
    reward, program = get_reward("code.pytest"), fenced("def f(x): return x")

    def score(**more):
        return reward.check(program, reference={"code": code} | more, data={"score": "fraction"}).score

    assert score() == pytest.approx(2 / 3)
    assert score(weights={"test_b": 2}) == 0.5
    assert score(weights={"test_a": 0, "test_b": 1}) == 0.0
    assert score(weights={"test_a[1]": 2}) == 0.75
    assert score(weights=[1, 2, 3]) is None
    verdict = reward.check(program, reference={"code": code, "public": ["test_a"]}, data={"count": "hidden"})
    assert (verdict.score, verdict.metrics["passed_public"]) == (0.0, 1.0)


def test_a_loop_in_one_test_leaves_the_others_their_credit():
    program = fenced("def f(x):\n    while x == 3: pass\n    return x")
    code = "from solution import f\ndef test_a(): assert f(1) == 1\ndef test_b(): assert f(3) == 3\n"
    code += "def test_c(): assert f(2) == 2\n"
    data = {"score": "fraction", "limits": {"cpu": 0.3}}
    verdict = get_reward("code.pytest").check(program, reference={"code": code}, data=data)
    assert verdict.score == pytest.approx(1 / 3)
    assert "time_limit" in verdict.explanation
    reference = {"code": ["assert f(1) == 1", "assert f(3) == 3"], "entry": ["f"]}
    assert get_reward("code.asserts").check(program, reference=reference, data=data).score == 0.5


def test_programs_in_another_language():
    reward, program = get_reward("code.stdio"), fenced("read a b\necho $((a + b))", "bash")
    assert reward.check(program, reference=SUM, data={"language": "bash"}).score == 1.0
    assert reward.check(program, reference=SUM).score == 0.0
    assert reward.check(program, reference=SUM, data={"language": "klingon"}).status is Status.ERROR


def test_the_efficiency_of_a_right_program():
    assert score_of([0.1] * 5, [0.1] * 5) == 0.5
    assert score_of([0.05, 0.051], [0.11, 0.111]) == 0.75
    assert score_of([0.02], [0.11]) == 1.0
    assert score_of([0.24], [0.11]) == 0.25
    assert score_of([9.0], [0.11]) == 0.0
    # Twice as fast, and within the noise of these runs: nothing either way.
    assert score_of([0.05, 0.1, 0.11], [0.1, 0.101, 0.102]) == 0.5
    assert score_of([0.05, 0.097, 0.11], [0.1, 0.101, 0.102]) == 0.75
    assert score_of([0.001], [0.0025]) == 0.5


def test_the_reference_solution_is_out_of_reach():
    reference = {"fn_name": "f", "cases": [{"args": [3], "expected": 6}], "solution": "SECRET = 6\ndef f(n): return 6"}
    search = (
        "import gc\ndef f(n):\n    key = ''.join(reversed('6 = TERCES'))\n"
        "    return 6 * any(key in str(o)[:999] for o in gc.get_objects())"
    )
    reward = get_reward("code.efficiency")
    assert reward.check(fenced(search), reference=reference, data={"repeats": 2}).score == 0.0
    assert reward.check(fenced("def f(n): return 6"), reference=reference, data={"repeats": 2}).score == 0.5


def test_lint_finds_nothing_that_is_the_tasks_own():
    reference = {"prelude": "import os\nfrom typing import List"}
    assert get_reward("code.lint").check(fenced("def f(x: List[int]):\n    return x"), reference=reference).score == 1.0
    verdict = get_reward("code.lint").check(fenced("import re\nx = 1"), reference=reference)
    assert verdict.explanation == "1 finding: line 1: 're' imported but unused"
    assert get_reward("code.lint").check("x = 1\n" * 20_000).score == 0.0


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
    assert (mbpp.reference["public"], len(mbpp.reference["code"])) == (1, 2)
    more = readers.mbpp({"text": "?", "test_list": ["assert f(1) == 3"], "challenge_test_list": ["assert f(2) == 3"]})
    assert (more.reference["public"], len(more.reference["code"])) == (1, 2)
    plus = readers.evalplus({"prompt": "?", "test_list": ["assert f(1) == 1"] * 3, "test": "assert f(2) == 2"})
    assert (plus.reference["public"], len(plus.reference["code"])) == (3, 4)
    contest = readers.code_contests(row)
    assert contest.reference["public"] == 1
    assert contest.data == {"limits": {"cpu": 6.0}}
    assert judge_all(get_reward(contest.reward), [sample_of(contest, fenced("print(2)"))])[0].score == 1.0
    tests = json.dumps([{"input": "[1, 2]\n3", "output": "6", "testtype": "functional"}])
    packed = base64.b64encode(zlib.compress(pickle.dumps(tests))).decode()
    live = readers.livecodebench(
        {"question_content": "?", "private_test_cases": packed, "metadata": '{"func_name": "f"}', "question_id": "q"}
    )
    assert live.reference["public"] == 0
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


@pytest.mark.parametrize(
    "reader", [readers.human_eval, readers.mbpp, readers.evalplus, readers.apps, readers.code_contests]
)
def test_rows_of_another_form_are_refused(reader):
    with pytest.raises(DataError):
        reader({"question": "?"})
