"""How a program ended, read off its process's status."""

from __future__ import annotations

import os
import re
import signal
from typing import Any

from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.inside.program import COMPILE_FAILED, MEMORY_FAILED
from rlvr.sandbox.outcome import Outcome, Run


def run_of(
    reply: dict[str, Any],
    limits: Limits,
    stdout: bytes,
    stderr: bytes,
    report: bytes,
    *,
    full: bool,
    exhausted: str | None = None,
) -> Run:
    """The run that the fork server's reply and the files make.

    Args:
        reply: Status, reason and use of the process.
        limits: What it was bound by.
        stdout: Its output.
        stderr: The last of its errors.
        report: What came by a channel of its own.
        full: Whether one of its files reached the limit.
        exhausted: `None` for a program in Python; else a pattern of what its runtime writes when memory is used up.
    """
    ending, explanation = _ending(reply, limits, full=full, python=exhausted is None)
    if ending is Outcome.RUNTIME_ERROR and exhausted and re.search(exhausted, stderr.decode(errors="replace")):
        ending, explanation = Outcome.MEMORY_LIMIT, f"more than {limits.memory} MiB"
    return Run(
        ending,
        stdout,
        stderr.decode(errors="replace"),
        reply["cpu"],
        reply["wall"],
        reply["memory"],
        explanation,
        report,
    )


def _ending(reply: dict[str, Any], limits: Limits, *, full: bool, python: bool) -> tuple[Outcome | None, str]:
    status = reply["status"]
    if reply["why"] == "cpu":
        return Outcome.TIME_LIMIT, f"more than {limits.cpu:g} s of processor time"
    if reply["why"] == "wall":
        return Outcome.TIME_LIMIT, f"more than {limits.seconds:g} s of the clock"
    if reply["why"] == "memory":
        return Outcome.MEMORY_LIMIT, f"more than {limits.memory} MiB"
    if reply["why"] == "output":
        return Outcome.OUTPUT_LIMIT, f"{limits.output} MiB of output and more"
    if os.WIFSIGNALED(status):
        return _by_signal(os.WTERMSIG(status), reply["cpu"], limits)
    if full:
        return Outcome.OUTPUT_LIMIT, f"{limits.output} MiB of output and more"
    code = os.WEXITSTATUS(status)
    if python and code == COMPILE_FAILED:
        return Outcome.COMPILE_ERROR, "it does not compile"
    if python and code == MEMORY_FAILED:
        return Outcome.MEMORY_LIMIT, f"more than {limits.memory} MiB"
    return (Outcome.RUNTIME_ERROR, f"exit status {code}") if code else (None, "")


def _by_signal(number: int, cpu: float, limits: Limits) -> tuple[Outcome, str]:
    if number == signal.SIGXCPU or (number == signal.SIGKILL and cpu >= limits.cpu):
        return Outcome.TIME_LIMIT, f"more than {limits.cpu:g} s of processor time"
    if number == signal.SIGXFSZ:
        return Outcome.OUTPUT_LIMIT, f"{limits.output} MiB of output and more"
    name = signal.Signals(number).name if number in signal.valid_signals() else str(number)
    return Outcome.RUNTIME_ERROR, f"ended by {name}"
