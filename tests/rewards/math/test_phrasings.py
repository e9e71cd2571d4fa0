"""Final answers as 22 languages phrase them, each beside a wrong neighbour.

The phrasings were written without sight of the code, from the rules of each language alone.
"""

import json
from pathlib import Path

import pytest

from rlvr import get_reward

FILES = sorted((Path(__file__).parent / "phrasings").glob("*.jsonl"))
LANGUAGES = 22
LEAST_RIGHT = 0.98


def rewards_of(row):
    return ("math.choice",) if row["kind"] == "choice" else ("math.final_number", "math.answer")


@pytest.fixture(scope="module", params=["declared", "from the prompt"])
def verdicts(request):
    found = []
    for file in FILES:
        for row in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            given = {"language": row["language"]} if request.param == "declared" else {}
            for name in rewards_of(row):
                reward = get_reward(name)
                asked = {"reference": row["reference"], "data": given, "prompt": row["prompt"]}
                right = reward.check(row["completion"], **asked).score == 1.0
                found.append((name, row, right, reward.check(row["wrong"], **asked).score == 1.0))
    return found


def test_there_are_twenty_of_each_language(verdicts):
    assert len(FILES) == LANGUAGES
    assert all(len(file.read_text(encoding="utf-8").splitlines()) >= 20 for file in FILES)


def test_no_wrong_neighbour_is_accepted(verdicts):
    assert not [(name, row["wrong"], row["reference"]) for name, row, _, accepted in verdicts if accepted]


def test_right_phrasings_are_right(verdicts):
    refused = [(name, row["language"], row["completion"]) for name, row, right, _ in verdicts if not right]
    assert len(refused) <= (1 - LEAST_RIGHT) * len(verdicts), refused
