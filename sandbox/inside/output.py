"""What a program writes to its standard output: through a pipe, into a file that the caller made.

A pipe is what programs expect there: `/dev/stdout`, opened once more, goes on where the last write ended, where a file
would be emptied and written over. The bytes move within the kernel (`splice`), so the fork server never has them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Self

from rlvr.sandbox.confine.limits import MIB

_PAUSE: Final = 0.005
_SHORT_PAUSE: Final = 0.001
_WIDE: Final = 1 << 20
"""Bytes that the pipe of a program holds that writes much."""


class Output:
    """The standard output of one program.

    Args:
        file: Where it goes.
        limits: What `Limits.as_dict` made.

    Attributes:
        end: The descriptor that the program writes to.
        pause: Seconds until what it wrote must be taken again, so that it does not wait long for room.

    >>> file = os.memfd_create("output")
    >>> with Output(file, {"output": 1}) as output:
    ...     os.write(output.end, b"42"), output.take(), output.take()
    (2, 2, 0)
    >>> os.pread(file, 9, 0)
    b'42'
    >>> os.close(file)
    """

    def __init__(self, file: int, limits: Mapping[str, Any]) -> None:
        self._file, self._left = file, limits["output"] * MIB
        self._pipe, self.end = os.pipe2(os.O_CLOEXEC)
        self.pause = _PAUSE

    @property
    def is_full(self) -> bool:
        """Whether as much has been written as may be."""
        return not self._left

    def take(self) -> int:
        """Moves what is in the pipe to the file, up to the limit; the number of bytes."""
        if not self._left:
            return 0
        try:
            count = os.splice(self._pipe, self._file, self._left, flags=os.SPLICE_F_NONBLOCK)
        except BlockingIOError:
            count = 0
        if count and self.pause == _PAUSE:
            self.pause = _SHORT_PAUSE
            with suppress(OSError):  # as many pages as its user may have in pipes
                fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _WIDE)
        self._left -= count
        return count

    def close_end(self) -> None:
        """Leaves the writing to the program."""
        os.close(self.end)
        self.end = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._pipe)
        if self.end >= 0:
            os.close(self.end)
