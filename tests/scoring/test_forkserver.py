"""The fork server and its handle: how workers end, and what of their output is shown."""

import itertools
import os
import signal
import socket
import threading
import time

import pytest

from rlvr.scoring import nursery as nursery_module
from rlvr.scoring.forkserver import ForkServer
from rlvr.scoring.frames import framed
from rlvr.scoring.nursery import Nursery, ServerLostError
from rlvr.scoring.process import _how_it_ended


@pytest.fixture
def nursery():
    made = Nursery()
    yield made
    made.close()


class Worker:
    """A worker of a nursery, at the ends of its pipes."""

    def __init__(self, nursery):
        theirs, self.requests = os.pipe()
        self.answers, out = os.pipe()
        self.pid = nursery.fork(theirs, out)
        os.close(theirs)
        os.close(out)

    def let_go(self):
        os.close(self.requests)
        assert os.read(self.answers, 1) == b""
        os.close(self.answers)


def ended(nursery, pid, within=10.0):
    until = time.monotonic() + within
    while (code := nursery.code(pid)) is None and time.monotonic() < until:
        time.sleep(0.01)
    return code


def test_how_a_worker_ended_is_known_until_it_is_buried(nursery):
    worker = Worker(nursery)
    assert nursery.code(worker.pid) is None
    worker.let_go()
    assert ended(nursery, worker.pid) == 0
    assert nursery.code(worker.pid) == 0
    assert nursery.end(worker.pid) == 0
    assert nursery.end(worker.pid) is None


def test_a_worker_is_killed_and_its_siblings_are_not(nursery):
    first, second = Worker(nursery), Worker(nursery)
    assert nursery.end(first.pid) == -signal.SIGKILL
    assert nursery.code(first.pid) is None
    assert nursery.code(second.pid) is None
    os.kill(second.pid, signal.SIGTERM)
    assert ended(nursery, second.pid) == -signal.SIGTERM
    assert nursery.end(second.pid) == -signal.SIGTERM
    for worker in (first, second):
        worker.let_go()


def test_a_server_ends_with_its_channel_and_takes_its_workers_with_it(nursery):
    worker = Worker(nursery)
    nursery.close()
    assert nursery._process.returncode == 0
    worker.let_go()
    with pytest.raises(ProcessLookupError):
        os.kill(worker.pid, 0)
    assert nursery.end(worker.pid) is None
    with pytest.raises(ServerLostError, match="was ended"):
        nursery.code(worker.pid)


def test_a_server_that_does_not_answer_in_time_is_lost(nursery, monkeypatch):
    assert nursery.code(1) is None
    monkeypatch.setattr(nursery_module, "START_DEADLINE", 0.3)
    os.kill(nursery._process.pid, signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(ServerLostError, match="took too long"):
        nursery.code(1)
    assert 0.29 < time.monotonic() - start < 20.0
    assert nursery.lost
    assert nursery._process.returncode == -signal.SIGKILL


def test_a_server_that_ends_says_how(nursery):
    os.kill(nursery._process.pid, signal.SIGTERM)
    with pytest.raises(ServerLostError, match="ended with code -15"):
        nursery.fork(0, 0)
    assert nursery.lost


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (None, "went down with its server"),
        (0, "exited with code 0"),
        (1, "exited with code 1"),
        (-9, "was ended by signal SIGKILL"),
        (-1, "was ended by signal SIGHUP"),
        (-200, "was ended by signal 200"),
    ],
)
def test_every_end_has_its_words(code, said):
    assert _how_it_ended(code) == said


SHOWN = 65_536
CUT = "\n[a reward prints more than this; the rest is not shown]\n"


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        ([5], 5),
        ([SHOWN - 1], SHOWN - 1),
        ([SHOWN // 2, SHOWN // 2 - 1], SHOWN - 1),
        ([SHOWN], SHOWN),
        ([SHOWN - 1, 1], SHOWN),
        ([SHOWN, 1], None),
        ([SHOWN, 1, 1], None),
        ([SHOWN - 1, 2, 9], None),
        ([SHOWN // 2 + 1, SHOWN // 2 + 1, SHOWN], None),
    ],
)
def test_a_bounded_part_of_what_is_printed_is_shown(capfd, pieces, shown):
    ours, theirs = socket.socketpair()
    server = ForkServer(theirs, os.getpid())
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    server._printed[reader] = 0
    server._selector.register(reader, 1)
    server._pass_on(reader)  # nothing yet
    for piece in pieces:
        os.write(writer, b"x" * piece)
        server._pass_on(reader)
    os.close(writer)
    server._pass_on(reader)
    assert reader not in server._printed
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(reader)
    said = capfd.readouterr().err
    assert said == ("x" * SHOWN + CUT if shown is None else "x" * shown)
    for end in (ours, theirs):
        end.close()


@pytest.mark.parametrize("cuts", [(1,), (3,), (4,), (5,), (1, 2, 3, 6), (4, 9)])
def test_an_answer_in_pieces_is_put_together(nursery, cuts):
    answer = framed(b'{"code": 7}') + b"more"
    ours, theirs = socket.socketpair()
    nursery._channel, real = ours, nursery._channel

    def dribble():
        theirs.recv(1 << 16)
        for start, end in itertools.pairwise((0, *cuts, len(answer))):
            theirs.sendall(answer[start:end])
            time.sleep(0.01)

    thread = threading.Thread(target=dribble)
    thread.start()
    assert nursery.code(1) == 7
    thread.join()
    assert ours.recv(9) == b"more"
    nursery._channel = real
    for end in (ours, theirs):
        end.close()


@pytest.mark.parametrize("cuts", [(1,), (5,), (1, 2, 3, 9), (9,)])
def test_a_request_in_pieces_is_put_together(cuts, monkeypatch):
    ours, theirs = socket.socketpair()
    server = ForkServer(theirs, os.getpid())
    monkeypatch.setattr(server, "_leave", lambda: pytest.fail("took a pause for the end"))

    def dribble():
        for start, end in itertools.pairwise((0, *cuts, 10)):
            ours.sendall(b"0123456789"[start:end])
            time.sleep(0.01)

    thread = threading.Thread(target=dribble)
    thread.start()
    assert server._receive(10) == (b"0123456789", [])
    thread.join()
    for end in (ours, theirs):
        end.close()
