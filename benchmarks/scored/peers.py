"""The peers' own rewards on the same samples, each in a process of its own that a hard limit ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Pair = tuple[str, str]
"""Completion and reference."""

_TRL: Final = """
import json, sys, threading
from trl.rewards import accuracy_reward
pairs = json.load(sys.stdin)

def run():
    accuracy_reward([[{"content": "\\boxed{1}"}]], ["$1$"])
    print("ready", flush=True)
    for completion, reference in pairs:
        (score,) = accuracy_reward([[{"content": completion}]], [f"${reference}$"])
        print(json.dumps(score), flush=True)

"""

_IN_MAIN: Final = "run()"
_IN_THREAD: Final = "thread = threading.Thread(target=run); thread.start(); thread.join()"

_VERL: Final = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from verl.utils.reward_score import math_verify
if __name__ == "__main__":
    pairs = json.load(sys.stdin)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: math_verify.compute_score("\\\\boxed{1}", "1"), range(8)))
        print("ready", flush=True)
        for score in threads.map(lambda pair: math_verify.compute_score(*pair), pairs):
            print(json.dumps(float(score)), flush=True)
"""

PROGRAMS: Final = {
    "TRL accuracy_reward, main thread": _TRL + _IN_MAIN,
    "TRL accuracy_reward, another thread": _TRL + _IN_THREAD,
    "verl math_verify, 4 workers": _VERL,
}


@dataclass(frozen=True)
class PeerRun:
    """What a peer came to within the limit.

    Args:
        seconds: From its first sample to its last, or to the limit.
        scores: As far as it came.
    """

    seconds: float
    scores: list[float | None]


def run_peer(program: str, pairs: Sequence[Pair], limit: float) -> PeerRun:
    """Runs a peer on the pairs, for at most `limit` seconds.

    Raises:
        RuntimeError: It did not start.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(pairs))
    process.stdin.close()
    if not _until_ready(process):
        raise RuntimeError("a peer did not start; are its packages installed? `make bench-scoring` installs them.")
    start = time.perf_counter()
    scores: list[float | None] = []
    try:
        while len(scores) < len(pairs) and (left := limit - (time.perf_counter() - start)) > 0:
            line = _line(process, left)
            if line is None:
                break
            scores.append(json.loads(line))
        return PeerRun(time.perf_counter() - start, scores)
    finally:
        _end(process)


def _until_ready(process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    return any(line == "ready\n" for line in process.stdout)


def _line(process: subprocess.Popen[str], seconds: float) -> str | None:
    """The next line, if it comes in time."""
    assert process.stdout is not None
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()), daemon=True)  # pyright: ignore
    reader.start()
    reader.join(seconds)
    return lines[0] if lines and lines[0] else None


def _end(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
