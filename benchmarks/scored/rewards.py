"""Rewards that cost a known amount, and one that does what its sample says."""

from __future__ import annotations

import logging
import os
import time
from typing import Final

from rlvr import Sample, reward

DEADLINE: Final = 0.5


@reward("bench.inline")
def inline(sample: Sample) -> float:
    """Nothing to do: what is measured is the way there and back."""
    return 1.0 if sample.completion == sample.reference else 0.0


@reward("bench.process", isolate="process", cache=False)
def process(sample: Sample) -> float:
    """The same in a worker process."""
    return 1.0 if sample.completion == sample.reference else 0.0


@reward("bench.busy", isolate="process", cache=False)
def busy(sample: Sample) -> float:
    """Some milliseconds of arithmetic."""
    total = 0
    for number in range(60_000):
        total += number * number % 7
    return float(total > 0)


@reward("bench.hostile", isolate="process", timeout=DEADLINE, cache=False)
def hostile(sample: Sample) -> float:
    """Hangs, crashes, or says whether the answer is right."""
    if sample.completion == "hang":
        time.sleep(3600)
    if sample.completion == "crash":
        os.abort()
    return 1.0 if sample.completion == sample.reference else 0.0


@reward("bench.math_verify", isolate="process", timeout=2.0, cache=False)
def math_verify(sample: Sample) -> float:
    """Math-Verify without its own alarm, which has no effect inside one long multiplication: the deadline is ours."""
    from math_verify import parse, verify  # pyright: ignore

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns at each call that its alarm is off
    gold = parse(f"\\boxed{{{sample.reference}}}", parsing_timeout=None)  # pyright: ignore
    return float(verify(gold, parse(sample.completion, parsing_timeout=None), timeout_seconds=None))  # pyright: ignore
