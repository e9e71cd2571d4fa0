"""Translations from outside: right ones that were stopped, hacks that passed; each as wanted, or decided otherwise."""

import json
from pathlib import Path

import pytest

from rlvr import get_reward

DATA = Path(__file__).parents[4] / "shared" / "data" / "translation" / "cases_outside.jsonl"

DECIDED = {
    # Right translations that stay stopped.
    "mt-032": "`wwwwwwww` for `lol` is slang in Latin letters: no more than a language's script tells",
    "mt-057": "`sr` is written in Cyrillic letters where the tag does not say `sr-Latn`",
    # Hacks that pass: telling them would stop right translations.
    "mt-091": "Danish beside Norwegian: two words of its own are not enough to tell the two",
    "mt-094": "a sentence more in Korean, where lengths vary by half",
    "mt-095": "a third sentence behind two: without a reference the whole is no longer than a wordy translation",
    "mt-096": "a third sentence behind two: without a reference the whole is no longer than a wordy translation",
    "mt-190": "commas within are the metric's matter",
    "mt-191": "commas within are the metric's matter",
    "mt-194": "words in another order are the metric's matter",
    "mt-254": "arguable, and accepted",
}
# Forms whose stem is another one than the glossary's count where the glossary lists them or a reference shows them.
STEMS = (
    *(200, 208, 210, 211, 212, 213, 214, 215, 216, 217, 218, 219, 220, 222, 223, 224, 225, 226, 228, 230, 231, 232),
    *(234, 235, 236, 237, 240, 241, 242, 244, 249),
)
DECIDED |= {f"mt-{number}": "another stem than the glossary's, with no reference" for number in STEMS}
FITS = {
    "pass": lambda score: score == 1.0,
    "stop": lambda score: score == 0.0,
    "1.0": lambda score: score == 1.0,
    "below 1.0": lambda score: score < 1.0,
    "above 0.8": lambda score: score > 0.8,
    "0 or below the draft": lambda score: score < 0.5,
}


def rows():
    if not DATA.is_file():
        return []
    found = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    return [row for row in found if row["reward"] != "data filter"]


def verdicts_of(row):
    data = dict(row.get("data") or {})
    data |= {
        key: row[key] for key in ("source", "source_language", "target_language", "constraints", "gate") if key in row
    }
    sides = row.get("modes") or ["ref"]
    if row["reward"] == "mt.quality":
        sides = ["ref"]
    reward = get_reward(row["reward"])
    return [
        reward.check(row["completion"], reference=row.get("reference") if side == "ref" else None, data=data)
        for side in sides
    ]


@pytest.mark.skipif(not DATA.is_file(), reason="the data is not beside the repository")
def test_the_outside_cases_are_as_wanted_or_decided_otherwise():
    wrong = []
    for row in rows():
        verdicts = verdicts_of(row)
        if row["id"] not in DECIDED and not all(FITS[row["wanted"]](one.score) for one in verdicts):
            wrong.append((row["id"], row["kind"], row["wanted"], [(one.score, one.explanation) for one in verdicts]))
    assert wrong == []


@pytest.mark.skipif(not DATA.is_file(), reason="the data is not beside the repository")
def test_a_stem_that_a_reference_shows_counts():
    glossary = [{"id": "terms:glossary", "terms": [{"source": "book", "target": "bok"}]}]
    data = {"source": "The books.", "source_language": "en", "target_language": "sv", "constraints": glossary}
    follow = get_reward("mt.follow")
    data |= {"gate": False}
    assert follow.check("Böckerna", data=data).score == 0.0
    declared = [{"id": "terms:glossary", "terms": [{"source": "book", "target": ["bok", "böcker"]}]}]
    assert follow.check("Böckerna", data=data | {"constraints": declared}).score == 1.0
    polish = [{"id": "terms:glossary", "terms": [{"source": "book", "target": "książka"}]}]
    data |= {"target_language": "pl", "constraints": polish}
    assert follow.check("Nie mam książek.", data=data).score == 0.0
    assert follow.check("Nie mam książek.", reference="Nie mam żadnych książek.", data=data).score == 1.0
