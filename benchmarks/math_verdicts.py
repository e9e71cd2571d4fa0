"""Right and wrong verdicts of `math.answer`, its speed and its deadlines, beside Math-Verify and TRL in the same run.

    make bench-math          # all of it, with the peers
    python benchmarks/math_verdicts.py --quick

Prints tables and writes benchmarks/out/math_verdicts.json. Needs the data beside the repository (../shared/data/math).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from peers.results import keep
from rich.console import Console
from rich.table import Table
from verdicts import pairs as data
from verdicts.pairs import Pair
from verdicts.properties import mutated, own_references, reflexive

from rlvr import Sample
from rlvr.judging import judge as judge_one
from rlvr.rewards.math import answer, final_number

ROOT = Path(__file__).resolve().parents[1]

Judge = Callable[[Pair], bool]


@dataclass
class Line:
    """One bar, and what was measured."""

    what: str
    measured: str
    bar: str
    met: bool


def ours(pair: Pair) -> bool:
    return judge_one(answer, Sample(pair.completion, reference=pair.gold, data=pair.data)).score == 1.0


def _key(pair: Pair) -> str:
    """The bare answer: peers take no GSM8K solution for a reference."""
    return pair.gold.rpartition("\nA: ")[2]


def math_verify(pair: Pair) -> bool:
    from math_verify import parse, verify  # pyright: ignore

    gold = pair.gold if pair.name.startswith("test_") else f"\\boxed{{{_key(pair)}}}"
    return bool(verify(parse(gold), parse(pair.completion)))  # pyright: ignore


def trl(pair: Pair) -> bool:
    from trl.rewards import accuracy_reward  # pyright: ignore

    return accuracy_reward([[{"content": pair.completion}]], [f"${_key(pair).strip('$')}$"])[0] == 1.0  # pyright: ignore


@dataclass
class Judged:
    """Verdicts of one judge on many pairs."""

    verdicts: list[bool]
    seconds: list[float]

    @property
    def rate(self) -> float:
        """Verdicts a second."""
        return len(self.seconds) / sum(self.seconds)

    def at(self, share: float) -> float:
        """Milliseconds below which that share of the verdicts stays."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))] * 1000


def judged(judge: Judge, pairs: Sequence[Pair]) -> Judged:
    verdicts, seconds = list[bool](), list[float]()
    for pair in pairs:
        start = time.perf_counter()
        verdicts.append(judge(pair))
        seconds.append(time.perf_counter() - start)
    return Judged(verdicts, seconds)


def fast_path(pairs: Sequence[Pair], reward: Any) -> float:
    """Verdicts a second of a reward called as a function, best of three passes."""
    samples = [Sample(pair.completion, reference=pair.gold) for pair in pairs]
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        for sample in samples:
            reward(sample)
        best = max(best, len(samples) / (time.perf_counter() - start))
    return best


def errors(found: Judged, pairs: Sequence[Pair]) -> tuple[int, int]:
    """Wrong answers accepted, right answers rejected."""
    wrong = sum(verdict and not pair.expected for verdict, pair in zip(found.verdicts, pairs, strict=True))
    return wrong, sum(pair.expected and not verdict for verdict, pair in zip(found.verdicts, pairs, strict=True))


def agreeing(judge: Judge, pairs: Sequence[Pair]) -> int:
    return sum(verdict == pair.expected for verdict, pair in zip(judged(judge, pairs).verdicts, pairs, strict=True))


def correctness(peers: dict[str, Judge], lines: list[Line], tables: list[Table], quick: bool) -> dict[str, Any]:
    solutions, adversarial, upstream = data.gsm8k_solutions(), data.adversarial(), data.upstream()
    facts = [pair for pair in adversarial if not pair.policy]
    sound = [pair for pair in upstream if not pair.unsound]
    if quick:
        solutions = solutions[::10]
    table = Table(
        "judge", "GSM8K", "adversarial: wrong accepted", "right rejected", "policy rows", "Math-Verify's tests (sound)",
        "all", title="Agreement",
    )  # fmt: skip
    found: dict[str, Any] = {}
    right = sum(pair.expected for pair in facts)
    for name, judge in peers.items():
        on_facts = judged(judge, facts)
        wrong, rejected = errors(on_facts, facts)
        agree = {
            "gsm8k": agreeing(judge, solutions),
            "policy": agreeing(judge, [pair for pair in adversarial if pair.policy]),
            "sound": agreeing(judge, sound),
            "upstream": agreeing(judge, upstream),
        }
        table.add_row(
            name,
            f"{agree['gsm8k']} of {len(solutions)}",
            f"{wrong} of {len(facts) - right}",
            f"{rejected} of {right}",
            f"{agree['policy']} of {len(adversarial) - len(facts)}",
            f"{agree['sound']} of {len(sound)}",
            f"{agree['upstream']} of {len(upstream)}",
        )
        found[name] = {**agree, "wrong_accepted": wrong, "right_rejected": rejected}
    tables.append(table)
    mine = found["math.answer"]
    same = mine["gsm8k"] == len(solutions)
    lines.append(Line("GSM8K verdicts agreed with", f"{mine['gsm8k']} of {len(solutions)}", "all", same))
    wrong, share = mine["wrong_accepted"], mine["right_rejected"] / right
    lines.append(Line("adversarial: wrong answers accepted", str(wrong), "0", not wrong))
    lines.append(Line("adversarial: right answers rejected", f"{share:.1%}", "5 %", share <= 0.05))
    if sound:
        share = mine["sound"] / len(sound)
        measured = f"{share:.1%} of {len(sound)}"
        lines.append(Line("Math-Verify's own sound expectations", measured, "99 %", share >= 0.99))
    references = data.gsm8k_references()
    own = sum(judged(ours, references).verdicts)
    _properties(lines, quick)
    lines.append(Line("reference as the answer, GSM8K", f"{own} of {len(references)}", "all", own == len(references)))
    return found


def _properties(lines: list[Line], quick: bool) -> None:
    """References answer themselves, and what one small change makes of them does not."""
    same = reflexive(own_references(10 if quick else 60))
    measured = f"{same.refused.total()} of {same.tried}, {same.references} references of {same.forms} forms"
    lines.append(Line("references refused as answers to themselves", measured, "0", not same.refused.total()))
    made = mutated(2000 if quick else 20_000)
    count = made.changes.total()
    measured = f"{len(made.accepted)} of {count}, {made.equal} more are equal; {len(made.changes)} changes"
    lines.append(Line("mutants of references accepted", measured, "0", not made.accepted))
    for mutant in made.accepted[:20]:
        print(f"accepted, {mutant.change} of {mutant.form}: {mutant.answer} for {mutant.reference}")
    print("mutants by change:", dict(made.changes), "by form:", dict(made.forms))


def speed(peers: dict[str, Judge], lines: list[Line], tables: list[Table]) -> dict[str, Any]:
    solutions = data.gsm8k_solutions()
    mixed = [*data.adversarial(), *data.upstream()]
    for judge in peers.values():
        for gold in ("x^2-1", r"\int_0^1 x\,dx", "four thousand and one"):  # what is imported at first use
            judge(Pair(gold, r"\boxed{(x-1)(x+1)}", expected=True))
    table = Table(
        "judge", "GSM8K solutions a second", "mixed pairs a second", "p50 ms", "p99 ms", title="Speed, one process"
    )
    rates = {"math.answer": fast_path(solutions, answer), "math.final_number": fast_path(solutions, final_number)}
    found: dict[str, Any] = {}
    for name, judge in peers.items():
        rate = rates.get(name) or judged(judge, solutions[::10]).rate
        on = judged(judge, mixed)
        table.add_row(name, f"{rate:,.0f}", f"{on.rate:,.0f}", f"{on.at(0.5):.2f}", f"{on.at(0.99):.1f}")
        found[name] = {"gsm": rate, "mixed": on.rate, "p50_ms": on.at(0.5), "p99_ms": on.at(0.99)}
    table.add_row("math.final_number", f"{rates['math.final_number']:,.0f}", "", "", "")
    tables.append(table)
    mine = found["math.answer"]
    lines.append(Line("fast path, verdicts a second", f"{mine['gsm']:,.0f}", "20,000", mine["gsm"] >= 20_000))
    if "Math-Verify" in found:
        ratio = mine["mixed"] / found["Math-Verify"]["mixed"]
        lines.append(Line("mixed pairs, of Math-Verify's speed", f"{ratio:.1f} x", "10 x", ratio >= 10))
    lines.append(Line("mixed pairs, p99", f"{mine['p99_ms']:.1f} ms", "10 ms", mine["p99_ms"] < 10))
    share = rates["math.final_number"] / rates["math.answer"]
    lines.append(Line("final_number, of the speed of answer on GSM8K", f"{share:.2f}", "0.5", share >= 0.5))
    return found


def deadlines(lines: list[Line]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    limit = answer.spec.timeout + 0.5
    for name, path in (("without gmpy2", ""), ("with gmpy2", str(ROOT / ".venv" / "math-peers"))):
        if path and not (Path(path) / "gmpy2").is_dir():
            continue
        environment = {**os.environ, "PYTHONPATH": path}
        program = [sys.executable, "-m", "verdicts.deadlines"]
        folder = ROOT / "benchmarks"
        run = subprocess.run(program, capture_output=True, text=True, env=environment, check=True, cwd=folder)
        found[name] = json.loads(run.stdout)
        for where in ("main", "thread"):
            rows = found[name][where]
            slowest, ended = max(row["seconds"] for row in rows), sum(row["status"] == "timeout" for row in rows)
            failed = sum(row["status"] == "error" for row in rows)
            measured = f"{slowest:.2f} s, {ended} of {len(rows)} ended ({found[name]['backend']})"
            what = f"slowest hostile answer, {'main' if where == 'main' else 'worker'} thread, {name}"
            lines.append(Line(what, measured, f"{limit} s", slowest <= limit and not failed))
    return found


def stability(lines: list[Line]) -> None:
    rows = data.adversarial()
    samples = [Sample(pair.completion, reference=pair.gold) for pair in rows]

    def again(_: int) -> list[Any]:
        return [answer(sample) for sample in samples]

    first = again(0)
    repeats = all(again(number) == first for number in range(100))
    with ThreadPoolExecutor(16) as threads:
        at_once = all(run == first for run in threads.map(again, range(16)))
    lines.append(Line("the same verdicts 100 times over", str(repeats), "True", repeats))
    antlr = version("antlr4-python3-runtime")
    lines.append(
        Line(f"the same verdicts in 16 threads, antlr {antlr}", str(at_once), "True", at_once and antlr == "4.9.3")
    )


def main() -> None:
    options = _options()
    if not data.DATA.is_dir():
        sys.exit(f"{data.DATA} is not there; this benchmark judges what it holds.")
    logging.disable(logging.ERROR)
    peers: dict[str, Judge] = {"math.answer": ours, "Math-Verify": math_verify}
    try:
        trl(Pair("1", r"\boxed{1}", expected=True))
        peers["TRL accuracy_reward"] = trl
    except ImportError:
        print("TRL is not there: `make peers`.")
    lines, tables = list[Line](), list[Table]()
    result: dict[str, Any] = {"speed": speed(peers, lines, tables)}
    result["agreement"] = correctness(peers, lines, tables, options.quick)
    result["deadlines"] = deadlines(lines)
    stability(lines)
    bars = Table("what", "measured", "bar", "", title="The bars")
    for line in lines:
        bars.add_row(line.what, line.measured, line.bar, "met" if line.met else "missed")
    console = Console(width=150)
    for table in (*tables, bars):
        console.print(table)
    result["bars"] = [asdict(line) for line in lines]
    versions = {
        name: version(name) for name in ("math-verify", "latex2sympy2_extended", "sympy", "antlr4-python3-runtime")
    }
    result["versions"] = versions
    keep("math_verdicts", result)
    if not all(line.met for line in lines):
        sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the GSM8K solutions")
    return parser.parse_args()


if __name__ == "__main__":
    main()
