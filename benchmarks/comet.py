"""Learned translation metrics beside comet's own `predict()`: seconds and scores on the same segments, in turns.

    make bench-comet

Tiny checkpoints in the real formats, on a CPU, float32, one thread each. Texts are new in every round, so that neither
side remembers; `predict()` is timed in its own process, without what reaching it costs. `--size small` takes models of
four layers and 128 units, whose passes outweigh what surrounds them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, cast

from peers.machine import machine
from peers.results import keep
from rich.console import Console
from rich.table import Table

from rlvr.rewards.translation.comet.metric import Metric, Segment
from rlvr.rewards.translation.comet.place import interpreter
from rlvr.rewards.translation.comet.settings import Settings

HERE: Final = Path(__file__).resolve().parent
MAKER: Final = HERE.parent / "tests" / "rewards" / "translation" / "comet" / "make_checkpoints.py"
PEER: Final = HERE / "peers" / "comet_predict.py"
CLASSES: Final = {"regression": True, "referenceless": False, "kiwi": False, "unite": True, "xcomet": True}
WORDS: Final = tuple(
    "the house is red and old das Haus ist rot und alt a cat sleeps eine Katze schläft im Garten".split()  # noqa: SIM905
)
CALLERS: Final = 64
GROUP: Final = 16

Row = dict[str, str]
Calls = list[list[Row]]


@dataclass(frozen=True)
class Workload:
    """Calls that are made in a round, one after the other or all at once.

    Args:
        name: As the table has it.
        bar: How many times as fast as `predict()` it must be; 0 where none is set.
        make: The calls of a round.
        at_once: From a thread each; `predict()` serves them in turn, as it must.
    """

    name: str
    bar: float
    make: Callable[[random.Random], Calls]
    at_once: bool = False


@dataclass(frozen=True)
class Figure:
    """A workload on a class of model: medians of the rounds."""

    model: str
    workload: str
    segments: int
    ours: float
    theirs: float
    ratio: float
    bar: float
    difference: float


def text(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randint(4, 40)))


def row(draw: random.Random) -> Row:
    return {"src": text(draw), "mt": text(draw), "ref": text(draw)}


def calls(count: int, size: int) -> Callable[[random.Random], Calls]:
    return lambda draw: [[row(draw) for _ in range(size)] for _ in range(count)]


def same_groups(draw: random.Random) -> Calls:
    return [[one for one in (row(draw) for _ in range(32)) for _ in range(GROUP)]]


def groups(draw: random.Random) -> Calls:
    return [[one | {"mt": text(draw)} for one in (row(draw) for _ in range(32)) for _ in range(GROUP)]]


WORKLOADS: Final = (
    Workload("calls of 8", 3.0, calls(8, 8)),
    Workload("calls of 64", 1.5, calls(2, 64)),
    Workload("calls of 512", 1.0, calls(1, 512)),
    Workload("64 callers, 8 each", 5.0, calls(CALLERS, 8), at_once=True),
    Workload("32 groups of 16 that agree", 8.0, same_groups),
    Workload("32 groups of 16 that differ", 0.0, groups),
)


class Predict:
    """comet's own, in a process of the metrics' environment."""

    def __init__(self, checkpoint: Path) -> None:
        self._process = subprocess.Popen(
            [str(interpreter()), str(PEER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._say({"checkpoint": str(checkpoint / "checkpoints" / "model.ckpt")})

    def __call__(self, rows: Calls) -> tuple[float, list[float]]:
        """Seconds and scores of the calls, made in turn."""
        self._say(rows)
        answer = json.loads(cast("Any", self._process.stdout).readline())
        return answer["seconds"], [score for found in answer["scores"] for score in found]

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()

    def _say(self, message: object) -> None:
        pipe = cast("Any", self._process.stdin)
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()


def ours(metric: Metric, rows: Calls, pool: ThreadPoolExecutor | None) -> tuple[float, list[float]]:
    asked = [[Segment(one["src"], one["mt"], one.get("ref")) for one in call] for call in rows]
    start = time.perf_counter()
    found = list(pool.map(metric.score, asked)) if pool is not None else [metric.score(call) for call in asked]
    seconds = time.perf_counter() - start
    return seconds, [cast("float", one.score) for call in found for one in call]


def compare(name: str, folder: Path, rounds: int) -> list[Figure]:
    metric, predict = Metric(Settings(str(folder / name), device="cpu")), Predict(folder / name)
    figures: list[Figure] = []
    draw = random.Random(name)
    with ThreadPoolExecutor(CALLERS) as pool:
        for warm in (ours(metric, calls(1, 64)(draw), None), predict(_cut(calls(1, 64)(draw), name))):
            assert warm[0] > 0
        for workload in WORKLOADS:
            turns = [
                _turn(metric, predict, _cut(workload.make(draw), name), pool if workload.at_once else None, first=i % 2)
                for i in range(rounds)
            ]
            figures.append(_figure(name, workload, turns))
    metric.close()
    predict.close()
    return figures


@dataclass(frozen=True)
class Turn:
    """The same calls to both: seconds and scores of each."""

    ours: tuple[float, list[float]]
    theirs: tuple[float, list[float]]


def _turn(metric: Metric, predict: Predict, rows: Calls, pool: ThreadPoolExecutor | None, *, first: int) -> Turn:
    if first:
        mine = ours(metric, rows, pool)
        return Turn(mine, predict(rows))
    theirs = predict(rows)
    return Turn(ours(metric, rows, pool), theirs)


def _figure(name: str, workload: Workload, turns: Sequence[Turn]) -> Figure:
    count = len(turns[0].ours[1])
    return Figure(
        name,
        workload.name,
        count,
        count / median(turn.ours[0] for turn in turns),
        count / median(turn.theirs[0] for turn in turns),
        median(turn.theirs[0] / turn.ours[0] for turn in turns),
        workload.bar,
        max(abs(a - b) for turn in turns for a, b in zip(turn.ours[1], turn.theirs[1], strict=True)),
    )


def _cut(rows: Calls, name: str) -> Calls:
    if CLASSES[name]:
        return rows
    return [[{key: text for key, text in one.items() if key != "ref"} for one in call] for call in rows]


def show(console: Console, figures: Sequence[Figure]) -> None:
    table = Table(title="segments a second; times as fast as predict(); largest difference of a score")
    for column in ("model", "workload", "rlvr", "predict()", "ratio", "bar", "difference"):
        table.add_column(column, justify="left" if column in ("model", "workload") else "right")
    for one in figures:
        style = "red" if one.ratio < one.bar or one.difference > 1e-5 else ""
        bar = f"{one.bar:g}" if one.bar else ""
        numbers = (f"{one.ours:,.0f}", f"{one.theirs:,.0f}", f"{one.ratio:.1f}", bar, f"{one.difference:.0e}")
        table.add_row(one.model, one.workload, *numbers, style=style)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("tiny", "small"), default="tiny")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=tuple(CLASSES), default=tuple(CLASSES))
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    console = Console()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        subprocess.run(
            [str(interpreter()), str(MAKER), made, arguments.size], check=True, capture_output=True, text=True
        )
        figures: list[Figure] = []
        for name in arguments.only:
            figures += compare(name, folder, arguments.rounds)
            show(console, [one for one in figures if one.model == name])
    console.print(f"kept in {keep('comet', {'machine': machine(), 'figures': [asdict(one) for one in figures]})}")
    sys.exit(any(one.ratio < one.bar or one.difference > 1e-5 for one in figures))


if __name__ == "__main__":
    main()
