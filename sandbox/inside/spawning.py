"""What `multiprocessing` would start by a new interpreter, started by a fork: programs may not execute files here.

The start method `spawn`, and the tracker of named semaphores and shared memory, start `python -c CODE` through one
function. A fork that forgets the parent's `__main__` and runs CODE does the same. The start method `forkserver` stays
refused: it listens on a socket, and no program here has one.
Nothing here guards anything: a program may replace it, as it may replace all of its own process.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Final

from rlvr.sandbox.inside.program import LAST_DESCRIPTOR, finish, get_status, report_error

# What names one of them; most programs name none, and do not pay for the import.
_NAMES: Final = (b"spawn", b"shared_memory")
# What the parent's modules, such as `concurrent.futures`, would do at its end.
_forget_exits: Final[Callable[[], None]] = getattr(atexit, "_clear")  # noqa: B009
_exits_of_threads: Final[list[object]] = getattr(threading, "_threading_atexits")  # noqa: B009


def prepare_spawning(source: bytes) -> None:
    """Lets `multiprocessing` start by forks what it starts by new interpreters, where the program may ask for that.

    Args:
        source: The program's text.
    """
    if b"multiprocessing" in source and any(name in source for name in _NAMES):
        from multiprocessing import util

        util.spawnv_passfds = spawn_by_fork


def spawn_by_fork(path: object, arguments: Sequence[str | bytes], kept: Sequence[int]) -> int:
    """Runs `python ... -c CODE ARGUMENTS` in a fork, as `multiprocessing.util.spawnv_passfds` does by `exec`.

    Args:
        path: The interpreter; this one is it.
        arguments: Its whole command line.
        kept: Descriptors that stay open beside the standard streams.

    Returns:
        The child's process id.
    """
    if child := os.fork():
        return child
    status = 0
    try:
        lowest = 3
        for descriptor in sorted({*kept, LAST_DESCRIPTOR}):
            os.closerange(lowest, descriptor)
            lowest = descriptor + 1
        _forget_exits()
        _exits_of_threads.clear()
        words = [os.fsdecode(word) for word in arguments]
        place = words.index("-c")
        sys.argv = words[place : place + 1] + words[place + 2 :]
        sys.modules["__main__"] = module = ModuleType("__main__")
        exec(words[place + 1], module.__dict__)
    except SystemExit as error:
        status = get_status(error)
    except BaseException as error:  # noqa: BLE001 - the program's own
        status = report_error(error)
    finish(status)
