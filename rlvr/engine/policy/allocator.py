"""Keeping freed memory, where tensors live on the CPU."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any, Final

_M_TRIM_THRESHOLD: Final = -1  # from glibc's malloc.h
_M_MMAP_THRESHOLD: Final = -3
_LARGEST: Final = 32 * 2**20  # of what mallopt takes for the second; larger blocks go back to the system as ever


def keep_freed_memory() -> None:
    """Has glibc hold on to freed blocks of up to 32 MiB for the process's own next request.

    By default it returns them, and every training step, which asks for the same blocks again, pays for each page anew:
    12,000 page faults in a step of the quickstart's model, a tenth of its time. Other allocators and systems are left
    alone, and so is glibc where a variable like MALLOC_TRIM_THRESHOLD_ says that someone has tuned it.
    """
    if not sys.platform.startswith("linux") or any(name.startswith("MALLOC_") for name in os.environ):
        return
    mallopt: Any = getattr(ctypes.CDLL(None), "mallopt", None)
    # Setting either stops glibc from adapting the other, so it is both or none.
    if mallopt is not None and mallopt(_M_MMAP_THRESHOLD, _LARGEST):
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
