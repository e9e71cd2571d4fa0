"""Both ends of the bridge in one process, for tests."""

import json
import socket
import threading
from contextlib import contextmanager

from rlvr.sandbox.bridge.handles import Called, Class
from rlvr.sandbox.bridge.peer import PeerLostError
from rlvr.sandbox.inside.answering import ProgramEnd
from rlvr.sandbox.judges.tests_side.asking import TestsEnd


def _serve(end):
    try:
        while True:
            end.answer(end.receive())
    except PeerLostError:
        pass


@contextmanager
def bridged(program, *, operators=False):
    """The tests' end, and a function that gives what the program calls by a name; the program runs in a thread."""
    names = {"__name__": "solution"}
    exec(program, names)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        there = ProgramEnd(theirs.fileno(), names)
        thread = threading.Thread(target=_serve, args=(there,), daemon=True)
        thread.start()
        end = TestsEnd(ours.fileno(), operators=operators)

        def named(name):
            handle = Class(end, name)
            if name[0].isupper():
                end.name_class(handle)
            return handle

        try:
            yield end, named
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            assert not thread.is_alive(), "the program's end goes on though nobody is there"


class Script:
    """A program that sends what it likes; `sent` is what the tests' end has said to it."""

    def __init__(self, theirs):
        self._socket = theirs
        self.sent = []
        self._reader = theirs.makefile("rb")

    def say(self, *messages):
        for message in messages:
            data = message if isinstance(message, bytes) else json.dumps(message).encode()
            self._socket.sendall(data + b"\n")

    def hear(self):
        return json.loads(self._reader.readline())


@contextmanager
def scripted(kind=TestsEnd, **named):
    """The tests' end, and a script that says what it is told."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for one in (ours, theirs):
            one.settimeout(10)
        ours.setblocking(True)
        yield kind(ours.fileno(), **named), Script(theirs)


def called(end, name="f"):
    return Called(end, name)
