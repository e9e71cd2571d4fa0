"""What the guards stop of right translations, language by language, and of each family of hacks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from guarded.texts import HERE, TAGS, Item
from rlvr import Sample, Verdict, judge_all
from rlvr.rewards.translation.guards import guards

MOST_RIGHT, WITH, WITHOUT = 0.01, 0.95, 0.90
EXEMPT = frozenset(("dropped_sentence",))
"""Without a reference: what is left out within a paragraph cannot be told from a terse translation."""


def stopped(samples: Sequence[Sample]) -> tuple[float, dict[str, int], list[Verdict]]:
    """The share that is stopped, by which guards, and the verdicts."""
    verdicts = judge_all(guards, samples)
    by = Counter(one.explanation.partition(":")[0] for one in verdicts if one.score != 1.0)
    return by.total() / max(1, len(samples)), dict(by.most_common()), verdicts


def of_messages(items: Sequence[Item]) -> dict[str, Any]:
    """Of messages, which have one translation: with it for a reference, and with none."""
    without, by, verdicts = stopped([item.sample(item.target, reference=None) for item in items])
    beside, by_beside, _ = stopped([item.sample(item.target, reference=item.target) for item in items])
    alarms = [
        {"why": verdict.explanation, "source": item.source, "target": item.target}
        for item, verdict in zip(items, verdicts, strict=True)
        if verdict.score != 1.0
    ]
    return {"texts": len(items), "without": without, "with": beside, "by": by, "by with": by_beside, "alarms": alarms}


def of_paraphrases(items: Sequence[Item]) -> dict[str, Any]:
    """Of sentences with two wordings: each with the other one for a reference, and with none."""
    pairs = [pair for item in items for pair in ((item, item.target, item.other), (item, item.other, item.target))]
    without, by, _ = stopped([item.sample(text, reference=None) for item, text, _ in pairs])
    beside, by_beside, verdicts = stopped([item.sample(text, reference=other) for item, text, other in pairs])
    alarms = [
        {"why": verdict.explanation, "source": item.source, "target": text}
        for (item, text, _), verdict in zip(pairs, verdicts, strict=True)
        if verdict.score != 1.0
    ]
    return {"texts": len(pairs), "without": without, "with": beside, "by": by, "by with": by_beside, "alarms": alarms}


def of_hacks(folder: Path = HERE / "hacks") -> dict[str, dict[str, Any]]:
    """Of each family of hacks that was written without sight of the guards, over all languages and by language.

    A row whose answer begins with a reasoning block is left out: what is judged is the answer behind it.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        rows = [row for row in rows if not row["completion"].startswith("<think>")]
        entry: dict[str, Any] = {"texts": len(rows)}
        for side in ("without", "with"):
            samples = [
                _item(row).sample(row["completion"], reference=row["reference"] if side == "with" else None)
                for row in rows
            ]
            share, by, verdicts = stopped(samples)
            passed = Counter(row["language"] for row, one in zip(rows, verdicts, strict=True) if one.score != 0.0)
            entry |= {side: share, f"by {side}": by, f"passed {side}": dict(passed.most_common())}
        found[path.stem] = entry
    return found


def _item(row: dict[str, str]) -> Item:
    language = row["language"]
    return Item("en", TAGS.get(language, language), row["source"], row["reference"])


def table_of_right(messages: dict[str, dict[str, Any]], paraphrases: dict[str, dict[str, Any]]) -> Table:
    """Right translations stopped, a row a language."""
    table = Table(title="Right translations stopped")
    for heading in ("", "messages", "without", "beside itself", "by", "wordings", "without", "beside the other", "by"):
        table.add_column(heading, justify="left" if heading in ("", "by") else "right")
    for language in sorted({*messages, *paraphrases}):
        cells = [language]
        for results in (messages, paraphrases):
            one = results.get(language)
            if one is None:
                cells += ["", "", "", ""]
                continue
            by = ", ".join(f"{name} {count}" for name, count in one["by"].items())
            cells += [str(one["texts"]), f"{one['without']:.1%}", f"{one['with']:.1%}", by]
        table.add_row(*cells)
    return table


def table_of_hacks(hacks: dict[str, dict[str, Any]]) -> Table:
    """Hacks stopped, a row a family."""
    table = Table(title="Hacks stopped")
    for heading in ("", "texts", "without", "with reference", "most that pass, without", "with"):
        table.add_column(heading, justify="left" if heading == "" or "pass" in heading else "right")
    for family, one in hacks.items():
        passed = (
            ", ".join(f"{name} {count}" for name, count in list(one[f"passed {side}"].items())[:5])
            for side in ("without", "with")
        )
        table.add_row(family, str(one["texts"]), f"{one['without']:.1%}", f"{one['with']:.1%}", *passed)
    return table


def faults(right: dict[str, dict[str, Any]], hacks: dict[str, dict[str, Any]]) -> list[str]:
    """What misses its aim: at most 1 % of right translations, at least 95 % of hacks with and 90 % without."""
    said = [
        f"{name}: {one[side]:.1%} of right translations stopped, {side} reference"
        for name, one in right.items()
        for side in ("without", "with")
        if one[side] > MOST_RIGHT
    ]
    for family, one in hacks.items():
        if one["with"] < WITH:
            said.append(f"{family}: {one['with']:.1%} stopped with reference")
        if one["without"] < WITHOUT and family not in EXEMPT:
            said.append(f"{family}: {one['without']:.1%} stopped without reference")
    return said
