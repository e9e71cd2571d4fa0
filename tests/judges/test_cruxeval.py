"""CRUXEval: 800 functions with an input and what they return. All are right, and with another value none is."""

import ast
import json

import pytest

from rlvr.rewards.code.entry import entry_of
from rlvr.sandbox import AssertTests, FunctionTests, Job, Outcome, SandboxPool

pytestmark = pytest.mark.usefixtures("sandbox")

LANES = 2


def changed(value):
    """Of the same type, and unequal."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str | bytes):
        return value + value[:1] if value else type(value)(b"x") if isinstance(value, bytes) else "x"
    if isinstance(value, list | tuple):
        return type(value)([*value, 0])
    if isinstance(value, dict):
        return {**value, "another key": 0}
    if isinstance(value, set | frozenset):
        return value | {"another"}
    return 0


def of_another_type(value):
    """Of another type, and unequal; a list and a tuple are one type here."""
    if isinstance(value, str):
        return [value]
    return repr(value)


def judged(rows, kind, change=lambda value: value):
    jobs = []
    for row in rows:
        wanted = change(ast.literal_eval(row["output"]))
        if kind == "assert":
            code = f"assert f({row['input']}) == {wanted!r}"
            tests = AssertTests(code, entry_of([code], ""))
        else:
            tests = FunctionTests("f", [(list(ast.literal_eval(f"({row['input']},)")), wanted)])
        jobs.append(Job(row["code"], tests))
    with SandboxPool(LANES) as pool:
        return [(row["id"], one) for row, one in zip(rows, pool.judge_all(jobs), strict=True)]


def rows_of(data, kind):
    rows = [json.loads(line) for line in (data / "cruxeval.jsonl").read_text().splitlines()]
    assert len(rows) == 800
    if kind == "assert":
        return rows
    return [row for row in rows if is_plain(row["input"])]


def is_plain(arguments):
    """Whether the arguments are values, and none is given by its name."""
    try:
        ast.literal_eval(f"({arguments},)")
    except (ValueError, SyntaxError):
        return False
    return True


@pytest.mark.parametrize("kind", ["assert", "function"])
def test_what_the_functions_return_is_accepted(data, kind):
    rows = rows_of(data, kind)
    assert len(rows) >= 780
    assert [(name, str(one)) for name, one in judged(rows, kind) if one.outcome is not Outcome.ACCEPTED] == []


@pytest.mark.parametrize("change", [changed, of_another_type])
@pytest.mark.parametrize("kind", ["assert", "function"])
def test_another_value_is_accepted_of_none(data, kind, change):
    found = judged(rows_of(data, kind), kind, change)
    assert [name for name, one in found if one.outcome is Outcome.ACCEPTED] == []
    assert [name for name, one in found if one.outcome is Outcome.SANDBOX_ERROR] == []
