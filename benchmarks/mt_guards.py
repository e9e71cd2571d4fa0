"""What the guards of translation let through and stop; `mt.chrf` beside sacrebleu.

    make bench-mt-guards
    pip download --no-deps -d wheels django wagtail sphinx django-allauth djangorestframework wtforms django-oscar
    python benchmarks/mt_guards.py --wheels wheels
    python benchmarks/mt_guards.py --half tuning

Right translations are the human post-edits of MLQE-PE, messages of published packages (`guarded/catalogues.py`) and
two wordings of thirty sentences in each of 22 languages (`guarded/paraphrases`). Hacks are corruptions of the first,
and families that were written without sight of the guards (`guarded/hacks`).

The human post-edits must pass; ten kinds of corruption of them must not. Thresholds were chosen on the even rows
(`tuning`); what is printed by default is about the odd ones (`reporting`). Post-edits are judged without any
reference, which is harder; corruptions with none and with the post-edit for a reference, as in training. Writes
benchmarks/out/mt_guards.json. Needs the data beside the repository (../shared/data/translation).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guarded.catalogues import read_catalogues
from guarded.report import faults, of_hacks, of_messages, of_paraphrases, table_of_hacks, table_of_right
from guarded.texts import read_paraphrases
from peers.results import keep
from rich.console import Console
from rich.table import Table
from sacrebleu.metrics.chrf import CHRF
from scipy.stats import kendalltau, pearsonr, spearmanr  # pyright: ignore

from rlvr import Sample, Verdict, judge_all
from rlvr.envs.translation_prompts import prompt_for
from rlvr.rewards.translation.guards import guards
from rlvr.rewards.translation.surface import chrf

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "translation"
PAIRS = ("en-de", "en-zh", "ro-en", "ru-en")
PASS, STOP = 0.99, 0.995


@dataclass(frozen=True)
class Row:
    """A segment of a set: its source, the human's translation, the machine's, and the mean of the human scores."""

    pair: str
    source: str
    post_edit: str
    hypothesis: str
    human: float

    @property
    def prompt(self) -> str:
        """What a policy would be told."""
        return prompt_for(self.source, *self.pair.split("-"))

    def sample(self, completion: str, *, reference: bool, truncated: bool = False) -> Sample:
        """An answer to it."""
        source, target = self.pair.split("-")
        return Sample(
            completion,
            reference=self.post_edit if reference else None,
            prompt=self.prompt,
            data={"source": self.source, "source_language": source, "target_language": target},
            truncated=truncated,
        )


def read(pair: str, half: str) -> list[Row]:
    lines = (DATA / f"mlqe_dev.{pair}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines][0 if half == "tuning" else 1 :: 2]
    return [Row(pair, row["source"], row["post_edit"], row["hypothesis"], row["z_mean"]) for row in rows]


Corruption = Callable[[Row, random.Random], str]


def _words(text: str) -> list[str]:
    return text.split()


def _cut(row: Row, draw: random.Random) -> str:
    """The first 20 to 60 % of the words."""
    words = _words(row.post_edit)
    return " ".join(words[: max(1, int(len(words) * draw.uniform(0.2, 0.6)))])


def _last_word_again(row: Row, draw: random.Random) -> str:
    words = _words(row.post_edit)
    return " ".join([*words, *[words[max(0, len(words) - 2)]] * draw.randint(4, 12)])


def _phrase_again(row: Row, draw: random.Random) -> str:
    words = _words(row.post_edit)
    size = min(len(words), draw.randint(2, 5))
    start = draw.randrange(len(words) - size + 1)
    return " ".join(words[: start + size] + words[start : start + size] * draw.randint(3, 6) + words[start + size :])


def _all_again(row: Row, draw: random.Random) -> str:
    return " ".join([row.post_edit] * draw.randint(2, 4))


def _random_letters(row: Row, draw: random.Random) -> str:
    if row.pair.endswith("zh"):
        return "".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(max(4, len(row.source) // 3)))
    return "".join(draw.choice("abcdefghijklmnopqrstuvwxyz     ") for _ in row.post_edit)


def _shuffled_letters(row: Row, draw: random.Random) -> str:
    """The letters of every word in another order; of a Chinese text seven characters in ten replaced."""
    if row.pair.endswith("zh"):
        return "".join(
            chr(draw.randrange(0x4E00, 0x9FA5)) if "\u4e00" <= c <= "\u9fff" and draw.random() < 0.7 else c
            for c in row.post_edit
        )
    return " ".join("".join(draw.sample(word, len(word))) for word in _words(row.post_edit))


CORRUPTIONS: dict[str, Corruption] = {
    "copy of the source": lambda row, _: row.source,
    "cut in the text": _cut,
    "last word again": _last_word_again,
    "phrase again": _phrase_again,
    "all of it again": _all_again,
    "prompt": lambda row, _: row.prompt,
    "prompt and translation": lambda row, _: f"{row.prompt}{row.post_edit}",
    "source and translation": lambda row, _: f"{row.source}\n{row.post_edit}",
    "random letters": _random_letters,
    "shuffled letters": _shuffled_letters,
    "quoted": lambda row, _: f'"{row.post_edit}"',
    "with a preface": lambda row, _: f"Sure! Here is the translation:\n\n{row.post_edit}",
    "None": lambda _, __: "None",
}
REQUIRED = [name for name in CORRUPTIONS if name not in ("quoted", "shuffled letters")]


def judged(samples: Sequence[Sample]) -> list[Verdict]:
    return judge_all(guards, samples)


def stopped(verdicts: Sequence[Verdict]) -> float:
    return sum(verdict.score == 0.0 for verdict in verdicts) / len(verdicts)


def by_guard(verdicts: Sequence[Verdict]) -> dict[str, int]:
    return dict(Counter(v.explanation.partition(":")[0] for v in verdicts if v.score == 0.0).most_common())


def other_languages(rows: Sequence[Row], all_rows: dict[str, list[Row]], *, reference: bool) -> list[Verdict]:
    """Each row with the human translation of the row in the same place of the sets in other target languages."""
    mine = rows[0].pair
    samples = [
        row.sample(other[i % len(other)].post_edit, reference=reference)
        for pair, other in all_rows.items()
        if pair.split("-")[1] != mine.split("-")[1]
        for i, row in enumerate(rows)
        # Where the human kept the source it is not in that other language.
        if not _kept(other[i % len(other)])
    ]
    return judged(samples)


def same_language(rows: Sequence[Row], *, reference: bool) -> list[Verdict]:
    """The source of a row replaced by that of another one: in the source's language, and no copy of its own source."""
    return judged([row.sample(rows[i - 1].source, reference=reference) for i, row in enumerate(rows)])


def of_pair(pair: str, all_rows: dict[str, list[Row]]) -> dict[str, Any]:
    rows, draw = all_rows[pair], random.Random(pair)
    start = time.perf_counter()
    clean = judged([row.sample(row.post_edit, reference=False) for row in rows])
    seconds = time.perf_counter() - start
    alarms = [
        {"why": verdict.explanation, "source": row.source, "post_edit": row.post_edit}
        for row, verdict in zip(rows, clean, strict=True)
        if verdict.score != 1.0
    ]
    with_reference = judged([row.sample(row.post_edit, reference=True) for row in rows])
    result: dict[str, Any] = {
        "rows": len(rows),
        "passed": 1 - stopped(clean),
        "passed with reference": 1 - stopped(with_reference),
        "machine passed": 1 - stopped(judged([row.sample(row.hypothesis, reference=False) for row in rows])),
        "machine passed with reference": 1
        - stopped(judged([row.sample(row.hypothesis, reference=True) for row in rows])),
        "milliseconds": 1000 * seconds / len(rows),
        "alarms": alarms,
        "stopped": {},
    }
    texts = {name: [corrupt(row, draw) for row in rows] for name, corrupt in CORRUPTIONS.items()}
    for reference in (False, True):
        found: dict[str, list[Verdict]] = {}
        for name, corrupted in texts.items():
            # A human who keeps the source is right, and so is a policy that does the same.
            kept = [
                (row, text)
                for row, text in zip(rows, corrupted, strict=True)
                if name != "copy of the source" or not _kept(row)
            ]
            found[name] = judged([row.sample(text, reference=reference) for row, text in kept])
        found["cut by the limit"] = judged(
            [
                row.sample(text, reference=reference, truncated=True)
                for row, text in zip(rows, texts["cut in the text"], strict=True)
            ]
        )
        found["other target language"] = other_languages(rows, all_rows, reference=reference)
        found["source language, another text"] = same_language(rows, reference=reference)
        for name, verdicts in found.items():
            side = "with reference" if reference else "without"
            result["stopped"].setdefault(name, {})[side] = {"share": stopped(verdicts), "by": by_guard(verdicts)}
    return result


def _kept(row: Row) -> bool:
    return "".join(filter(str.isalnum, row.source)).casefold() == "".join(filter(str.isalnum, row.post_edit)).casefold()


def correlations(rows: Sequence[Row]) -> dict[str, float]:
    """Of the machine's translations, scored against the post-edits, with the human scores."""
    human = [row.human for row in rows]
    ours = [
        float(verdict.score or 0.0)
        for verdict in judge_all(chrf, [row.sample(row.hypothesis, reference=True) for row in rows])
    ]
    theirs = [CHRF().sentence_score(row.hypothesis, [row.post_edit]).score for row in rows]
    return {
        "spearman": float(spearmanr(ours, human).statistic),  # pyright: ignore
        "kendall": float(kendalltau(ours, human).statistic),  # pyright: ignore
        "pearson": float(pearsonr(ours, human).statistic),  # pyright: ignore
        "spearman of sacrebleu": float(spearmanr(theirs, human).statistic),  # pyright: ignore
        "largest difference": max(abs(a - b / 100) for a, b in zip(ours, theirs, strict=True)),
    }


def table_of(results: dict[str, dict[str, Any]], side: str) -> Table:
    table = Table(title=f"Stopped, {side}")
    for heading in ("", *results):
        table.add_column(heading, justify="left" if not heading else "right")
    for name in next(iter(results.values()))["stopped"]:
        shares = [result["stopped"][name][side]["share"] for result in results.values()]
        table.add_row(name, *(f"{share:.1%}" for share in shares))
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("tuning", "reporting"), default="reporting")
    parser.add_argument(
        "--wheels", type=Path, help="folder of wheels whose catalogues are read; else what is installed"
    )
    parser.add_argument("--messages", type=int, default=400, help="messages of each language")
    given = parser.parse_args()
    console = Console(width=170)
    if not DATA.is_dir():
        console.print(f"There is no {DATA}: this benchmark needs its data.")
        return 2
    all_rows = {pair: read(pair, given.half) for pair in PAIRS}
    results = {pair: of_pair(pair, all_rows) for pair in PAIRS}
    for pair, result in results.items():
        result["chrf"] = correlations(all_rows[pair])
    table = Table(title=f"Human post-edits, the {given.half} half")
    for heading in (
        "",
        "rows",
        "pass",
        "pass with reference",
        "machine passes",
        "with reference",
        "ms",
        "chrF spearman",
        "kendall",
        "sacrebleu's",
    ):
        table.add_column(heading, justify="left" if not heading else "right")
    for pair, result in results.items():
        scores = result["chrf"]
        shares = (
            f"{result[key]:.1%}"
            for key in ("passed", "passed with reference", "machine passed", "machine passed with reference")
        )
        numbers = (f"{scores[key]:.3f}" for key in ("spearman", "kendall", "spearman of sacrebleu"))
        table.add_row(pair, str(result["rows"]), *shares, f"{result['milliseconds']:.2f}", *numbers)
    console.print(table)
    for side in ("without", "with reference"):
        console.print(table_of(results, side))
    for pair, result in results.items():
        for alarm in result["alarms"]:
            console.print(
                f"{pair}  {alarm['why']}\n    {alarm['source'][:120]}\n    {alarm['post_edit'][:120]}", markup=False
            )
    messages = {
        language: of_messages(items)
        for language, items in read_catalogues(given.wheels, given.messages, seed=given.half).items()
        if items
    }
    wordings = {language: of_paraphrases(items) for language, items in read_paraphrases().items()}
    hacks = of_hacks()
    console.print(table_of_right(messages, wordings))
    console.print(table_of_hacks(hacks))
    missed = faults({**{f"messages {name}": one for name, one in messages.items()}, **wordings}, hacks)
    for line in missed:
        console.print(line, markup=False)
    keep(
        "mt_guards" if given.half == "reporting" else f"mt_guards_{given.half}",
        {"post-edits": results, "messages": messages, "wordings": wordings, "hacks": hacks, "missed": missed},
    )
    passed = all(result["passed"] >= PASS for result in results.values())
    floored = all(
        result["stopped"][name]["with reference"]["share"] >= STOP for result in results.values() for name in REQUIRED
    )
    console.print(f"post-edits pass in 99 %: {passed}; corruptions are stopped in 99.5 %: {floored}")
    return 0 if passed and floored and not missed else 1


if __name__ == "__main__":
    sys.exit(main())
