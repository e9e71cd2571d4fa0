"""Answers to the calls of function tests: frames of a length, a status and plain data."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

_LENGTH: Final = struct.Struct("<I")
RETURNED: Final = b"r"
RAISED: Final = b"e"
NO_DATA: Final = b"n"
OUT_OF_MEMORY: Final = b"m"


def packed(status: bytes, payload: bytes) -> bytes:
    """A frame.

    >>> packed(RETURNED, b"6")
    b'\\x01\\x00\\x00\\x00r6'
    """
    return _LENGTH.pack(len(payload)) + status + payload


def frames(report: bytes, most: int) -> Iterator[tuple[bytes, bytes]]:
    """The frames of a report, status and payload; ends at the first that is not whole.

    >>> list(frames(packed(RETURNED, b"6") + b"torn", 9))
    [(b'r', b'6')]
    """
    place = 0
    for _ in range(most):
        head = report[place : place + 5]
        if len(head) < 5:
            return
        length = _LENGTH.unpack(head[:4])[0]
        payload = report[place + 5 : place + 5 + length]
        if len(payload) < length:
            return
        yield head[4:], payload
        place += 5 + length
