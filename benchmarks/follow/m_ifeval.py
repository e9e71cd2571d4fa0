"""Recorded verdicts of M-IFEval in Spanish, French and Japanese, beside our reading of its program."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.judging import outcomes_of
from rlvr.rewards.constraints.request import read_reference
from rlvr.rewards.constraints.rows.multilingual import m_ifeval

LANGUAGES = ("es", "fr", "ja")
CAUSES = {
    ("es", "82", "length_constraints:number_sentences"): "spaCy's parser takes the blanks before the answer for one",
    ("es", "101", "length_constraints:number_sentences"): "spaCy's Spanish parser on an Italian list",
    ("es", "89", "length_constraints:number_words"): "spaCy's tokens, 107 words here",
    ("fr", "", "change_case:french_lowercase"): "langdetect, unseeded; another identifier here",
    ("ja", "", "language:response_language"): "langdetect, unseeded; another identifier here",
}


def agreement(folder: Path) -> dict[str, tuple[int, int, list[tuple[str, str, str]]]]:
    """By language and mode: how many verdicts are equal, of how many, and key, check and cause of the others."""
    found = dict[str, tuple[int, int, list[tuple[str, str, str]]]]()
    for language in LANGUAGES:
        with gzip.open(folder / f"m_ifeval_{language}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        for mode in ("strict", "loose"):
            total, exceptions = 0, list[tuple[str, str, str]]()
            for row in rows:
                asked = read_reference(m_ifeval(row).reference, "m-ifeval")
                outcomes = outcomes_of(Answer(row["response"], language), asked, loose=mode == "loose")
                for id, outcome, recorded in zip(row["instruction_id_list"], outcomes, row[mode], strict=True):
                    total += 1
                    if outcome.followed != recorded:
                        check, key = str(id).partition(":")[2], str(row["key"])
                        cause = CAUSES.get((language, key, check)) or CAUSES.get((language, "", check), "unknown")
                        exceptions.append((key, check, cause))
            found[f"{language}, {mode}"] = total - len(exceptions), total, exceptions
    return found
