"""Programs in other languages that others have found: right ones are right, and attacks get nothing."""

import json

import pytest

from rlvr.sandbox import Job, Limits, Outcome, SandboxPool
from rlvr.sandbox.checks import read_tests

pytestmark = pytest.mark.usefixtures("sandbox")

OF_THE_SANDBOX = {"cpp_freopen"}
"""What programs find in the sandbox has tests beside its own."""


def test_programs_in_other_languages(data):
    rows = [json.loads(line) for line in (data / "cases_outside.jsonl").read_text().splitlines()]
    rows = [row for row in rows if row["area"] == "language" and row["id"] not in OF_THE_SANDBOX]
    assert len(rows) >= 40
    jobs = []
    for row in rows:
        limits = Limits.of(row.get("limits") or {})
        jobs.append(Job(row["program"], read_tests(row["kind"], row["tests"]), limits, language=row["language"]))
    with SandboxPool(2) as pool:
        judged = pool.judge_all(jobs)
    wrong = []
    for row, one in zip(rows, judged, strict=True):
        right = (row["expected"] == "accepted") == (one.outcome is Outcome.ACCEPTED)
        if not right or one.outcome is Outcome.SANDBOX_ERROR:
            wrong.append((row["id"], one.explanation))
    assert wrong == []
