"""The inside of a forked child: from a copy of the fork server to a program that runs as `__main__` or as a module.

Everything before `run` is ours and may fail; then the child says so on a descriptor of the fork server's, which the
program never has. From `run` on nothing is trusted: what the child writes or exits with can only cost it credit.
"""

from __future__ import annotations

import atexit
import builtins
import io
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, NoReturn

from rlvr.sandbox.confine import seccomp

COMPILE_FAILED: Final = 97
MEMORY_FAILED: Final = 98

FILE: Final = "solution.py"
LAST_DESCRIPTOR: Final = 0x7FFFFFFF
_SHOWN_FRAMES: Final = -20
_LARGEST_FILE: Final = 1 << 20

# What the interpreter itself calls at its end.
_wait: Final[Callable[[], None]] = getattr(threading, "_shutdown")  # noqa: B009
_run_exits: Final[Callable[[], None]] = getattr(atexit, "_run_exitfuncs")  # noqa: B009


class Streams:
    """Standard streams over the descriptors 0, 1 and 2, made once and inherited unused by every child."""

    def __init__(self) -> None:
        files = [io.FileIO(number, mode, closefd=False) for number, mode in enumerate("rww")]
        self.stdin = io.TextIOWrapper(io.BufferedReader(files[0]), encoding="utf-8", errors="surrogateescape")
        self.stdout = io.TextIOWrapper(io.BufferedWriter(files[1]), encoding="utf-8", errors="surrogateescape")
        self.stderr = io.TextIOWrapper(
            io.BufferedWriter(files[2]), encoding="utf-8", errors="backslashreplace", write_through=True
        )
        # As the interpreter names its own; programs print or compare these.
        for file, name, stream in zip(
            files, ("<stdin>", "<stdout>", "<stderr>"), (self.stdin, self.stdout, self.stderr), strict=True
        ):
            file.name = name  # pyright: ignore[reportAttributeAccessIssue]
            stream.mode = file.mode[0]  # pyright: ignore[reportAttributeAccessIssue]

    def install(self) -> None:
        """Makes them those of `sys`."""
        sys.stdin = sys.__stdin__ = self.stdin  # pyright: ignore[reportAttributeAccessIssue, reportConstantRedefinition]
        sys.stdout = sys.__stdout__ = self.stdout  # pyright: ignore[reportAttributeAccessIssue, reportConstantRedefinition]
        sys.stderr = sys.__stderr__ = self.stderr  # pyright: ignore[reportAttributeAccessIssue, reportConstantRedefinition]


@dataclass(frozen=True)
class Bounds:
    """What a child binds itself by, made before it is forked.

    Args:
        limits: What it sets, by resource.
        filter: The filter of system calls.
    """

    limits: list[tuple[int, tuple[int, int]]]
    filter: seccomp.Prepared


def bind(bounds: Bounds) -> None:
    """Sets the limits and the filter of system calls, for good."""
    for what, values in bounds.limits:
        resource.setrlimit(what, values)
    bounds.filter.install()


def become(descriptors: Sequence[int]) -> None:
    """Takes the given descriptors as 0, 1, 2, ..., and closes all others.

    Args:
        descriptors: Received from the parent; their numbers may be in each other's way.
    """
    count = len(descriptors)
    moved = [os.dup(one) if one < count else one for one in descriptors]
    for number, descriptor in enumerate(moved):
        os.dup2(descriptor, number)
    os.closerange(count, LAST_DESCRIPTOR)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def take(descriptor: int) -> bytes:
    """What a memory file holds, from its beginning; it is closed then. What does not fit into memory ends the process.

    >>> file = os.memfd_create("source")
    >>> os.write(file, b"print(7)"), take(file)
    (8, b'print(7)')
    """
    try:
        data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        while piece := os.pread(descriptor, 1 << 20, len(data)):  # a read is cut short at 2 GiB
            data += piece
    except MemoryError:
        os._exit(MEMORY_FAILED)
    os.close(descriptor)
    return data


def run(source: bytes) -> NoReturn:
    """Runs a program as `__main__`, with what the interpreter does at its end, and exits with its status."""
    write_file(source)
    module = new_module("__main__", source)
    code = compiled(source)
    status = 0
    try:
        exec(code, module.__dict__)
    except SystemExit as error:
        status = get_status(error)
    except MemoryError:
        status = MEMORY_FAILED
    except BaseException as error:  # noqa: BLE001 - the program's own
        status = report_error(error)
    finish(status)


class SourceLoader:
    """What `inspect`, `linecache` and tracebacks ask for a module's text, where its file is not there to be read.

    Args:
        source: The module's text.

    >>> SourceLoader(b"x = 1").get_source("__main__")
    'x = 1'
    """

    __slots__ = ("_source",)

    def __init__(self, source: bytes) -> None:
        self._source = source

    def get_source(self, name: str) -> str:
        """The text of the one module that it was made for."""
        return self._source.decode(errors="replace")


def write_file(source: bytes) -> None:
    """Leaves the program's text where `__file__` says that it is; a very long one, or a full folder, goes without."""
    if len(source) > _LARGEST_FILE:
        return
    try:
        file = os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.write(file, source)
        os.close(file)
        os.utime(".", ns=(0, 0))  # every program finds the folder as every other does
    except OSError:
        pass


def new_module(name: str, source: bytes = b"") -> ModuleType:
    """A fresh module of that name, in `sys.modules`, so that classes defined in it can be pickled."""
    module = ModuleType(name)
    module.__loader__ = SourceLoader(source)  # pyright: ignore[reportAttributeAccessIssue]
    folder = os.getcwd()  # noqa: PTH109 - a path object would cost each program microseconds
    module.__file__ = f"{folder}/{FILE}"
    module.__dict__["__builtins__"] = builtins
    sys.modules[name] = module
    sys.argv = [module.__file__]
    sys.path.insert(0, folder)
    return module


def compiled(source: bytes) -> Any:
    """The program's code; a text that is none ends the process."""
    try:
        return compile(source, FILE, "exec", dont_inherit=True)
    except MemoryError:
        os._exit(MEMORY_FAILED)
    except BaseException as error:  # noqa: BLE001 - SyntaxError, ValueError, RecursionError, ...
        traceback.print_exception(type(error), error, None)
        sys.stderr.flush()
        os._exit(COMPILE_FAILED)


def get_status(error: SystemExit) -> int:
    """The exit status that the interpreter makes of it; a text goes to standard error."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 255
    sys.stderr.write(f"{error.code}\n")
    return 1


def report_error(error: BaseException) -> int:
    """Prints the traceback as the interpreter does, without our frame; the exit status, which is 1."""
    try:
        trace = error.__traceback__  # whose first frame is ours
        traceback.print_exception(type(error), error, trace and trace.tb_next, limit=_SHOWN_FRAMES)
    except BaseException:  # noqa: BLE001 - it may have replaced anything
        return 1
    return 1


def finish(status: int) -> NoReturn:
    """Waits for threads, runs what is registered for the exit, flushes, exits."""
    for step, failed in ((_wait, 1), (_run_exits, 1), (sys.stdout.flush, 120), (sys.stderr.flush, 0)):
        try:
            step()
        except MemoryError:
            status = status or MEMORY_FAILED
        except BaseException:  # noqa: BLE001 - the program's own
            status = status or failed
    os._exit(status)
