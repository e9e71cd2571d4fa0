"""Draws what guards are for: the runs of tests/learning/test_translation.py, with and without them, step by step.

    python benchmarks/mt_learning.py

Trains a small model twice (minutes) and writes docs/translation-learning.svg and benchmarks/out/mt_learning.json: on
held-out sentences chrF, the share of followed glossaries and the length; and the reward that training sees.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from peers.results import keep

from rlvr.observe.metrics import read_metrics
from rlvr.observe.run_folder import RunFolder

ROOT = Path(__file__).resolve().parents[1]
PROOF = ROOT / "tests" / "learning" / "test_translation.py"
COLOURS = {"guarded": "#1b7837", "unguarded": "#b2182b"}
PANELS = {
    "reward/mean": "reward in training",
    "eval/strict": "chrF, held out",
    "eval/lenient": "glossaries followed, held out",
    "eval/length": "length, held out, in parts of the limit",
}
LIMIT = 48
EVERY = 10
WIDTH, HEIGHT, LEFT, TOP, GAP = 250, 170, 36, 30, 44


def proof() -> ModuleType:
    """The module of the proof: what is drawn is what it asserts."""
    spec = importlib.util.spec_from_file_location("test_translation", PROOF)
    if spec is None or spec.loader is None:
        raise SystemExit(f"There is no {PROOF}.")
    module = importlib.util.module_from_spec(spec)
    sys.modules["test_translation"] = module
    spec.loader.exec_module(module)
    return module


def svg(runs: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]], steps: int) -> str:
    """Four panels beside one another, a line of each run in each; all from 0 to 1."""
    parts = [_text(LEFT, 16, "with guards", COLOURS["guarded"]), _text(LEFT + 90, 16, "without", COLOURS["unguarded"])]
    for place, (panel, title) in enumerate(PANELS.items()):
        x, y = LEFT + (place % 2) * (WIDTH + GAP), TOP + (place // 2) * (HEIGHT + GAP)
        parts.append(f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#888"/>')
        parts.append(_text(x + 4, y + HEIGHT + 30, title, "#222"))
        for value in (0.0, 0.5, 1.0):
            parts.append(_text(x - 24, y + HEIGHT * (1 - value) + 4, f"{value:g}", "#666"))
        for step in (0, steps // 2, steps):
            parts.append(_text(x + WIDTH * step / steps - 6, y + HEIGHT + 15, str(step), "#666"))
        for name, run in runs.items():
            points = " ".join(
                f"{x + WIDTH * at / steps:.1f},{y + HEIGHT * (1 - value):.1f}" for at, value in run[panel]
            )
            parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
    width, height = LEFT + 2 * (WIDTH + GAP), TOP + 2 * (HEIGHT + GAP)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    return "\n".join((head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>")) + "\n"


def _text(x: float, y: float, text: str, colour: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-family="sans-serif" font-size="12" fill="{colour}">{text}</text>'


def trained(module: Any, folder: Path, seed: int) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """The curves of both runs: points (step, value) of each panel."""
    module.warm_up(folder, seed)
    runs: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for name in COLOURS:
        module.learn(folder, seed, name, f"eval.every={EVERY}")
        lines = read_metrics(RunFolder(folder / name))
        runs[name] = {
            panel: [
                (float(line["step"]), line[panel] / (LIMIT if panel == "eval/length" else 1))
                for line in lines
                if panel in line
            ]
            for panel in PANELS
        }
    return runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    module = proof()
    with TemporaryDirectory() as work:
        runs = trained(module, Path(work), given.seed)
    (ROOT / "docs" / "translation-learning.svg").write_text(svg(runs, module.STEPS), encoding="utf-8")
    keep("mt_learning", runs)


if __name__ == "__main__":
    main()
