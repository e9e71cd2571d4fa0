"""Files that come with a job into the folder of a program, and those of its folder that go back with the reply.

All of them lie one after the other in a memory file, and are moved within the kernel: the fork server has none of them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from typing import Final

_NO_LINK: Final = os.O_NOFOLLOW | os.O_CLOEXEC
_LARGEST_STEP: Final = 1 << 24


def place_files(bundle: int, lengths: Iterable[tuple[str, int]]) -> None:
    """Puts each under its path below the working directory, before a program has been there.

    Args:
        bundle: What they hold, one after the other.
        lengths: Path and number of bytes of each.
    """
    place = 0
    for name, length in lengths:
        folder, _, _ = name.rpartition("/")
        if folder:
            os.makedirs(folder, 0o700, exist_ok=True)  # noqa: PTH103 - no `pathlib` in programs' memory
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o600)
        try:
            _copy(bundle, place, file, length)
        finally:
            os.close(file)
        place += length


def collect_files(names: Iterable[str], target: int, most: int) -> list[tuple[str, int]]:
    """Copies files of the working directory to a memory file, once the program has ended.

    No link is followed, whichever part of a path it is: it would be this process that reads what it points to.

    Args:
        names: Their paths.
        target: Where they go, one after the other.
        most: Bytes of all together; what would be more is left out.

    Returns:
        Path and number of bytes of each that is a regular file.
    """
    found: list[tuple[str, int]] = []
    left = most
    for name in names:
        file = _open(name.split("/"))
        if file is None:
            continue
        try:
            about = os.fstat(file)
            if stat.S_ISREG(about.st_mode) and about.st_size <= left:
                _copy(file, 0, target, about.st_size)
                found.append((name, about.st_size))
                left -= about.st_size
        finally:
            os.close(file)
    return found


def _open(parts: Sequence[str]) -> int | None:
    folder = os.open(".", os.O_PATH | os.O_DIRECTORY | _NO_LINK)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_PATH | os.O_DIRECTORY | _NO_LINK, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], os.O_RDONLY | os.O_NONBLOCK | _NO_LINK, dir_fd=folder)
    except OSError:
        return None
    finally:
        os.close(folder)


def _copy(source: int, place: int, target: int, count: int) -> None:
    end = place + count
    while place < end and (more := os.sendfile(target, source, place, min(end - place, _LARGEST_STEP))):
        place += more
