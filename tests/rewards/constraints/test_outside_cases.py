"""Cases from outside, wrong neighbours of them written without sight of the code, and each form in many languages."""

import gzip
import json
from pathlib import Path

import pytest

from rlvr.rewards.constraints import follow
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.catalogue import find
from rlvr.rewards.constraints.judging import outcomes_of
from rlvr.rewards.constraints.request import read_reference
from rlvr.rewards.constraints.rows.multilingual import m_ifeval

HERE = Path(__file__).parent
DATA = Path(__file__).parents[4] / "shared/data/instructions"
FORMS = [json.loads(line) for line in (HERE / "forms_by_language.jsonl").read_text(encoding="utf-8").splitlines()]

# Other tests hold these: what is no answer, and which language a text is in.
ELSEWHERE = ("gate", "language id")
# Decided otherwise: by default the form counts; an inflected one is found, or forbidden, with `match: lemma`.
BY_LEMMA = {f"constraints-{number}" for number in (135, 136, 137, 138)}
# The row leaves out what its prompt said, as its kind has it.
AT_LEAST = {"constraints-246": "Make sure to include at least two sections."}


def rows_of(path):
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if not row["kind"].startswith(ELSEWHERE)]


def followed(row):
    kwargs = row["kwargs"] | ({"match": "lemma"} if row["id"].removesuffix("-wrong") in BY_LEMMA else {})
    reference = {"instruction_id_list": [row["instruction_id"]], "kwargs": [kwargs]}
    prompt = row.get("prompt") or AT_LEAST.get(row["id"].removesuffix("-wrong"), "Write.")
    data = {"language": row["language"], "gate": row["gate"]}
    return follow.check(row["response"], reference=reference, prompt=prompt, data=data)


@pytest.mark.skipif(not DATA.is_dir(), reason="the cases are not on this machine")
def test_the_outside_cases():
    rows = rows_of(DATA / "cases_outside.jsonl")
    assert len(rows) >= 150
    assert [
        (row["id"], said.explanation) for row in rows if bool((said := followed(row)).score) != row["expected"]
    ] == []


def test_no_wrong_neighbour_is_accepted():
    rows = rows_of(HERE / "wrong_neighbours.jsonl")
    assert len(rows) >= 140
    assert [row["id"] for row in rows if followed(row).score] == []


@pytest.mark.parametrize("kind", sorted({row["kind"] for row in FORMS}))
def test_each_form_in_many_languages(kind):
    rows = [row for row in FORMS if row["kind"] == kind]
    assert len({row["language"] for row in rows} - {"en", "de"}) >= 6
    assert {row["followed"] for row in rows} == {True, False}
    for row in rows:
        outcome = find(row["id"]).check(Answer(row["text"], row["language"]), row["kwargs"])
        assert outcome.followed is row["followed"], (row, outcome.reason)


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded verdicts are not on this machine")
@pytest.mark.parametrize(
    ("language", "mode", "most"),
    [
        ("es", "strict", 2),
        ("es", "loose", 3),
        ("fr", "strict", 0),
        ("fr", "loose", 1),
        ("ja", "strict", 1),
        ("ja", "loose", 1),
    ],
)
def test_recorded_verdicts_of_m_ifeval(language, mode, most):
    differing, total = [], 0
    with gzip.open(DATA / f"m_ifeval_{language}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            asked = read_reference(m_ifeval(row).reference, "m-ifeval")
            outcomes = outcomes_of(Answer(row["response"], language), asked, loose=mode == "loose")
            for id, outcome, recorded in zip(row["instruction_id_list"], outcomes, row[mode], strict=True):
                total += 1
                differing += [] if outcome.followed == recorded else [(row["key"], id)]
    assert total > 400
    assert len(differing) <= most, differing
