"""Readers and extraction on situations that others have found."""

import json
from pathlib import Path

import pytest

from rlvr import get_reward, judge_all
from rlvr.rewards.code import readers
from rlvr.sample import sample_of

DATA = Path(__file__).parents[4] / "shared" / "data" / "code" / "cases_outside.jsonl"

pytestmark = pytest.mark.usefixtures("sandbox")


def rows_of(area):
    if not DATA.is_file():
        pytest.skip(f"{DATA} is not here")
    return [row for row in map(json.loads, DATA.read_text().splitlines()) if row["area"] == area]


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
