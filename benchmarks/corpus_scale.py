"""Time and memory of a source, from 250,000 to 2 million generated rows: a pass over it, and drawing from it.

    make bench-corpus-scale
    python benchmarks/corpus_scale.py --rows 2000000 --dedup near

Rows of thirty words in 27 languages are written to a folder of the system's; the pass filters by length and drops
equal (or near) ones, drawing takes 100,000 documents by language. Each size is measured in a process of its own, with
its largest resident memory less that of a pass over a thousand rows. Writes benchmarks/out/corpus_scale.json.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from peers.results import keep
from rich.console import Console
from rich.table import Table

from rlvr.data import Mixture, read_sources
from rlvr.data.language_streams import open_stream
from rlvr.data.selection import ScorerOf, select
from rlvr.rows.files import open_rows

LANGUAGES = "cs da de el en es fr fi hi hu is it ja ko nb nl nn pl pt-BR pt-PT ro ru sv uk zh-Hans zh-Hant es-419"
_DRAWN, _FEW = 100_000, 1000


def write_rows(file: Path, count: int) -> None:
    """Rows of random words; one in twenty is there twice."""
    draw, tags = random.Random(0), LANGUAGES.split()
    words = [f"w{i}" for i in range(5000)]
    with file.open("w", encoding="utf-8") as out:
        for number in range(count):
            again = random.Random(number - 1 if number % 20 == 19 else number)
            row = {"text": " ".join(again.choices(words, k=30)), "language": tags[int(27 * draw.random() ** 2)]}
            out.write(json.dumps(row) + "\n")


def _no_scorer(name: str) -> Any:
    raise LookupError(name)


def measure(file: str, dedup: str) -> dict[str, float]:
    """Seconds of a pass and of drawing, and the largest memory in MB."""
    settings = {"path": file, "weight": 1, "language_temperature": 3, "dedup": dedup, "min_characters": 20}
    [source] = read_sources({"web": settings})
    rows, scorer_of = open_rows(file), _no_scorer
    start = time.perf_counter()
    selection = select(source, rows, _as_scorer_of(scorer_of))
    passed = time.perf_counter()
    stream = open_stream(source, rows, seed=0, window=10_000, selection=selection, unit="documents")
    mixture = Mixture([stream])
    for _ in range(min(_DRAWN, len(selection.kept))):
        mixture.use(mixture.draw(), 1)
    return {
        "rows": len(selection.kept),
        "pass, s": passed - start,
        "drawing, s": time.perf_counter() - passed,
        "memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _as_scorer_of(found: Any) -> ScorerOf:
    return found


def main() -> None:
    """Prints the table and writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--dedup", default="exact", choices=("none", "exact", "near"))
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        sys.stdout.write(json.dumps(measure(given.measure, given.dedup)))
        return
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (_FEW, given.rows // 8, given.rows // 4, given.rows // 2, given.rows):
            file = Path(folder) / f"{count}.jsonl"
            write_rows(file, count)
            words = [sys.executable, __file__, "--measure", str(file), "--dedup", given.dedup]
            found.append(json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout))
            file.unlink()
    table = Table(*found[0])
    for row in found:
        row["memory, MB"] -= found[0]["memory, MB"] if row is not found[0] else 0
        table.add_row(*(f"{value:,.0f}" if value >= 100 else f"{value:.1f}" for value in row.values()))
    Console().print(table)
    keep("corpus_scale", found)


if __name__ == "__main__":
    main()
