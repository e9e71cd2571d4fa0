"""Verdicts that were found wrong from outside: no wrong answer is accepted, and next to no right one refused."""

import json
from collections import Counter
from pathlib import Path

import pytest

from rlvr import get_reward

CASES = Path(__file__).parents[4] / "shared" / "data" / "math" / "cases_outside.jsonl"
pytestmark = pytest.mark.skipif(not CASES.is_file(), reason="no ../shared/data beside the repository")
LEAST_RIGHT = 0.95


@pytest.fixture(scope="module")
def judged():
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    return [(row, _is_right(row)) for row in rows]


def _is_right(row):
    asked = {"prompt": row["prompt"]} if row.get("prompt") else {}
    reward = get_reward(row["reward"])
    return reward.check(row["completion"], reference=row["reference"], data=row.get("data") or {}, **asked).score == 1.0


def test_no_wrong_answer_is_accepted(judged):
    accepted = [row["id"] for row, right in judged if right and not row["expected"]]
    assert len(judged) == 372
    assert not accepted


def test_what_was_judged_rightly_still_is(judged):
    assert not [row["id"] for row, right in judged if row.get("control") and right != row["expected"]]


def test_next_to_no_right_answer_is_refused(judged):
    asked = [(row, right) for row, right in judged if row["expected"] and not row.get("control")]
    refused = Counter(row["kind"] for row, right in asked if not right)
    assert 1 - refused.total() / len(asked) >= LEAST_RIGHT, refused
