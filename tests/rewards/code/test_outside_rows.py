"""Readers, extraction and comparison on situations that others have found; what is decided otherwise has its reason."""

import json
from pathlib import Path

import pytest

from rlvr import get_reward, judge_all
from rlvr.rewards.code import readers
from rlvr.sample import sample_of
from rlvr.sandbox import Job, Limits, Outcome, SandboxPool
from rlvr.sandbox.checks import read_tests

DATA = Path(__file__).parents[4] / "shared" / "data" / "code" / "cases_outside.jsonl"

OTHERWISE = {
    "case_yes": "`Yes` for `YES` is right where the task says so: by `ignore_case`, as the reader of CodeContests does",
}
# What programs find in the sandbox (devices, packages, limits, their own source), whatever they are compared with.
OF_THE_SANDBOX = {
    "dev_stdin", "dev_stdin_np", "dev_stdout", "inspect_src", "mp_default", "networkx", "numba", "rlimit_stack2",
    "scipy", "sortedcontainers", "sympy",
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("sandbox")


def rows_of(area):
    if not DATA.is_file():
        pytest.skip(f"{DATA} is not here")
    return [row for row in map(json.loads, DATA.read_text().splitlines()) if row["area"] == area]


def test_conventions_of_comparison():
    rows = [row for row in rows_of("convention") if row["kind"] != "assert" and row["id"] not in OF_THE_SANDBOX]
    assert len(rows) >= 90
    jobs = [
        Job(row["program"], read_tests(row["kind"], row["tests"]), Limits.of(row.get("limits") or {})) for row in rows
    ]
    with SandboxPool(2) as pool:
        judged = pool.judge_all(jobs)
    wrong = []
    for row, judgement in zip(rows, judged, strict=True):
        accepted = (row["expected"] == "accepted") != (row["id"] in OTHERWISE)
        if accepted != (judgement.outcome is Outcome.ACCEPTED) or judgement.outcome is Outcome.SANDBOX_ERROR:
            wrong.append((row["id"], judgement.explanation))
    assert wrong == []


def test_rows_of_data_sets():
    wrong = []
    for row in rows_of("reader"):
        task = getattr(readers, row["reader"])(row["row"])
        verdict = judge_all(get_reward(task.reward), [sample_of(task, f"```python\n{row['program']}\n```")])[0]
        if verdict.score != row["expected"]:
            wrong.append((row["id"], verdict.explanation))
    assert wrong == []


def test_programs_of_answers():
    reward = get_reward("code.stdio")
    found = {row["id"]: reward.check(row["answer"], reference=row["tests"]).score for row in rows_of("extraction")}
    assert found == {row["id"]: row["expected"] for row in rows_of("extraction")}
