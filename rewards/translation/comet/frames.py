"""Messages between a metric's caller and its worker: four bytes of length, then JSON. Standard library only.

Nothing is unpickled on either side.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Final

_LENGTH: Final = struct.Struct(">I")
LARGEST: Final = 256 << 20
"""Bytes of the largest message that is read."""


class FrameError(Exception):
    """What came is no message."""


def framed(message: object) -> bytes:
    r"""A message as it is sent.

    >>> framed({"n": 1})
    b'\x00\x00\x00\x07{"n":1}'
    """
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    return _LENGTH.pack(len(body)) + body


def read_message(stream: BinaryIO) -> dict[str, Any] | None:
    r"""The next message; `None` once the other end is closed, in the middle of a message too.

    Raises:
        FrameError: It is too large or no JSON object.

    >>> import io
    >>> read_message(io.BytesIO(framed({"n": 1})))
    {'n': 1}
    >>> read_message(io.BytesIO(framed({"n": 1})[:-1])) is None
    True
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LARGEST:
        raise FrameError(f"a message of {length} bytes")
    body = stream.read(length)
    if len(body) < length:
        return None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise FrameError("a message that is no JSON") from None
    if not isinstance(message, dict):
        raise FrameError("a message that is no object")
    return message  # pyright: ignore[reportUnknownVariableType]
