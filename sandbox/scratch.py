"""Empties the folder in which programs may write, whatever they left there."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def empty(path: str) -> bool:
    """Removes all of a folder's content; follows no links, and is stopped by neither rights nor depth.

    A folder within is moved to the top before it is emptied, so that no path and no stack of open folders grows.

    Returns:
        Whether it is empty now.

    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = tempfile.mkdtemp()
    >>> (Path(folder) / "a/b").mkdir(parents=True)
    >>> Path(folder, "a").chmod(0)
    >>> empty(folder), os.listdir(folder)
    (True, [])
    """
    if not os.listdir(path):  # noqa: PTH208 - once for each program
        return True
    top = os.open(path, _FOLDER)
    try:
        os.fchmod(top, 0o700)
        number = 0
        while names := os.listdir(top):  # noqa: PTH208 - of a descriptor
            for name in names:
                number += 1
                if not _remove(top, name, number):
                    return False
    except OSError:
        return False
    finally:
        os.close(top)
    return True


def _remove(top: int, name: str, number: int) -> bool:
    with suppress(IsADirectoryError, PermissionError):
        os.unlink(name, dir_fd=top)
        return True
    with suppress(OSError):
        os.chmod(name, 0o700, dir_fd=top)
    inside = os.open(name, _FOLDER, dir_fd=top)
    try:
        os.fchmod(inside, 0o700)
        for i, below in enumerate(os.listdir(inside)):  # noqa: PTH208 - of a descriptor
            try:
                os.unlink(below, dir_fd=inside)
            except (IsADirectoryError, PermissionError):
                os.chmod(below, 0o700, dir_fd=inside)
                os.rename(below, f"moved {number} {i}", src_dir_fd=inside, dst_dir_fd=top)
    finally:
        os.close(inside)
    os.rmdir(name, dir_fd=top)
    return True
