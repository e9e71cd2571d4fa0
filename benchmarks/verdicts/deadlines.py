"""How long each answer of a family that keeps verifiers busy takes, from the main thread and from another.

Run by itself it prints JSON (`python -m verdicts.deadlines` in `benchmarks`): with gmpy2 in its path, and without.
"""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Final

from rlvr import Sample, get_reward
from rlvr.scoring import Scorer
from verdicts.pairs import hangs

FAMILY: Final = [
    ("1", r"\boxed{(10^8)!}"),
    ("1", r"\boxed{1000000!}"),
    ("x", r"\boxed{1000000! x}"),
    ("x", r"\boxed{\binom{10^7}{5000000} x}"),
    ("x", r"\boxed{9^{9^{9}} x}"),
    ("x", r"\boxed{x^{x^{x^{x^{x^{x}}}}}}"),
    ("1", r"\boxed{\tan(10^{10^{20}})}"),
    (r"\sqrt{2}", r"\boxed{e^{e^{e^{e^{e}}}}}"),
    ("x", "\\boxed{" + "+".join(f"x^{{{power}}}" for power in range(300)) + "}"),
    ("(x+y+z)^{40}", r"\boxed{(z+y+x)^{40}}"),
    ("1", "\\boxed{" + r"\sqrt{" * 300 + "1" + "}" * 300 + "}"),
    ("1", "9" * 100_000),
    ("x", "\\boxed{" + "9" * 999 + "x}"),
    (r"\sum_{k=1}^{n} k", r"\boxed{\sum_{k=1}^{9999} \sin(k)^{k}}"),
    (r"\int_0^1 e^{\sin x} dx", r"\boxed{\int_0^1 e^{\sin(x^{x})} \ln(x+\cos x) dx}"),
    (r"\int_0^1 \frac{\sin x}{x} dx", r"\boxed{\int_0^1 \frac{\sin x \ln(1+x)}{x^x} dx}"),
]  # fmt: skip


def measured(pairs: list[tuple[str, str]], name: str = "math.answer") -> list[dict[str, Any]]:
    """Seconds and status of each pair, scored one by one by a scorer."""
    rows: list[dict[str, Any]] = []
    with Scorer(get_reward(name), workers=1, max_error_rate=1.0) as scorer:
        scorer.score([Sample("1", reference="1")])
        for number, (gold, completion) in enumerate(pairs):
            start = time.perf_counter()
            (verdict,) = scorer.score([Sample(completion, reference=gold, id=str(number))])
            seconds = time.perf_counter() - start
            rows.append({"seconds": seconds, "status": str(verdict.status), "score": verdict.score, "gold": gold[:40]})
    return rows


def in_a_thread(pairs: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """The same from a worker thread."""
    rows: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: rows.extend(measured(pairs)))
    thread.start()
    thread.join()
    return rows


def main() -> None:
    from mpmath.libmp import BACKEND  # pyright: ignore

    pairs = [(pair.gold, pair.completion) for pair in hangs()] + FAMILY
    print(json.dumps({"backend": BACKEND, "main": measured(pairs), "thread": in_a_thread(pairs)}))


if __name__ == "__main__":
    main()
