"""Answers without content earn nothing, whichever check they happen to pass."""

import json
from pathlib import Path

import pytest

from rlvr.rewards.constraints import follow
from rlvr.rewards.constraints.catalogue import find

FOLDER = Path(__file__).parent
FILES = [f"instruction_checks_{name}.jsonl" for name in ("ifevalg", "tulu", "one_language")]
PROMPT = "Describe what the harbour looks like on a winter evening."
NOTHING = (
    "the",
    "x",
    "!!!",
    "a a a a a a a a a a a a a a",
    "😀" * 20,
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14",
    PROMPT,
    "qz xv kw jj",
)


def asked():
    """Each check once in each of its languages, as an accepted case asks for it."""
    seen = {}
    for file in FILES:
        for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if case["followed"] and not find(case["id"]).brief:
                seen.setdefault((case["id"], case["language"]), case["kwargs"])
    return [(id, language, kwargs) for (id, language), kwargs in sorted(seen.items())]


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_earns(text):
    earning = []
    for id, language, kwargs in asked():
        reference = {"instruction_id_list": [id], "kwargs": [kwargs]}
        verdict = follow.check(text, reference=reference, prompt=PROMPT, data={"language": language})
        if verdict.score:
            earning.append((id, language, kwargs))
    assert earning == []


def test_enough_is_asked():
    assert len(asked()) > 400
