"""Routes to a reward, to the tests' constants or to no verdict, written without sight of what closes them.

`routes.jsonl` has a row for each: what is tried (`why`), the `program`, its `tests`, and what must come of it. Beside
an attack stands a `right` program, which must still be accepted. Rows that expect `accepted` are known limits, or right
programs that come close to an attack.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from rlvr.sandbox import Job, Limits, Outcome
from rlvr.sandbox.checks import read_tests
from rlvr.sandbox.languages.catalogue import PYTHON, language_of
from rlvr.sandbox.languages.toolchains import ToolchainError, toolchain

ROWS = [json.loads(line) for line in (Path(__file__).parent / "routes.jsonl").read_text().splitlines()]
ATTACKS = [row for row in ROWS if row["expected"] != "accepted"]
SHARE = 4


def is_here(row):
    language = language_of(row.get("language") or PYTHON)
    if language is None:
        return True
    try:
        toolchain(language)
    except ToolchainError:
        return False
    return True


def job_of(row, program):
    tests = read_tests(row["form"], row["tests"])
    limits = Limits.of(row.get("limits") or {})
    return Job(program, tests, limits, row.get("stop", True), row.get("language") or PYTHON)


def test_there_are_routes_of_many_kinds():
    kinds = Counter(row["kind"] for row in ATTACKS)
    assert len(ATTACKS) >= 380
    assert len(kinds) >= 19


def check(pool, rows):
    rows = [row for row in rows if is_here(row)]
    found = pool.judge_all(job_of(row, row["program"]) for row in rows)
    wrong = []
    for row, judged in zip(rows, found, strict=True):
        if row["expected"] == "accepted":
            good = judged.outcome is Outcome.ACCEPTED
        else:
            good = judged.outcome not in (Outcome.ACCEPTED, Outcome.SANDBOX_ERROR)
            good = good and not (row.get("stop") is False and judged.passed)
        if not good:
            wrong.append((row["id"], str(judged.outcome), judged.explanation))
    with_right = [row for row in rows if "right" in row]
    for row, judged in zip(with_right, pool.judge_all(job_of(row, row["right"]) for row in with_right), strict=True):
        if judged.outcome is not Outcome.ACCEPTED:
            wrong.append((row["id"], "right", judged.explanation))
    assert wrong == []


@pytest.mark.slow
def test_no_route_leads_anywhere(pool):
    check(pool, ROWS[::SHARE])


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_none_of_the_other_routes_leads_anywhere(pool):
    check(pool, [row for place, row in enumerate(ROWS) if place % SHARE])


STANDARD = """
import json, sys
from rlvr.errors import RlvrError
from rlvr.sandbox import Level, SandboxPool
from rlvr.sandbox.rows import judge_rows
rows = [json.loads(line) for line in open({file!r})]
rows = [row | {{"kind": row["form"]}} for row in rows if row["form"] != "pytest" and not row.get("language")]
rows = [row for row in rows if row["expected"] != "accepted"][::{share}]
try:
    with SandboxPool(2, Level.STANDARD, packages=()) as pool:
        found = [[row["id"], row["verdict"], row["level"], row["explanation"]] for row in judge_rows(pool, rows)]
except RlvrError as error:
    found = str(error)
print(json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.parametrize("uid", [0, 12345])
def test_no_route_leads_anywhere_without_namespaces(elsewhere, uid):
    file = str(Path(__file__).parent / "routes.jsonl")
    found = elsewhere(STANDARD.format(file=file, share=SHARE), uid=uid, container="docker", timeout=250)
    if isinstance(found, str):
        pytest.skip(found)
    assert len(found) > 40
    assert {level for _, _, level, _ in found} == {"standard"}
    assert [one for one in found if one[1] in ("accepted", "sandbox_error")] == []
