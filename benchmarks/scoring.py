"""What scoring costs beside the rewards themselves, and what becomes of samples that hang and crash.

    make bench-scoring

TRL's `accuracy_reward` and verl's `math_verify` come from their own packages, in processes of their own that a hard
limit ends, on the same samples as Math-Verify under our deadline.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from statistics import median
from typing import Any, Final

from peers.machine import machine
from peers.results import keep
from rich.console import Console
from rich.table import Table
from scored import rewards
from scored.peers import PROGRAMS, Pair, run_peer

from rlvr import Reward, Sample
from rlvr.scoring import Scorer
from rlvr.verdict import Status

BATCH: Final = 10_000
BAD_EVERY: Final = 100
LIMIT: Final = 60.0


@dataclass(frozen=True)
class Line:
    """A line of the table."""

    what: str
    measured: float
    unit: str
    bar: str
    met: bool


def main() -> None:
    """Measures, prints the tables, writes `benchmarks/out/scoring.json`."""
    options = _options()
    if find_spec("math_verify") is None or find_spec("trl") is None:
        sys.exit("The peers are not installed here. This installs them beside the project:\n\n  make bench-scoring")
    console = Console()
    count = BATCH // 10 if options.quick else BATCH
    lines = [overhead(rewards.inline, count, 20.0), overhead(rewards.process, count, 300.0)]
    lines += [*scaling(), hostile(count)]
    peers = beside_peers(100 if options.quick else 300)
    console.print(_lines_table(lines, count))
    console.print(_peers_table(peers))
    result = {"machine": machine(), "lines": [asdict(line) for line in lines], "peers": peers}
    console.print(f"Written to {keep('scoring', result)}.")


def overhead(reward: Reward[Any], count: int, bar: float) -> Line:
    """Microseconds a sample takes in a batch, by a reward that takes none: the fastest of five batches."""
    samples = [Sample(str(i), reference=str(i)) for i in range(count)]
    with Scorer(reward, workers=2) as scorer:
        scorer.score(samples[:64])
        times = [_seconds(scorer, samples) for _ in range(5)]
    measured = min(times) / count * 1e6
    what = "in a worker process" if reward.spec.isolate == "process" else "inline"
    return Line(f"overhead of a sample, {what}", measured, "microseconds", f"at most {bar:g}", measured <= bar)


def scaling() -> list[Line]:
    """How much faster two workers are than one on arithmetic, and two bare processes: medians of five pairs."""
    samples = [Sample(str(i)) for i in range(400)]
    ratios: list[float] = []
    bare: list[float] = []
    pools = [ProcessPoolExecutor(count, mp_context=get_context("forkserver")) for count in (1, 2)]
    with Scorer(rewards.busy, workers=1) as one, Scorer(rewards.busy, workers=2) as two, pools[0], pools[1]:
        for scorer in (one, two):
            scorer.score(samples[:32])
        for pool in pools:
            list(pool.map(rewards.busy, samples[:32]))
        for _ in range(5):
            ratios.append(_seconds(one, samples) / _seconds(two, samples))
            bare.append(_map_seconds(pools[0], samples) / _map_seconds(pools[1], samples))
    measured, machines = median(ratios), median(bare)
    return [
        Line("two workers beside one, arithmetic", measured, "times as fast", "at least 1.7", measured >= 1.7),
        Line("the same with two bare processes", machines, "times as fast", "what the machine gives", True),
    ]


def _map_seconds(pool: ProcessPoolExecutor, samples: Sequence[Sample]) -> float:
    start = time.perf_counter()
    list(pool.map(rewards.busy, samples, chunksize=16))
    return time.perf_counter() - start


def hostile(count: int) -> Line:
    """A batch of which one sample in a hundred hangs and one in a hundred crashes: seconds over those of the deadlines.

    Raises:
        AssertionError: A verdict is wrong.
    """
    workers = 2
    texts = ["hang" if i % BAD_EVERY == 7 else "crash" if i % BAD_EVERY == 57 else str(i) for i in range(count)]
    samples = [Sample(text, reference=str(i)) for i, text in enumerate(texts)]
    with Scorer(rewards.hostile, workers=workers, max_error_rate=1.0) as scorer:
        scorer.score(samples[:5])
        start = time.perf_counter()
        verdicts = scorer.score(samples)
        seconds = time.perf_counter() - start
    expected = {"hang": Status.TIMEOUT, "crash": Status.ERROR}
    for text, verdict in zip(texts, verdicts, strict=True):
        assert verdict.status is expected.get(text, Status.SCORED), (text, verdict)
        assert verdict.score == (None if text in expected else 1.0), (text, verdict)
    measured = seconds / (texts.count("hang") * rewards.DEADLINE / workers)
    return Line("1 % hang, 1 % crash: time over the deadlines' own", measured, "times", "at most 1.2", measured <= 1.2)


def beside_peers(count: int) -> list[dict[str, Any]]:
    """Samples scored a second, and how many were, by us and by the peers; without and with samples that hang."""
    honest: list[Pair] = [(f"So it is \\boxed{{{i}}}.", str(i)) for i in range(count)]
    hanging: list[Pair] = [
        ("\\boxed{9^{9^{9^{9}}}}", str(i)) if i % BAD_EVERY == 7 else pair for i, pair in enumerate(honest)
    ]
    rows: list[dict[str, Any]] = []
    for name, pairs in (("honest", honest), ("1 % hang", hanging)):
        rows.append({"samples": name, "system": "rlvr with Math-Verify, 2 workers", **_ours(pairs)})
        for peer, program in PROGRAMS.items():
            run = run_peer(program, pairs, LIMIT)
            rows.append({"samples": name, "system": peer, "seconds": run.seconds, **_counts(run.scores, pairs)})
    return rows


def _ours(pairs: Sequence[Pair]) -> dict[str, Any]:
    samples = [Sample(completion, reference=reference) for completion, reference in pairs]
    with Scorer(rewards.math_verify, workers=2, max_error_rate=1.0) as scorer:
        scorer.score(samples[:4])
        start = time.perf_counter()
        verdicts = scorer.score(samples)
        seconds = time.perf_counter() - start
    return {"seconds": seconds, **_counts([verdict.score for verdict in verdicts], pairs)}


def _counts(scores: Sequence[float | None], pairs: Sequence[Pair]) -> dict[str, int]:
    right = sum(score == 1.0 for score, (text, _) in zip(scores, pairs, strict=False) if "^" not in text)
    return {
        "of": len(pairs),
        "done": len(scores),
        "right": right,
        "expected": sum("^" not in text for text, _ in pairs),
    }


def _seconds(scorer: Scorer, samples: Sequence[Sample]) -> float:
    start = time.perf_counter()
    scorer.score(samples)
    return time.perf_counter() - start


def _lines_table(lines: Sequence[Line], count: int) -> Table:
    table = Table("", "measured", "", "bar", "", title=f"Scoring a batch of {count:,}")
    for line in lines:
        table.add_row(line.what, f"{line.measured:.2f}", line.unit, line.bar, "met" if line.met else "missed")
    return table


def _peers_table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table("samples", "system", "answered", "rightly", "seconds", "a second", title="Beside the peers")
    for row in rows:
        rate = f"{row['done'] / row['seconds']:.0f}"
        done, right = f"{row['done']} of {row['of']}", f"{row['right']} of {row['expected']}"
        table.add_row(row["samples"], row["system"], done, right, f"{row['seconds']:.1f}", rate)
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the samples: whether it runs, not how fast")
    return parser.parse_args()


if __name__ == "__main__":
    main()
