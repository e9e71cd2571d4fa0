"""The constraints of `mt.follow` on the four MLQE-PE sets: references pass, corruptions fail, copies earn nothing.

    python benchmarks/mt_follow.py
    python benchmarks/mt_follow.py --rows 200

Two kinds of candidates: what the generator finds in the rows as they are, and the envelopes it puts around them. The
oracle rate is the share of candidates that the human post-edit follows; the generator keeps those alone. Each that is
followed is then broken on purpose. Writes benchmarks/out/mt_follow.json. Needs the data beside the repository
(../shared/data/translation).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from follow.corruptions import corrupted, known
from peers.results import keep
from rich.console import Console
from rich.table import Table

from rlvr import Sample, judge_all
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.catalogue import all_ids, find
from rlvr.rewards.constraints.generating.deriving import candidates
from rlvr.rewards.constraints.generating.envelopes import ENVELOPES
from rlvr.rewards.constraints.generating.lexicon import Parallel, learn_terms
from rlvr.rewards.constraints.request import read_constraints
from rlvr.rewards.languages.pairs import Pair
from rlvr.rewards.translation.follow import follow
from rlvr.rewards.translation.readers import mlqe_parallel

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "translation"
PAIRS = ("en-de", "en-zh", "ro-en", "ru-en")
ENVELOPED = 100
FAIL = 0.99


@dataclass
class Rate:
    """How often a constraint was a candidate, followed by the reference, and then not by a corruption of it."""

    candidates: int = 0
    followed: int = 0
    broken: int = 0
    copies: int = 0

    @property
    def oracle(self) -> float:
        """The share that the reference follows."""
        return self.followed / self.candidates if self.candidates else 0.0


def read(pair: str, count: int) -> list[Parallel]:
    lines = (DATA / f"mlqe_dev.{pair}.jsonl").read_text(encoding="utf-8").splitlines()
    return [mlqe_parallel(json.loads(line), Pair(*pair.split("-"))) for line in lines[:count]]


def found(rows: Sequence[Parallel]) -> Iterator[tuple[Parallel, dict[str, Any]]]:
    """Candidates in the rows, then those of the envelopes."""
    lexicon = learn_terms(rows)
    for row in rows:
        for asked in candidates(row, lexicon):
            yield row, asked
    for name, envelope in ENVELOPES.items():
        chance = random.Random(name)
        for place in range(ENVELOPED):
            taken = [rows[(7 * place + at) % len(rows)] for at in range(envelope.rows)]
            made = envelope.make(taken, lambda end, chance=chance: int(chance.random() * end))
            for asked in made.constraints:
                yield Parallel(made.source, made.reference, taken[0].pair), asked


def score(row: Parallel, answer: str, asked: dict[str, Any]) -> float | None:
    (one,) = read_constraints({"constraints": [asked]})
    return one.judge(Answer.translating(row.source, answer, row.pair, [row.reference])).score


def copied(row: Parallel, asked: dict[str, Any]) -> bool:
    """Whether a copy of the source earns something."""
    data = {"source": row.source, "source_language": row.pair.source, "target_language": row.pair.target}
    sample = Sample(row.source, reference=row.reference, data={**data, "constraints": [asked]})
    return bool(judge_all(follow, [sample])[0].score)


def measured(rows: Sequence[Parallel]) -> tuple[dict[str, Rate], list[dict[str, Any]]]:
    rates, kept = defaultdict[str, Rate](Rate), list[dict[str, Any]]()
    for row, asked in found(rows):
        rate = rates[asked["id"]]
        own = score(row, row.reference, asked)
        if own is None:
            continue
        rate.candidates += 1
        if own < 1.0:
            continue
        rate.followed += 1
        fault = corrupted(row, asked)
        if fault != row.reference and score(row, fault, asked) != 1.0:
            rate.broken += 1
        else:
            kept.append({"constraint": asked, "reference": row.reference, "corrupted": fault})
        if rate.followed % 10 == 1 and row.source != row.reference:
            rate.copies += copied(row, asked)
    return rates, kept


def by_match(rows: Sequence[Parallel]) -> dict[str, float]:
    """The oracle rate of single terms, as the base form alone, with affixes, by stem."""
    lexicon = learn_terms(rows)
    asked = [(row, one) for row in rows for one in candidates(row, lexicon) if one["id"] == "terms:glossary"]
    return {
        match: sum(score(row, row.reference, {**one, "match": match}) == 1.0 for row, one in asked) / max(1, len(asked))
        for match in ("exact", "affix", "stem")
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000, help="rows of each set")
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA} is not there; this benchmark judges what it holds.")
    result: dict[str, Any] = {"rows": options.rows, "pairs": {}, "terms": {}}
    rates: dict[str, dict[str, Rate]] = {}
    for pair in PAIRS:
        rows = read(pair, options.rows)
        rates[pair], kept = measured(rows)
        result["pairs"][pair] = {id: {**asdict(rate), "oracle": rate.oracle} for id, rate in rates[pair].items()}
        result["unbroken"] = [*result.get("unbroken", []), *kept[:20]]
        result["terms"][pair] = by_match(rows)
    met = report(rates, result["terms"])
    keep("mt_follow", result)
    sys.exit(0 if met else 1)


def report(rates: dict[str, dict[str, Rate]], terms: dict[str, dict[str, float]]) -> bool:
    table = Table(
        title="Followed by the human post-edit, of so many candidates / corruptions found",
        caption="copies: of every tenth source given as its own translation, how many earn something",
    )
    for heading in ("constraint", *rates, "copies"):
        table.add_column(heading)
    faults = list[str]()
    ids = [id for id in all_ids() if find(id).sees_source]
    for id in ids:
        cells, copies = list[str](), 0
        for pair, of_pair in rates.items():
            rate = replace(of_pair.get(id, Rate()))
            copies += rate.copies
            share = rate.broken / rate.followed if rate.followed else 1.0
            cells.append(f"{rate.oracle:.1%} of {rate.candidates} / {share:.1%}" if rate.candidates else "")
            if share < FAIL:
                faults.append(f"{id} {pair}")
        table.add_row(id, *cells, str(copies))
    console = Console(width=170)
    console.print(table)
    by_form = Table(title="Terms of the learnt lexicon that the post-edit has, by how forms are matched")
    for heading in ("", "exact", "affix", "stem"):
        by_form.add_column(heading)
    for pair, found_by in terms.items():
        by_form.add_row(pair, *(f"{found_by[match]:.1%}" for match in ("exact", "affix", "stem")))
    console.print(by_form)
    console.print(
        f"corruptions found in {FAIL:.0%} at least: {'met' if not faults else 'missed by ' + ', '.join(faults)}"
    )
    return not faults and set(known()) == set(ids)


if __name__ == "__main__":
    main()
