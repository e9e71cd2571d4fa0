"""The process that workers are forked from; `rlvr.scoring.nursery` is its parent's handle.

It has imported what rewards need, so that a worker which was killed is replaced in milliseconds and not in the time an
interpreter takes to start. It runs no reward itself, only their modules' imports, has one thread, and answers one
request at a time on a Unix socket:

    (LOAD, key, identity, sys.path, pickled reward)  ->  {"loaded": identity, "threads": n} or {"failed": why}
    (FORK,) with two descriptors                     ->  {"pid": pid}
    (KILL, pid)                                      ->  {"code": how it ended}, with all of its process group
    (CODE, pid)                                      ->  {"code": how it ended, or null while it runs}

Requests are pickles, written by the parent for its own child. What rewards print comes here through a pipe of each
worker: the first `PRINTED` bytes go on to standard error, the rest is thrown away.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import selectors
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from rlvr.plain_reward import PlainReward
from rlvr.scoring import worker
from rlvr.scoring.frames import LENGTH, framed

LOAD: Final = "load"
FORK: Final = "fork"
KILL: Final = "kill"
CODE: Final = "code"

PRINTED: Final = 1 << 16
"""Bytes of a worker's standard output and standard error that are shown."""

_LOOK_EVERY = 1.0


class ForkServer:
    """Serves the process that holds the other end of `channel`, until it closes that end or dies."""

    def __init__(self, channel: socket.socket, parent: int) -> None:
        self._channel, self._parent = channel, parent
        self._rewards: dict[int, PlainReward[Any]] = {}
        self._running: set[int] = set()
        self._ended: dict[int, int] = {}
        self._printed: dict[int, int] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)

    def serve(self) -> None:
        """Answers requests; never returns."""
        while os.getppid() == self._parent:
            for key, _ in self._selector.select(_LOOK_EVERY):
                if key.fileobj is self._channel:
                    self._answer()
                else:
                    self._pass_on(key.fd)
        self._leave()

    def _answer(self) -> None:
        head, descriptors = self._receive(LENGTH.size, first=True)
        message, _ = self._receive(LENGTH.unpack(head)[0])
        kind, *arguments = pickle.loads(message)  # from our own parent
        reply: dict[str, Any]
        if kind == LOAD:
            reply = self._load(*arguments)
        elif kind == FORK:
            reply = {"pid": self._fork(*descriptors)}
        else:
            reply = {"code": self._code(arguments[0], kill=kind == KILL)}
        self._channel.sendall(framed(json.dumps(reply).encode()))

    def _receive(self, count: int, *, first: bool = False) -> tuple[bytes, list[int]]:
        data, descriptors = b"", list[int]()
        while len(data) < count:
            piece, passed, *_ = socket.recv_fds(self._channel, count - len(data), 2 if first else 0)
            descriptors += passed
            if not piece:
                self._leave()
            data += piece
        return data, descriptors

    def _load(self, key: int, identity: str, path: list[str], pickled: bytes) -> dict[str, Any]:
        loaded, failed = worker.load(identity, path, pickled)
        if loaded is None:
            return {"failed": failed}
        self._rewards[key] = loaded
        return {"loaded": identity, "threads": _threads()}

    def _fork(self, requests: int, answers: int) -> int:
        shown, printing = os.pipe()
        server = os.getpid()
        gc.freeze()  # what is here already is not to be copied when a worker collects its garbage
        pid = os.fork()
        if not pid:
            # The pipes' other readers and writers must not live on in a sibling.
            _close_all_but(requests, answers, printing)
            worker.main(server, requests, answers, printing, self._rewards)
        for descriptor in (requests, answers, printing):
            os.close(descriptor)
        os.set_blocking(shown, False)
        self._printed[shown] = 0
        self._selector.register(shown, selectors.EVENT_READ)
        self._running.add(pid)
        return pid

    def _code(self, pid: int, *, kill: bool) -> int | None:
        if pid in self._running:
            if kill:
                os.kill(pid, signal.SIGKILL)  # alone: it may not have a group of its own yet
            if kill or os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)  # what it started; before it is waited for, while the id is its own
                self._ended[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                self._running.discard(pid)
        return self._ended.pop(pid, None) if kill else self._ended.get(pid)

    def _pass_on(self, descriptor: int) -> None:
        try:
            piece = os.read(descriptor, PRINTED)
        except BlockingIOError:
            return
        if not piece:
            self._selector.unregister(descriptor)
            os.close(descriptor)
            del self._printed[descriptor]
            return
        before = self._printed[descriptor]
        self._printed[descriptor] = before + len(piece)
        show = piece[: max(0, PRINTED - before)]
        if before <= PRINTED < before + len(piece):
            show += b"\n[a reward prints more than this; the rest is not shown]\n"
        with suppress(OSError):  # the parent may have no standard error
            os.write(2, show)

    def _leave(self) -> None:
        for pid in list(self._running):
            self._code(pid, kill=True)
        os._exit(0)


def main(descriptor: int, parent: int) -> None:
    """The server process; never returns."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")  # when memory runs out, not the trainer goes but rewards
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    channel = socket.socket(fileno=descriptor)
    os.set_inheritable(descriptor, False)
    ForkServer(channel, parent).serve()


def _threads() -> int:
    with suppress(OSError):
        return len([*Path("/proc/self/task").iterdir()])
    import threading

    return threading.active_count()


def _close_all_but(*kept: int) -> None:
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    for descriptor in [int(entry.name) for entry in Path(folder).iterdir()]:
        if descriptor > 2 and descriptor not in kept:
            with suppress(OSError):
                os.close(descriptor)
