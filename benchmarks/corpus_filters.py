"""What the filters of a corpus drop of right text, language by language, and what of wrong text they find.

    make bench-corpus-filters
    python benchmarks/corpus_filters.py --catalogues /usr/share/locale --rows 1000

Right text are the translated messages of installed packages (gettext catalogues; lists of names, `iso_*`, left out)
and the human post-edits of MLQE-PE beside the repository (../shared/data/translation). Wrong are messages of at least
thirty letters in other languages. `before` is what the filters did at first: the identified language must be the one
that is asked for, and the longer side may have so many times the characters of the shorter. Writes
benchmarks/out/corpus_filters.json.
"""

from __future__ import annotations

import argparse
import gettext
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from peers.results import keep
from rich.console import Console
from rich.table import Table

from rlvr.data import read_sources
from rlvr.data.documents import Document
from rlvr.data.filters import reason_to_drop
from rlvr.data.source import Source
from rlvr.rewards.languages.identification import canonical, identify
from rlvr.rewards.translation.corpora.fitting import may_be_in

ROOT = Path(__file__).resolve().parents[1]
MLQE = ROOT.parent / "shared" / "data" / "translation"
CATALOGUES = Path("/usr/share/locale")
TAGS = (
    "ar bg bn ca cs da de el es et fa fi fr he hi hr hu id is it ja ko lt lv nb nl nn pl pt pt_BR ro ru sk sl sr sv ta"
    " th tr uk vi zh_CN zh_TW"
)
_FORMAT = re.compile(r"%[-+#0 ]*\d*(?:\.\d+)?[a-zA-Z]+|\\[a-z]|[_&](?=\w)")
_LETTERS = 30


def catalogue(folder: Path) -> list[tuple[str, str]]:
    """English messages with their translations, of all catalogues of a language."""
    found: dict[str, str] = {}
    for file in sorted(folder.rglob("*.mo")):
        if file.name.startswith("iso_"):
            continue
        try:
            with file.open("rb") as opened:
                known: dict[Any, str] = vars(gettext.GNUTranslations(opened))["_catalog"]
        except (OSError, UnicodeDecodeError, ValueError):
            continue
        for message, translation in known.items():
            if isinstance(message, str) and message != translation and any(map(str.isalpha, translation)):
                found[_plain(translation)] = _plain(message.rpartition("\x04")[2])  # its context comes before
    return [(message, translation) for translation, message in sorted(found.items()) if message]


def _plain(text: str) -> str:
    return " ".join(_FORMAT.sub("", text).split())


def _mlqe() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    for file in sorted(MLQE.glob("mlqe_dev.*.jsonl")):
        source, target = file.name.split(".")[1].split("-")
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        yield source, target, [(row["source"], row["post_edit"]) for row in rows]


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / max(len(flags), 1)


def _as_before(text: str, tag: str) -> bool:
    found = identify(text)
    return found is None or canonical(found) != canonical(tag)


def _lopsided_before(pair: tuple[str, str], most: float) -> bool:
    first, second = map(len, pair)
    return max(first, second) > most * max(min(first, second), 1)


def _measured(source: Source, tags: tuple[str, str], pairs: list[tuple[str, str]]) -> dict[str, float]:
    name = "/".join(tags)
    made = [Document("p", "", "x", pair=pair, languages=tags, language=name) for pair in pairs]
    return {
        "rows": len(pairs),
        "language, before": _share([_as_before(pair[1], tags[1]) for pair in pairs]),
        "language": _share([not may_be_in(pair[1], tags[1]) for pair in pairs]),
        "ratio, before": _share([_lopsided_before(pair, source.max_length_ratio) for pair in pairs]),
        "ratio": _share([reason_to_drop(source, one) == "length ratio" for one in made]),
    }


def main() -> None:
    """Prints the table and writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogues", type=Path, default=CATALOGUES)
    parser.add_argument("--rows", type=int, default=1000, help="of each language")
    parser.add_argument("--ratio", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    settings = {"path": "", "weight": 1, "kind": "parallel", "max_length_ratio": given.ratio}
    [source] = read_sources({"p": settings})
    texts: dict[str, list[tuple[str, str]]] = {}
    for tag in TAGS.split():
        found = catalogue(given.catalogues / tag)
        if len(found) >= 100:
            texts[tag.replace("_", "-")] = draw.sample(found, min(given.rows, len(found)))
    rows: dict[str, dict[str, float]] = {}
    for tag, pairs in texts.items():
        rows[f"catalogues en/{tag}"] = _measured(source, ("en", tag), pairs)
        others = [
            text
            for other, theirs in texts.items()
            if canonical(other) != canonical(tag)
            for _, text in theirs[:20]
            if sum(map(str.isalpha, text)) >= _LETTERS
        ]
        rows[f"catalogues en/{tag}"]["others found"] = _share([not may_be_in(text, tag) for text in others])
    for first, second, pairs in _mlqe():
        rows[f"MLQE-PE {first}/{second}"] = _measured(source, (first, second), pairs)
    table = Table("right text", *next(iter(rows.values())))
    for name, row in rows.items():
        table.add_row(name, *(f"{value:.0f}" if key == "rows" else f"{value:.1%}" for key, value in row.items()))
    Console(width=140).print(table)
    keep("corpus_filters", rows)


if __name__ == "__main__":
    main()
