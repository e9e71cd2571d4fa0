"""Attacks, exploits and lost lanes that others have found: wrong programs score 0, whatever they do."""

import json
from dataclasses import replace

import pytest

from rlvr.sandbox import Job, Limits, Outcome, SandboxPool
from rlvr.sandbox.checks import read_tests

AREAS = ("attack", "exploit", "lane", "operators")

# Decided otherwise: they print the expected output, so they are right, as `chmod_right` is.
RIGHT_ALL_THE_SAME = {"chmod_0400", "chmod_0100"}
TIGHT = 1.0
LANES = 8  # most of them sleep


@pytest.mark.slow
def test_the_outside_cases(lane, data):
    rows = [json.loads(line) for line in (data / "cases_outside.jsonl").read_text().splitlines()]
    rows = [row for row in rows if row["area"] in AREAS and row.get("language") in (None, "python", "bash")]
    assert len(rows) >= 180
    jobs = []
    for row in rows:
        limits = Limits.of(row.get("limits") or {})
        limits = replace(limits, cpu=min(limits.cpu, TIGHT), wall=min(limits.seconds, 2 * TIGHT))
        tests = read_tests(row["kind"], row["tests"])
        jobs.append(Job(row["program"], tests, limits, language=row.get("language") or "python"))
    wrong = []
    with SandboxPool(LANES) as pool:
        found = pool.judge_all(jobs)
    for row, judged in zip(rows, found, strict=True):
        accepted = row["expected"] == "accepted" or row["id"] in RIGHT_ALL_THE_SAME
        if accepted != (judged.outcome is Outcome.ACCEPTED) or judged.outcome is Outcome.SANDBOX_ERROR:
            wrong.append((row["id"], str(judged.outcome), judged.explanation))
    assert wrong == []
