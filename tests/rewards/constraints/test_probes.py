"""Each check alone, and texts that ignore the question: none of them earns anything."""

import json
from itertools import islice
from pathlib import Path

import pytest

from rlvr import Message, Task
from rlvr.rewards.constraints import follow
from rlvr.rewards.constraints.catalogue import find, known
from rlvr.rewards.constraints.wording import describe
from rlvr.testing.probing.attacks import FAMILIES, World

CASES = [
    json.loads(line)
    for file in sorted(Path(__file__).parent.glob("instruction_checks*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
]
KWARGS = {case["id"]: case["kwargs"] for case in CASES if case["language"] == "en"}
OF_EACH_FAMILY = 10


@pytest.mark.parametrize("id", sorted(set(known("ifbench")) & set(KWARGS)))
def test_a_check_alone_is_not_fooled(id):
    rule = describe(find(id), find(id).bind(KWARGS[id]))
    prompt = f"Describe the old harbour of the town in the evening. {rule}"
    reference = {"instruction_id_list": [id], "kwargs": [KWARGS[id]]}
    task = Task((Message("user", prompt),), reference, reward="instructions.follow")
    world = World([task])
    for family in FAMILIES:
        for text in islice(family.texts(world, task), OF_EACH_FAMILY):
            verdict = follow.check(text, reference=reference, prompt=prompt)
            assert not verdict.score, (family.name, text[:80])
