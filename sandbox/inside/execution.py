"""The inside of a child that executes a file: a compiler, an interpreter, or what a compiler made.

What `rlvr.sandbox.inside.program` is for Python. All that binds it (limits, filter, Landlock) is inherited through
`execve`, and no new privileges come with a file. A program itself may start no process and execute no other file,
unless its language is for that. The second is tidiness: native code can map a file and jump into it, under the same
bounds.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from rlvr.sandbox.confine import landlock
from rlvr.sandbox.confine.limits import MIB, lesser
from rlvr.sandbox.confine.syscalls import syscall
from rlvr.sandbox.inside import program
from rlvr.sandbox.inside.program import Bounds

# Above every limit of open files, so that no descriptor of the program's can have these numbers.
_FILE: Final = 1000
_SAID: Final = 1001
MOST_FILES: Final = 1000

_EMPTY_PATH: Final = 0x1000
_LOADERS: Final = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
_MAPPED: Final = 64
_RESERVED: Final = 1024
_RUNTIME: Final = 128
_STACK: Final = 128
_SMALL_STACK: Final = 8
_CLOCK: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Command:
    """What is executed.

    Args:
        path: The file; empty for the one that came with the job.
        words: Its arguments, its own name first.
        held: The name under which the file that came with the job lies in the scratch folder; empty for none.
        resident: Memory is bound by what is resident, not by addresses.
        tasks: Processes and threads at once.
        starts: Whether it may start processes and execute files.
        variables: Of the environment, besides the fixed ones.
    """

    path: str
    words: tuple[str, ...]
    held: str = ""
    resident: bool = False
    tasks: int = 64
    starts: bool = False
    variables: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Command:
        """What crossed as JSON."""
        made: dict[str, Any] = dict(given)
        made["words"] = tuple(given["words"])
        made["variables"] = tuple((name, value) for name, value in given["variables"])
        return cls(**made)


def bounds(command: Command, limits: Mapping[str, Any], *, alone: bool) -> list[tuple[int, tuple[int, int]]]:
    """What a child has to set, by resource.

    Args:
        command: See `Command`.
        limits: What `Limits.as_dict` made.
        alone: Whether its user's processes are only those of this lane, so that they may be counted.
    """
    memory = limits["memory"]
    seconds = int(limits["cpu"]) + 1
    stack = _SMALL_STACK if command.resident else min(_STACK, memory)
    wanted: dict[int, tuple[int, int]] = {
        # A runtime that reserves addresses is not bound by them, so its stack stays as small as it is.
        resource.RLIMIT_STACK: (stack * MIB, stack * MIB if command.resident else resource.RLIM_INFINITY),
        resource.RLIMIT_FSIZE: _both(limits["output"] * MIB),
        resource.RLIMIT_NOFILE: _both(min(limits["files"], MOST_FILES)),
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
    }
    if command.resident:
        wanted[resource.RLIMIT_DATA] = _both((memory + _RESERVED) * MIB)
    else:
        wanted[resource.RLIMIT_AS] = _both((memory + _MAPPED) * MIB)
    if alone:
        wanted[resource.RLIMIT_NPROC] = _both(command.tasks + 2)
    found: list[tuple[int, tuple[int, int]]] = []
    for what, values in wanted.items():
        most = resource.getrlimit(what)[1]
        unbound = most == resource.RLIM_INFINITY
        found.append((what, values if unbound else (lesser(values[0], most), lesser(values[1], most))))
    return found


def _both(value: int) -> tuple[int, int]:
    return value, value


def execute(command: Command, streams: Sequence[int], file: int | None, said: int, bound: Bounds) -> NoReturn:
    """Becomes the command; what fails before that is told on `said`.

    Args:
        command: What to execute.
        streams: Descriptors of its standard streams.
        file: What came with the job.
        said: Where the fork server hears of what is ours.
        bound: Limits and filter.
    """
    try:
        os.dup2(said, _SAID, inheritable=False)
        if command.held and file is not None:
            place(file, command.held)
        if command.path:
            os.dup2(os.open(command.path, os.O_RDONLY | os.O_CLOEXEC), _FILE, inheritable=False)
        elif file is not None:
            os.dup2(file, _FILE, inheritable=False)
        for number, descriptor in enumerate([os.dup(one) for one in streams]):
            os.dup2(descriptor, number)
        os.closerange(3, _FILE)
        os.closerange(_SAID + 1, program.LAST_DESCRIPTOR)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # the interpreter ignores them, and exec would keep that
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if not command.starts:
            with suppress(OSError):  # without Landlock it could execute what it could as well map
                landlock.execute_only([command.path, *_LOADERS])
        folder = os.getcwd()  # noqa: PTH109 - as everywhere in here
        variables = {**os.environ, "HOME": folder, "TMPDIR": folder, **dict(command.variables)}
        words, surroundings = _texts(command.words), _texts(f"{name}={value}" for name, value in variables.items())
        for what, values in bound.limits:
            resource.setrlimit(what, values)
        bound.filter.install()
        syscall("execveat", _FILE, b"", words, surroundings, _EMPTY_PATH)
    except (OSError, ValueError) as error:
        with suppress(OSError):
            os.write(_SAID, f"{type(error).__name__}: {error}".encode()[:1000])
    finally:
        os._exit(1)  # whatever else it was, this process must not go on as a second fork server


def _texts(words: Any) -> ctypes.Array[ctypes.c_char_p]:
    encoded = [os.fsencode(word) for word in words]
    return (ctypes.c_char_p * (len(encoded) + 1))(*encoded, None)


def place(file: int, name: str) -> None:
    """Puts what a memory file holds under a name in the scratch folder."""
    target = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        copy(file, target, os.fstat(file).st_size)
    finally:
        os.close(target)


def collect(name: str, target: int, most: int) -> bool:
    """Copies what a build left into a memory file, past this process's memory.

    Returns:
        Whether there was a regular file of at most `most` bytes.
    """
    try:
        source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        found = os.fstat(source)
        if not stat.S_ISREG(found.st_mode) or not 0 < found.st_size <= most:
            return False
        copy(source, target, found.st_size)
    finally:
        os.close(source)
    return True


def copy(source: int, target: int, count: int) -> None:
    """Copies `count` bytes from the beginning of a file to another, in the kernel."""
    done = 0
    while done < count and (more := os.sendfile(target, source, done, count - done)):
        done += more


def too_much(pid: int, limits: Mapping[str, Any], *, everything: bool) -> str:
    """Which limit the processes here are over, seen from outside of them: `cpu`, `memory`, or none.

    Args:
        pid: The process.
        limits: What `Limits.as_dict` made.
        everything: Count all processes that can be seen: those of a namespace of their own.
    """
    ticks = pages = 0
    for name in os.listdir("/proc") if everything else (str(pid),):  # noqa: PTH208 - fifty times a second
        if not name.isdigit() or name == "1":
            continue
        with suppress(OSError, ValueError, IndexError):
            # The name of the file, in brackets, may hold anything.
            fields = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()
            ticks += sum(map(int, fields[11:15]))
            pages += int(fields[21])
    if ticks / _CLOCK > limits["cpu"]:
        return "cpu"
    return "memory" if pages * _PAGE > (limits["memory"] + _RUNTIME) * MIB else ""
