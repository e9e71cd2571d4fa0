"""Keeps a trainer's processes together: none of them outlives it, or whoever asked for it.

A program: `python -m rlvr.verl.run.warden LIMIT GRACE COMMAND...`. Ray's daemons leave their parent's process group,
and a trainer that is killed leaves them behind. Here they fall to the warden, which ends with the trainer's exit status
once nothing is left. When its standard input closes, because its owner wants the end or has died, it ends the trainer.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from types import FrameType
from typing import Final

import psutil

LIMIT_PASSED: Final = 124
"""Exit status where the time limit ended the trainer, as that of `timeout(1)`."""

_PR_SET_CHILD_SUBREAPER: Final = 36


def main(words: list[str]) -> int:
    """Runs a command to its end.

    Args:
        words: Seconds the command may take (0 for any), seconds it has between SIGTERM and SIGKILL, and the command.

    Returns:
        The command's exit status, 128 + the number of the signal that ended it, or `LIMIT_PASSED`.
    """
    limit, grace, command = float(words[0]), float(words[1]), words[2:]
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The pipe says when to end. What is ignored would stay ignored in the trainer; a handler does not.
        signal.signal(number, _do_nothing)
    trainer = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + limit if limit else float("inf")
    while (status := _reaped(trainer.pid)) is None:
        asked, _, _ = select.select([sys.stdin], [], [], 0.1)
        if asked or time.monotonic() >= deadline:
            status = _end(trainer.pid, grace)
            status = status if asked else LIMIT_PASSED
            break
    _sweep()
    return status


def _do_nothing(number: int, frame: FrameType | None) -> None:
    return None


def _reaped(trainer: int) -> int | None:
    """Reaps whoever has ended; the trainer's exit status if it was among them."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if not pid:
            return found
        if pid == trainer:
            code = os.waitstatus_to_exitcode(status)
            found = code if code >= 0 else 128 - code


def _end(trainer: int, grace: float) -> int:
    os.kill(trainer, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while (status := _reaped(trainer)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return 128 + signal.SIGKILL if status is None else status


def _sweep() -> None:
    """Kills what is left, and what that leaves in turn."""
    while left := psutil.Process().children(recursive=True):
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=1)
        _reaped(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
