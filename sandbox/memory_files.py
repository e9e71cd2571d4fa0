"""Files in memory, for what passes between the parent and its fork server."""

from __future__ import annotations

import fcntl
import os
from typing import Final

_SEALS: Final = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def sealed(data: bytes) -> int:
    """A descriptor to read `data` from, which nobody can change any more, however they open the file.

    >>> descriptor = sealed(b"5")
    >>> os.read(descriptor, 9)
    b'5'
    >>> os.close(descriptor)
    """
    file = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
        # Opened anew, it has a place of its own at the beginning and cannot be written to.
        return os.open(f"/proc/self/fd/{file}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(file)


def fresh() -> int:
    """A descriptor of an empty file to write to.

    >>> os.close(fresh())
    """
    return os.memfd_create("output", os.MFD_CLOEXEC)


def content(descriptor: int, most: int, *, last: bool = False) -> bytes:
    """What a file holds, up to `most` bytes of its beginning, or of its end.

    >>> descriptor = sealed(b"abc")
    >>> content(descriptor, 2), content(descriptor, 2, last=True)
    (b'ab', b'bc')
    >>> os.close(descriptor)
    """
    size = os.fstat(descriptor).st_size
    if not size:
        return b""
    place, data = max(0, size - most) if last else 0, bytearray()
    end = min(size, place + most)
    while place < end and (piece := os.pread(descriptor, end - place, place)):
        data += piece
        place += len(piece)
    return bytes(data)
