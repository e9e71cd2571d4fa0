"""Messages over a pipe: four bytes of length, then the message."""

from __future__ import annotations

import os
import struct

LENGTH = struct.Struct(">I")
LARGEST_ANSWER = 16 << 20
"""Bytes of the largest message that is read from a worker; its texts are bounded long before (`reward.normalise`)."""

BEGIN = LENGTH.pack(0)
"""An empty message: "I have the sample and begin". From here on its deadline counts."""


def framed(message: bytes) -> bytes:
    r"""The message with its length in front.

    >>> framed(b"ab")
    b'\x00\x00\x00\x02ab'
    """
    return LENGTH.pack(len(message)) + message


def write_all(descriptor: int, data: bytes) -> None:
    """Writes all of `data`, waiting as long as the reader takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def read_message(descriptor: int) -> bytes | None:
    """The next message, waited for without a deadline; `None` once the other end is closed."""
    head = _read_exactly(descriptor, LENGTH.size)
    return None if head is None else _read_exactly(descriptor, LENGTH.unpack(head)[0])


def _read_exactly(descriptor: int, count: int) -> bytes | None:
    pieces: list[bytes] = []
    while count:
        piece = os.read(descriptor, min(count, 1 << 20))
        if not piece:
            return None
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
