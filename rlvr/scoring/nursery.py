"""The parent's handle on a fork server (`rlvr.scoring.forkserver`): start it, load rewards, fork workers, end them.

The server is started with `subprocess` and not with `multiprocessing`: that does not import `__main__` again, works
inside daemonic processes and Ray actors and from any thread, and puts the server into a session of its own, where
Ctrl-C does not reach it.
"""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rlvr.scoring.forkserver import CODE, FORK, KILL, LOAD
from rlvr.scoring.frames import LENGTH, framed

START_DEADLINE = 60.0
"""Seconds the server has to start, and then to import a reward; neither counts for the deadline of a sample."""

# Started with -P: a `random.py` in the user's working directory must not replace the standard library's.
_START = """
import sys
sys.path.append(sys.argv[1])
from rlvr.scoring.forkserver import main
main(int(sys.argv[2]), int(sys.argv[3]))
"""


class ServerLostError(Exception):
    """The fork server ended or does not answer; it is killed by then. The text says how."""


class Nursery:
    """A running fork server; any thread may use it.

    Raises:
        ServerLostError: It could not be started.
    """

    def __init__(self) -> None:
        root = str(Path(__file__).parents[2])
        ours, theirs = socket.socketpair()
        self._lock = threading.Lock()
        self.lost = False
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-c", _START, root, str(theirs.fileno()), str(os.getpid())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise ServerLostError(f"could not be started: {error}") from error
        self._channel = ours

    def load(self, key: int, identity: str, path: list[str], pickled: bytes) -> dict[str, Any]:
        """Has it load a reward, for all workers forked from now on.

        Returns:
            `{"loaded": identity, "threads": n}` or `{"failed": why}`.

        Raises:
            ServerLostError: It died of it, or took longer than `START_DEADLINE`.
        """
        return self._ask((LOAD, key, identity, path, pickled))

    def fork(self, requests: int, answers: int) -> int:
        """A worker that reads and writes these descriptors; its process id, which is also that of its group.

        Raises:
            ServerLostError: There is no server any more.
        """
        return self._ask((FORK,), (requests, answers))["pid"]

    def end(self, pid: int) -> int | None:
        """Kills a worker and whatever it started within its process group; how it ended, where that is known."""
        with suppress(ServerLostError):
            return self._ask((KILL, pid))["code"]
        return None

    def code(self, pid: int) -> int | None:
        """How a worker ended, `None` while it runs.

        Raises:
            ServerLostError: There is no server any more, and so no worker.
        """
        return self._ask((CODE, pid))["code"]

    def close(self) -> None:
        """Ends the server and all its workers."""
        self.lost = True
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)  # the server ends its workers, and itself
        try:
            self._process.wait(timeout=5.0)
        except subprocess.TimeoutExpired:  # importing a reward; workers die with it
            self._process.kill()
            self._process.wait()
        with self._lock:
            self._channel.close()

    def _ask(self, request: tuple[Any, ...], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        message = framed(pickle.dumps(request))
        with self._lock:
            if self.lost:
                raise ServerLostError("was ended")
            until = time.monotonic() + START_DEADLINE
            try:
                self._channel.settimeout(START_DEADLINE)
                sent = socket.send_fds(self._channel, [message], descriptors) if descriptors else 0
                self._channel.sendall(message[sent:])
                return json.loads(self._receive(LENGTH.unpack(self._receive(LENGTH.size, until))[0], until))
            except (OSError, ValueError) as error:
                self.lost = True
                self._process.kill()
                late = isinstance(error, TimeoutError)
                code = self._process.wait()
                raise ServerLostError("took too long" if late else f"ended with code {code}") from error

    def _receive(self, count: int, until: float) -> bytes:
        data = b""
        while len(data) < count:
            self._channel.settimeout(max(0.001, until - time.monotonic()))
            piece = self._channel.recv(count - len(data))
            if not piece:
                raise ConnectionError("the server closed its end")
            data += piece
        return data
