"""The parent's handle on one worker process: start, ask with a deadline, kill.

`subprocess` and not `multiprocessing`: it does not import `__main__` again, works inside daemonic processes and Ray
actors, from any thread, and the worker can be put into a session of its own, where Ctrl-C does not reach it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import rlvr
from rlvr.scoring.frames import LARGEST_ANSWER, LENGTH, framed

START_DEADLINE = 60.0
"""Seconds a worker has to start, and then to import a reward; neither counts for the deadline of a sample."""

HANDOVER_DEADLINE = 10.0
"""Seconds an idle worker has to take up a sample. One that does not is still busy with what an earlier sample left."""

_LOOK_EVERY = 0.5
"""Seconds between looks at whether the process lives; its pipe stays open when a grandchild has inherited it."""

# Started with -P: a `random.py` in the user's working directory must not replace the standard library's.
_START = "import sys; sys.path.append(sys.argv[1]); from rlvr.scoring.worker import main; main(int(sys.argv[2]))"


class WorkerLostError(Exception):
    """The worker ended, or speaks out of turn; it is killed by then. The text says how."""


class DeadlinePassedError(Exception):
    """The worker was still at work at the deadline; it is killed by then."""


class WorkerProcess:
    """One running worker.

    Linux kills a worker when the *thread* that started it ends, so it is created in a thread that lives as long as the
    worker is needed (`rlvr.scoring.pool`).

    Raises:
        WorkerLostError: It could not be started.
    """

    def __init__(self) -> None:
        root = str(Path(rlvr.__file__).parent.parent)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, root, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerLostError(f"could not be started: {error}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests = self._process.stdin.fileno()
        self._answers = self._process.stdout.fileno()
        self._poll = {self._requests: select.poll(), self._answers: select.poll()}
        for descriptor, event in ((self._requests, select.POLLOUT), (self._answers, select.POLLIN)):
            os.set_blocking(descriptor, False)
            self._poll[descriptor].register(descriptor, event)
        self._received = bytearray()
        try:
            self._read(time.monotonic() + START_DEADLINE)
        except DeadlinePassedError:
            raise WorkerLostError(f"did not start within {START_DEADLINE:g} s") from None

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        return self._process.pid

    def load(self, request: bytes) -> dict[str, Any]:
        """Hands over a reward; the answer says whether it could be loaded.

        Raises:
            WorkerLostError: It died of it.
            DeadlinePassedError: It took longer than `START_DEADLINE`.
        """
        until = time.monotonic() + START_DEADLINE
        self._write(request, until)
        return _parsed(self._read(until))

    def score(self, request: bytes, timeout: float) -> dict[str, Any]:
        """Hands over a sample and waits for the answer, for `timeout` seconds from the moment the worker begins.

        Raises:
            WorkerLostError: It died, or never took the sample up.
            DeadlinePassedError: The reward took too long.
        """
        until = time.monotonic() + HANDOVER_DEADLINE
        try:
            self._write(request, until)
            if self._read(until):
                raise self._lost("spoke out of turn")
        except DeadlinePassedError:
            raise WorkerLostError("did not take up the sample") from None
        return _parsed(self._read(time.monotonic() + timeout))

    def interrupt(self) -> None:
        """Kills the worker from another thread; the one that waits for it sees it lost, and cleans up."""
        # Its id cannot have been given to anybody else: it has not been waited for.
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Ends the worker and whatever it started within its process group; for the thread that uses it."""
        self.interrupt()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5.0)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _write(self, message: bytes, until: float) -> None:
        if self._received or self._wait(self._answers, 0.0):
            raise self._lost("" if not self._received and not os.read(self._answers, 1) else "spoke out of turn")
        rest = memoryview(framed(message))
        while rest:
            if not self._wait(self._requests, until - time.monotonic()):
                self._check(until)
                continue
            try:
                rest = rest[os.write(self._requests, rest) :]
            except BrokenPipeError:
                raise self._lost() from None

    def _read(self, until: float) -> bytes:
        length = LENGTH.unpack(self._take(LENGTH.size, until))[0]
        if length > LARGEST_ANSWER:
            raise self._lost(f"answered with {length} bytes")
        return self._take(length, until)

    def _take(self, count: int, until: float) -> bytes:
        while len(self._received) < count:
            if not self._wait(self._answers, until - time.monotonic()):
                self._check(until)
                continue
            piece = os.read(self._answers, 1 << 16)
            if not piece:
                raise self._lost()
            self._received += piece
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _wait(self, descriptor: int, seconds: float) -> bool:
        return bool(self._poll[descriptor].poll(max(0.0, min(seconds, _LOOK_EVERY)) * 1000))

    def _check(self, until: float) -> None:
        if self._has_ended():
            raise self._lost()
        if time.monotonic() >= until:
            self.kill()
            raise DeadlinePassedError

    def _lost(self, how: str = "") -> WorkerLostError:
        if not how:  # the pipe is closed: give the process the moment it needs to end, so that we can say how
            until = time.monotonic() + 2.0
            while not self._has_ended() and time.monotonic() < until:
                time.sleep(0.002)
            if not self._has_ended():
                how = "closed its end of the pipe"
        self.kill()
        return WorkerLostError(how or _how_it_ended(self._process.returncode))

    def _has_ended(self) -> bool:
        if sys.platform == "darwin":  # has no waitid
            return self._process.poll() is not None
        # Without taking its exit status: what it started is killed first, by a group id that is still its own.
        with suppress(ChildProcessError):
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return True


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "does not end"
    if code >= 0:
        return f"exited with code {code}"
    with suppress(ValueError):
        return f"was ended by signal {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"


def _parsed(message: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return answer
