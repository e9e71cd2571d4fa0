"""The parent's handle on one worker process: ask with a deadline, kill."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from rlvr.scoring.frames import LARGEST_ANSWER, LENGTH, framed
from rlvr.scoring.nursery import START_DEADLINE, Nursery, ServerLostError

HANDOVER_DEADLINE = 10.0
"""Seconds an idle worker has to take up samples. One that does not is still busy with what an earlier sample left."""

_LOOK_EVERY = 0.5
"""Seconds between looks at whether the process lives; its pipe stays open when a grandchild has inherited it."""


class WorkerLostError(Exception):
    """The worker ended, or speaks out of turn; it is killed by then. The text says how.

    Args:
        how: Continues "the process that ran the reward".
        begun: Whether it had taken up a sample, which then is the likely cause.
    """

    def __init__(self, how: str, *, begun: bool = True) -> None:
        super().__init__(how)
        self.begun = begun


class DeadlinePassedError(Exception):
    """The worker was still at work at the deadline; it is killed by then."""


class WorkerProcess:
    """One running worker, for one thread at a time.

    Raises:
        WorkerLostError: It could not be started.
    """

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._ended = False
        theirs_in, self._requests = os.pipe()
        self._answers, theirs_out = os.pipe()
        try:
            self.pid = nursery.fork(theirs_in, theirs_out)
        except ServerLostError as error:
            self._ended = True
            self._close_pipes()
            raise WorkerLostError(f"could not be started: its server {error}", begun=False) from error
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._poll = {self._requests: select.poll(), self._answers: select.poll()}
        for descriptor, event in ((self._requests, select.POLLOUT), (self._answers, select.POLLIN)):
            os.set_blocking(descriptor, False)
            self._poll[descriptor].register(descriptor, event)
        self._received = bytearray()

    def load(self, request: bytes) -> dict[str, Any]:
        """Hands over a reward; the answer says whether it could be loaded.

        Raises:
            WorkerLostError: It died of it.
            DeadlinePassedError: It took longer than `START_DEADLINE`.
        """
        until = time.monotonic() + START_DEADLINE
        self._write(request, until)
        return _parsed(self._read(until))

    def score(self, request: bytes, answers: int, timeout: float) -> Iterator[dict[str, Any]]:
        """Hands over samples and gives the answers as they come; each has `timeout` seconds from the one before.

        Raises:
            WorkerLostError: It died, or never took the samples up.
            DeadlinePassedError: The reward took too long over what the next answer would have been about.
        """
        until = time.monotonic() + HANDOVER_DEADLINE
        try:
            self._write(request, until)
            if self._read(until):
                raise self._lost("spoke out of turn")
        except DeadlinePassedError:
            raise WorkerLostError("did not take up the sample", begun=False) from None
        except WorkerLostError as error:
            error.begun = False
            raise
        for _ in range(answers):
            yield _parsed(self._read(time.monotonic() + timeout))

    def interrupt(self) -> None:
        """Kills the worker from another thread; the one that waits for it sees it lost, and cleans up."""
        if not self._ended:
            self._nursery.end(self.pid)

    def kill(self) -> int | None:
        """Ends the worker and what it started; for the thread that uses it. How it ended, where that is known."""
        if self._ended:
            return None
        self._ended = True
        code = self._nursery.end(self.pid)
        self._close_pipes()
        return code

    def _close_pipes(self) -> None:
        for descriptor in (self._requests, self._answers):
            os.close(descriptor)

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
        code = None
        if not how:  # the pipe is closed: give the process the moment it needs to end, so that we can say how
            until = time.monotonic() + 2.0
            while not self._has_ended() and time.monotonic() < until:
                time.sleep(0.002)
            with suppress(ServerLostError):
                code = self._nursery.code(self.pid)
            how = "closed its end of the pipe" if code is None and not self._nursery.lost else _how_it_ended(code)
        self.kill()
        return WorkerLostError(how)

    def _has_ended(self) -> bool:
        try:
            return self._nursery.code(self.pid) is not None
        except ServerLostError:
            return True


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "went down with its server"
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
