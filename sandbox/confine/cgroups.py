"""Control groups (v2): a bound on memory and processes of a lane together, where this user may make groups.

Elsewhere limits hold for each process alone, and a watch looks at what is resident. The group is made below the one
this process is in, or the nearest above it that passes on the two controllers; nothing is switched on anywhere.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from rlvr.sandbox.confine.limits import MIB, Limits

TASKS: Final = 512
"""Processes and threads of a lane, all together."""

_SPARE: Final = 192
"""MiB beyond a program's limit: the fork server, its libraries, the scratch files, what is written."""

_WANTED: Final = ("memory.max", "pids.max")
_numbers: Final = itertools.count()


class Group:
    """A control group of one lane.

    Args:
        path: Its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._memory = 0
        self._killed = 0
        (path / "pids.max").write_text(str(TASKS))
        with suppress(OSError):  # without swap there is nothing to limit
            (path / "memory.swap.max").write_text("0")

    def limit(self, limits: Limits, *, room: int) -> None:
        """Bounds memory for the next job; costs nothing where it is what it was.

        Args:
            limits: Of the job.
            room: MiB of the scratch file system, which counts as memory.
        """
        memory = (limits.memory + 2 * limits.output + room + _SPARE) * MIB
        if memory != self._memory:
            (self.path / "memory.max").write_text(str(memory))
            self._memory = memory

    def killed(self) -> bool:
        """Whether the kernel has ended something for its memory since this was asked last."""
        with suppress(OSError):
            for line in (self.path / "memory.events").read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    before, self._killed = self._killed, int(count)
                    return self._killed > before
        return False

    def close(self) -> None:
        """Removes it, once the lane has ended."""
        with suppress(OSError):
            (self.path / "cgroup.kill").write_text("1")
        with suppress(OSError):
            self.path.rmdir()


def make(mount: Path | None = None, own: str | None = None) -> tuple[Group | None, str]:
    """A group for a lane, or why there is none.

    Args:
        mount: Where the hierarchy is mounted; looked up by default.
        own: The group of this process in it; looked up by default.

    >>> group, why = make()
    >>> (group is None) == bool(why)
    True
    >>> group.close() if group else None
    """
    mount, own = mount or _mount(), _own() if own is None else own
    if mount is None or own is None:
        return None, "cgroup v2 is not mounted"
    why = ""
    for folder in _upwards(mount, own):
        made = folder / f"rlvr-{os.getpid()}-{next(_numbers)}"
        try:
            made.mkdir()
        except OSError as error:
            why = why or f"{error.strerror} in {folder}"
            continue
        lacking = [name for name in _WANTED if not (made / name).exists()]
        try:
            if not lacking:
                return Group(made), ""
            why = f"{folder} does not pass on the controllers memory and pids"
        except OSError as error:
            why = f"{error.strerror} in {made}"
        with suppress(OSError):
            made.rmdir()
    return None, why


def enter(path: str) -> str:
    """Puts this process into a group.

    Returns:
        Why not, where it could not be done.
    """
    try:
        Path(path, "cgroup.procs").write_text("0")
    except OSError as error:
        return f"{error.strerror} in {path}"
    return ""


def _upwards(mount: Path, own: str) -> Iterator[Path]:
    folder = mount / own.strip("/")
    while True:
        yield folder
        if folder == mount or mount not in folder.parents:
            return
        folder = folder.parent


def _mount() -> Path | None:
    with suppress(OSError):
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, place, kind, *_ = line.split(" ")
            if kind == "cgroup2":
                return Path(place)
    return None


def _own() -> str | None:
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            if line.startswith("0::"):
                return line[3:]
    return None
