"""Children of the fork server: forked as they are needed, or ahead, bound already, while nobody waits for them.

A child that waits is a copy of the fork server, like any other, and has seen no program, input or test. It is forked
once a job is done and nothing of it is left, and it is either the next job's or ended before that begins: no program
ever runs beside it.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NoReturn

from rlvr.sandbox.confine.syscalls import fork
from rlvr.sandbox.inside import program
from rlvr.sandbox.inside.program import Bounds

Part = Callable[[], NoReturn]
"""What a child does once it has its descriptors, from 0 on."""

_MOST: Final = 16
_MOST_OPEN: Final = 48
"""Descriptors that a copy of the fork server has at most, when it receives its own."""


@dataclass(frozen=True)
class _Waiting:
    pid: int
    channel: socket.socket
    bounds: Bounds


class Children:
    """Starts children; see above.

    Args:
        parts: What a child can be, by a letter.
        said: Where a child says what of ours has failed before its part began.
    """

    def __init__(self, parts: Mapping[str, Part], said: int) -> None:
        self._parts, self._said = parts, said
        self._waiting: list[_Waiting] = []
        self._used: list[Bounds] = []

    def start(self, part: str, bounds: Bounds, descriptors: Sequence[int]) -> int:
        """A child that does its part, under its bounds, with these descriptors as 0, 1, 2, ...; its process id.

        Raises:
            OSError: No more processes.
        """
        self._used.append(bounds)
        for one in self._waiting:
            if one.bounds is bounds:
                self._waiting.remove(one)
                with one.channel, suppress(OSError):
                    socket.send_fds(one.channel, [part.encode()], descriptors)
                    return one.pid
                _end(one.pid)
                break
        pid = fork()
        if not pid:
            with OwnFailures(self._said):
                program.become(descriptors)
                program.bind(bounds)
            self._parts[part]()
        return pid

    def fork_ahead(self) -> None:
        """Forks what the last job had, for the next one; what cannot be had is forked when it is needed."""
        for bounds in self._used:
            if dict(bounds.limits)[resource.RLIMIT_NOFILE][0] < _MOST_OPEN:
                continue  # it could not receive what it has to pass on
            with suppress(OSError):
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                pid = fork()
                if not pid:
                    self._wait(theirs, bounds)
                theirs.close()
                self._waiting.append(_Waiting(pid, ours, bounds))

    def begin(self, wanted: Sequence[Bounds]) -> None:
        """A job begins that will have children of these bounds: what waits in vain is ended."""
        self._used = []
        self.end_waiting(wanted)

    def end_waiting(self, wanted: Sequence[Bounds]) -> None:
        """Ends the children that wait, but for those of these bounds."""
        for one in [one for one in self._waiting if not any(one.bounds is bounds for bounds in wanted)]:
            self._waiting.remove(one)
            one.channel.close()
            _end(one.pid)

    def _wait(self, channel: socket.socket, bounds: Bounds) -> NoReturn:
        with OwnFailures(self._said):
            program.bind(bounds)
            part, descriptors, *_ = socket.recv_fds(channel, _MOST, _MOST)
            if not part:
                os._exit(0)  # it is not needed, or its parent has ended
            program.become(descriptors)
        self._parts[part.decode()]()


def _end(pid: int) -> None:
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


class OwnFailures:
    """What fails in a child before the program has begun is ours, and is said where the program could not say it.

    Args:
        said: The descriptor to say it on.
    """

    def __init__(self, said: int) -> None:
        self._said = said

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MemoryError):
            os._exit(program.MEMORY_FAILED)  # too large to be read within its own limit
        if error is not None:
            with suppress(OSError):
                os.write(self._said, f"{type(error).__name__}: {error}".encode()[:1000])
            os._exit(1)
