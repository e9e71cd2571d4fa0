"""Empties the folder in which programs may write, whatever they left there and however they left it."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from typing import Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OWNER: Final = 0o700
_GET_FLAGS: Final = 0x80086601  # FS_IOC_GETFLAGS and FS_IOC_SETFLAGS
_SET_FLAGS: Final = 0x40086602


class Scratch:
    """A folder that is opened once, so that no program can shut its owner out of it.

    Args:
        path: The folder.

    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = tempfile.mkdtemp()
    >>> scratch = Scratch(folder)
    >>> (Path(folder) / "a/b").mkdir(parents=True)
    >>> Path(folder, "a").chmod(0)
    >>> Path(folder).chmod(0)
    >>> scratch.empty(), os.listdir(folder)
    (True, [])
    """

    def __init__(self, path: str) -> None:
        self._folder = os.open(path, _FOLDER)
        self.empty()  # so that the first program finds what every other does

    def empty(self) -> bool:
        """Restores the folder's rights, and removes what is in it and on it; the next program finds no trace.

        A folder within is moved to the top before it is emptied, so that no path and no stack of open folders grows.
        No link is followed.

        Returns:
            Whether it is empty now.
        """
        try:
            self._restore()
            number = 0
            while names := os.listdir(self._folder):  # noqa: PTH208 - of a descriptor
                for name in names:
                    number += 1
                    _remove(self._folder, name, number)
            os.utime(self._folder, ns=(0, 0))
        except OSError:
            return False
        return True

    def _restore(self) -> None:
        for name in _attributes(self._folder):  # access lists are among them
            os.removexattr(self._folder, name)
        _clear_flags(self._folder)
        if stat.S_IMODE(os.fstat(self._folder).st_mode) != _OWNER:
            os.fchmod(self._folder, _OWNER)


def _clear_flags(folder: int) -> None:
    with suppress(OSError):  # a file system that has none
        flags = fcntl.ioctl(folder, _GET_FLAGS, bytes(8))
        if flags.rstrip(b"\0"):
            fcntl.ioctl(folder, _SET_FLAGS, bytes(8))


def _attributes(folder: int) -> list[str]:
    with suppress(OSError):  # a file system that has none
        return os.listxattr(folder)
    return []


def _remove(top: int, name: str, number: int) -> None:
    with suppress(IsADirectoryError, PermissionError):
        os.unlink(name, dir_fd=top)
        return
    with suppress(OSError):
        os.chmod(name, _OWNER, dir_fd=top)
    inside = os.open(name, _FOLDER, dir_fd=top)
    try:
        os.fchmod(inside, _OWNER)
        for i, below in enumerate(os.listdir(inside)):  # noqa: PTH208 - of a descriptor
            try:
                os.unlink(below, dir_fd=inside)
            except (IsADirectoryError, PermissionError):
                os.chmod(below, _OWNER, dir_fd=inside)
                os.rename(below, f"moved {number} {i}", src_dir_fd=inside, dst_dir_fd=top)
    finally:
        os.close(inside)
    os.rmdir(name, dir_fd=top)
