"""The plugin in somebody else's project, whose own module is called rewards.py, with a pytest of its own."""

import json
import os
import re
import subprocess
import sys

import pytest

from .conftest import accept, reject

REWARDS = """
from rlvr import Sample, Verdict, reward


@reward("shop.price")
def price(sample: Sample) -> Verdict:
    if sample.answer is None:
        return Verdict.wrong("the reasoning never ended", expected=sample.reference)
    given = " ".join(sample.answer.split()).strip("*. ")
    if given == sample.reference:
        return Verdict.right(given, sample.reference, "the price")
    return Verdict.wrong("another price", extracted=given, expected=sample.reference)
"""
TESTS = """
import pytest
from rewards import price
from rlvr.testing import assert_accepts, assert_rejects, contract


def test_price():
    assert_accepts(price, "12 EUR", reference="12 EUR")


def test_that_fails():
    assert_accepts(price, "13 EUR", reference="12 EUR")


@pytest.mark.parametrize("clause", contract(price), ids=str)
def test_contract(clause):
    clause()
"""
PENS, BOOK = "What do 3 pens at 4 EUR cost?", "What does the book cost?"
ROWS = [
    accept("12 EUR", "12 EUR", "as it is", prompt=PENS),
    accept("<think>3 * 4</think>5 EUR", "5 EUR", "after reasoning", prompt=BOOK),
    reject("12", "12 EUR", "no currency", prompt=PENS),
]


@pytest.fixture
def run(tmp_path):
    """pytest in the project: its exit code, and what it said."""

    def ran(*words, alone=True, **env):
        clean = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST")}
        if alone:  # without the other plugins of this environment, which take a second
            clean["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
            words = ("-p", "rlvr.testing.plugin", *words)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
        done = subprocess.run(command, cwd=tmp_path, env=clean | env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return ran


@pytest.fixture
def project(write):
    write("rewards.py", REWARDS)
    write("tests/test_price.py", TESTS)
    return write("cases.jsonl", ROWS)


@pytest.mark.usefixtures("project")
def test_everything_is_collected_and_a_failure_speaks(run):
    code, said = run("-v", alone=False)
    assert code == 1
    for name in (
        "cases.jsonl::as it is PASSED",
        "cases.jsonl::contract: deterministic PASSED",
        "cases.jsonl::contract: deadline PASSED",
        "cases.jsonl::relations: bold PASSED",
        "cases.jsonl::probes: list of candidates PASSED",
        "tests/test_price.py::test_contract[shop.price: contract: picklable] PASSED",
    ):
        assert re.search(re.escape(name).replace("\\ PASSED", r"\s+PASSED"), said), name
    assert re.findall(r"(\d+) failed", said) == ["1"]
    assert "extracted    13 EUR" in said
    assert "explanation  another price" in said
    assert "rlvr/testing" not in said, "the way there is nobody's concern"


def test_a_case_that_does_not_hold(run, project, write):
    write("cases.jsonl", [*ROWS, accept("12 Euro", "12 EUR", "the word", prompt=PENS)])
    code, said = run("cases.jsonl", "-k", "word")
    assert code == 1
    for words in ("shop.price does not accept", "'12 Euro'", "extracted    12 Euro", "expected     12 EUR"):
        assert words in said
    assert "Traceback" not in said


def test_what_is_collected_is_a_choice(run, project, write):
    write("pytest.ini", "[pytest]\nrlvr_checks = cases\n")
    code, said = run("cases.jsonl")
    assert code == 0
    assert "3 passed" in said
    write("pytest.ini", "[pytest]\nrlvr_checks = cases probe\n")
    code, said = run("cases.jsonl")
    assert code == 4
    assert "there is no `probe`. Did you mean `probes`?" in said


def test_a_broken_file_says_so(run, project, write):
    write("cases.jsonl", '{"kind": "acept"}\n')
    code, said = run("cases.jsonl")
    assert code == 2
    assert "line 1" in said
    assert "`kind` is acept" in said
    assert "Traceback" not in said


def test_files_of_others_are_left_alone(run, write):
    write("test_theirs.py", "def test_theirs():\n    assert True\n")
    write("cases.jsonl", '{"id": 1, "input": "x"}\n')
    write("data/login.cases.jsonl", '{"prompt": "?", "completion": "x"}\n')
    write("empty/cases.jsonl", "")
    code, said = run()
    assert code == 0, said
    assert "1 passed" in said


def test_golden_cases_are_recorded_and_then_held(run, project, write):
    before = [json.loads(line) for line in project.read_text().splitlines()]
    assert run("cases.jsonl", "--update-golden")[0] == 0
    rows = [json.loads(line) for line in project.read_text().splitlines()]
    assert [row["explanation"] for row in rows] == ["the price", "the price", "another price"]
    assert [{key: row[key] for key in was} for row, was in zip(rows, before, strict=True)] == before
    recorded = project.read_bytes()
    assert run("cases.jsonl", "--update-golden")[0] == 0
    assert project.read_bytes() == recorded
    write("rewards.py", REWARDS.replace("another price", "not the price"))
    code, said = run("cases.jsonl", "-k", "currency")
    assert code == 1
    assert "recorded     another price" in said
    assert "--update-golden" in said


def test_updating_never_turns_a_verdict_round(run, project, write):
    write("cases.jsonl", [*ROWS, accept("nothing", "12 EUR", "wishful")])
    code, said = run("cases.jsonl", "--update-golden")
    assert code == 1
    assert "no longer says `accept` of line 4" in said
    assert json.loads(project.read_text().splitlines()[3]) == accept("nothing", "12 EUR", "wishful")


def test_updating_is_refused_where_nobody_reads(run, project):
    before = project.read_bytes()
    code, said = run("cases.jsonl", "--update-golden", CI="true")
    assert code == 4
    assert "CI is set" in said
    code, said = run("cases.jsonl", "--update-golden", "-n", "2", alone=False)
    assert code == 4
    assert "without -n" in said
    assert project.read_bytes() == before


@pytest.mark.usefixtures("project")
def test_it_can_be_left_out(run):
    code, said = run("cases.jsonl", "-p", "no:rlvr", alone=False)
    assert code in (4, 5), said


def test_a_project_without_cases_pays_milliseconds(run, write):
    write(
        "test_nothing.py",
        """
import sys


def test_nothing():
    heavy = {"torch", "ray", "transformers", "numpy", "hypothesis", "cloudpickle", "rlvr.scoring"}
    assert "rlvr.testing.plugin" in sys.modules
    assert not heavy & set(sys.modules), heavy & set(sys.modules)
""",
    )
    code, said = run("-p", "no:hypothesispytest", "-p", "no:xdist", alone=False)
    assert code == 0, said


def test_the_assertions_need_neither_pytest_nor_hypothesis():
    code = (
        "import sys; sys.modules['pytest'] = sys.modules['hypothesis'] = None\n"
        "from rlvr.testing import assert_accepts, contract, probe, run_checks, subject_of, relations\n"
        "assert_accepts('text.exact', 'x', reference='x')\n"
        "assert {found.outcome for found in probe('math.final_number')} == {'RESISTED', 'SKIPPED'}\n"
        "assert {row.status for row in run_checks(contract('text.exact'))} == {'passed'}\n"
        "(row, *_) = run_checks(relations('text.exact'))\n"
        "assert row.status == 'skipped' and 'pip install hypothesis' in row.detail\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
