"""Messages over a pipe, whole or not at all."""

import os
import threading

import pytest

from rlvr.scoring.frames import BEGIN, framed, read_message, write_all


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    ends = {reader, writer}

    def close(end):
        ends.discard(end)
        os.close(end)

    yield reader, writer, close
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("length", [0, 1, 5, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_message_arrives_as_it_was_sent(pipe, length):
    reader, writer, _ = pipe
    message = os.urandom(length)
    thread = threading.Thread(target=write_all, args=(writer, framed(message) + framed(b"next")))
    thread.start()
    assert read_message(reader) == message
    assert read_message(reader) == b"next"
    thread.join()


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\3", b"\0\0\0\3ab"])
def test_what_ends_early_is_no_message(pipe, sent):
    reader, writer, close = pipe
    os.write(writer, sent)
    close(writer)
    assert read_message(reader) is None


def test_begin_is_an_empty_message(pipe):
    reader, writer, _ = pipe
    os.write(writer, BEGIN)
    assert read_message(reader) == b""
