"""Files that a program finds in its folder, and files of it that its caller wants back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from rlvr.sandbox.errors import BadFilesError

MOST_MIB: Final = 32
"""Of all files given to a program together; its folder holds 64."""

_MOST_NAMES: Final = 16 << 10
_LONGEST: Final = 255
_MOST: Final = 512


@dataclass(frozen=True, slots=True)
class Files:
    """What lies beside a program before it starts, and what of its folder is kept once it has ended.

    Args:
        given: Each with its path in the program's folder.
        wanted: Paths in that folder; what is no regular file then is left out of the answer.

    Raises:
        BadFilesError: A path that leads out of the folder, or is the program's own; more than can be passed on.

    >>> Files(given=(("data/a.txt", b"5"),)).lengths
    [['data/a.txt', 1]]
    """

    given: tuple[tuple[str, bytes], ...] = ()
    wanted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [*(name for name, _ in self.given), *self.wanted]
        for name in names:
            _check_name(name)
        given = [PurePosixPath(name) for name, _ in self.given]
        folders = {folder for path in given for folder in path.parents}
        if len({*given}) < len(given) or folders & {*given}:
            raise BadFilesError("Two files have the same path, or one lies in another.")
        if len(given) + len(folders) > _MOST:
            raise BadFilesError(f"A program is given {_MOST} files and folders at most.")
        if len(json.dumps(names)) > _MOST_NAMES:
            raise BadFilesError(f"The paths of all files have {_MOST_NAMES >> 10} KiB at most, together.")
        if len(self.content) > MOST_MIB << 20:
            raise BadFilesError(f"All files of a program have {MOST_MIB} MiB at most, together.")

    @property
    def content(self) -> bytes:
        """What is given, one after the other."""
        return b"".join(data for _, data in self.given)

    @property
    def lengths(self) -> list[list[str | int]]:
        """The path of each that is given, and how many bytes of `content` it has."""
        return [[name, len(data)] for name, data in self.given]

    def cut(self, lengths: Iterable[tuple[str, int]], content: bytes) -> tuple[tuple[str, bytes], ...]:
        """What came back, by path.

        >>> Files(wanted=("a", "b")).cut([("b", 2)], b"42")
        (('b', b'42'),)
        """
        found: list[tuple[str, bytes]] = []
        place = 0
        for name, length in lengths:
            found.append((name, content[place : place + length]))
            place += length
        return tuple(found)


def _check_name(name: str) -> None:
    path = PurePosixPath(name)
    if not name or name != str(path) or path.is_absolute() or {".", ".."} & {*path.parts} or "\0" in name:
        raise BadFilesError(f"{name!r:.80} is no path in a program's folder: write it as `data/a.txt`.")
    if any(len(part.encode(errors="replace")) > _LONGEST for part in path.parts) or not name.isprintable():
        raise BadFilesError(f"{name!r:.80} is no name that a file can have.")
