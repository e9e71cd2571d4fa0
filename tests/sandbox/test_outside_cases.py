"""Cases from outside: attacks, which score 0 whatever they do, and what right programs expect of a judge."""

import json
from dataclasses import replace

import pytest

from rlvr.sandbox import Job, Limits, Outcome, SandboxPool
from rlvr.sandbox.checks import read_tests
from rlvr.sandbox.languages.catalogue import language_of
from rlvr.sandbox.languages.toolchains import ToolchainError, toolchain

AREAS = ("attack", "exploit", "lane", "operators")

# Decided otherwise: they print the expected output, so they are right, as `chmod_right` is.
RIGHT_ALL_THE_SAME = {"chmod_0400", "chmod_0100"}

# What programs may expect of a judge, decided otherwise.
ELSEWHERE = {
    "case_yes": "`Yes` for `YES` is right where the task says `ignore_case`, as the reader of CodeContests does",
    "numba": "it is not installed here; `sandbox.packages` names what is, beside the default ones",
    "mp_default": "limits of memory and time hold for a process, so more than one is for tasks to allow (`processes`)",
}
# A fault that is still open: a pool of spawned processes ends with a ZeroDivisionError of `multiprocessing`.
# Decided otherwise, with the reason. Those that `ALLOWED` names are accepted where the task allows that.
ALLOWED = {
    "cache_eq": {"own_equality": True},  # the program's own `==` decides only where the task says so
    "frac_eq": {"own_equality": True},
    "set_eq_order": {"own_equality": True},
    "assert_arith_scalar": {"operators": True},  # as does its own `*`: it learns what it is multiplied by
}
REFUSED_ALL_THE_SAME = {
    # Elements of an argument are copies: a program that empties `row` would empty what `[row]` is compared with.
    "assert_inplace_alias",
}
TIGHT = 1.0
LANES = 8  # most of them sleep


def rows_of(data):
    return [json.loads(line) for line in (data / "cases_outside.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_the_outside_cases(lane, data):
    rows = [row for row in rows_of(data) if row["area"] in AREAS and row.get("language") in (None, "python", "bash")]
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


def is_expected(row):
    return row["area"] in ("convention", "bridge", "language") and row["kind"] in ("stdin", "function")


@pytest.mark.slow
def test_what_programs_expect_of_a_judge(lane, data):
    rows = [row for row in rows_of(data) if is_expected(row)]
    assert len(rows) >= 150
    jobs = []
    for row in rows:
        try:
            if row.get("language", "python") != "python":
                toolchain(language_of(row["language"]))
        except ToolchainError:
            continue
        tests, limits = read_tests(row["kind"], row["tests"]), Limits.of(row.get("limits") or {})
        jobs.append((row, Job(row["program"], tests, limits, language=row.get("language") or "python")))
    wrong = []
    with SandboxPool(LANES) as pool:
        found = pool.judge_all(job for _, job in jobs)
    for (row, _), judged in zip(jobs, found, strict=True):
        accepted = row["expected"] == "accepted" and row["id"] not in ELSEWHERE
        if accepted != (judged.outcome is Outcome.ACCEPTED) or judged.outcome is Outcome.SANDBOX_ERROR:
            wrong.append((row["id"], str(judged.outcome), judged.explanation))
    assert wrong == []


@pytest.mark.slow
def test_the_outside_cases_of_tests_and_the_bridge(pool, data):
    rows = [
        row for row in rows_of(data) if row["area"] in ("bridge", "convention") and row["kind"] in ("assert", "pytest")
    ]
    assert len(rows) >= 55
    jobs = [
        Job(row["program"], read_tests(row["kind"], row["tests"] | more), Limits.of(row.get("limits") or {}))
        for row in rows
        for more in ({}, ALLOWED.get(row["id"], {}))
    ]
    found = list(pool.judge_all(jobs))
    wrong = []
    for place, row in enumerate(rows):
        plain, judged = found[2 * place : 2 * place + 2]
        accepted = row["expected"] == "accepted" and row["id"] not in REFUSED_ALL_THE_SAME
        if accepted != (judged.outcome is Outcome.ACCEPTED):
            wrong.append((row["id"], str(judged.outcome), judged.explanation))
        if row["id"] in ALLOWED and plain.outcome is Outcome.ACCEPTED:
            wrong.append((row["id"], "accepted without being allowed"))
    assert wrong == []
