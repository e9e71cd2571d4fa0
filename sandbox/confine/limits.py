"""What one program may take."""

from __future__ import annotations

import math
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rlvr.errors import RlvrError, did_you_mean

MIB: Final = 1 << 20
_MOST_STACK: Final = 512


class LimitsError(RlvrError, ValueError):
    """Limits that no program can run under."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process of a program may take; each stdin test is a process, the cases of a function share one.

    Args:
        cpu: Seconds of processor time, of all threads together.
        wall: Seconds of the clock; 3 times `cpu` and 2 more where nothing is said, since under load a busy loop gets
            less than a second a second.
        memory: MiB of address space beyond what an idle interpreter has.
        output: MiB of standard output; as much again of standard error, and no file larger.
        processes: Processes and threads; with 1, threads are free and forks refused.
        files: Open files.

    Raises:
        LimitsError: A number that is not positive.

    >>> Limits(cpu=2).seconds
    8.0
    """

    cpu: float = 5.0
    wall: float | None = None
    memory: int = 1024
    output: int = 16
    processes: int = 1
    files: int = 64

    def __post_init__(self) -> None:
        for name in ("cpu", "wall", "memory", "output", "processes", "files"):
            value = getattr(self, name)
            if value is None and name == "wall":
                continue
            if not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
                raise LimitsError(f"The limit `{name}` is {value!r}; it must be a positive number.")

    @property
    def seconds(self) -> float:
        """The limit of the clock."""
        return float(3 * self.cpu + 2 if self.wall is None else self.wall)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Limits:
        """The limits that a row of a file gives; `mem_mb` and `out_mb` are taken for `memory` and `output`.

        Raises:
            LimitsError: A name nobody knows, or a number that is not positive.

        >>> Limits.of({"cpu": 1, "mem_mb": 256}).memory
        256
        """
        given = {{"mem_mb": "memory", "out_mb": "output"}.get(name, name): value for name, value in row.items()}
        for name in given:
            if name not in cls.__slots__:
                raise LimitsError(f"There is no limit `{name}`.{did_you_mean(name, cls.__slots__)}")
        return cls(**given)

    def as_dict(self) -> dict[str, Any]:
        """What crosses to the fork server."""
        return {name: getattr(self, name) for name in self.__slots__} | {"wall": self.seconds}


def prepared(limits: Mapping[str, Any], baseline: int, *, scale: float = 1.0) -> list[tuple[int, tuple[int, int]]]:
    """What a child has to set, by resource.

    Args:
        limits: What `Limits.as_dict` made.
        baseline: Bytes of address space that the process has already.
        scale: Seconds are multiplied by it; for a process that waits for a limited one.
    """
    memory = limits["memory"] * MIB
    seconds = math.ceil(limits["cpu"] * scale)
    wanted = {
        resource.RLIMIT_AS: (baseline + memory, baseline + memory),
        # Programs raise it first thing, often to no bound at all. It may be: addresses are what is bound.
        resource.RLIMIT_STACK: (min(_MOST_STACK * MIB, memory), resource.RLIM_INFINITY),
        resource.RLIMIT_FSIZE: (limits["output"] * MIB,) * 2,
        resource.RLIMIT_NOFILE: (limits["files"],) * 2,
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
    }
    if limits["processes"] > 1:
        wanted[resource.RLIMIT_NPROC] = (limits["processes"] + 2,) * 2
    found: list[tuple[int, tuple[int, int]]] = []
    for what, (soft, hard) in wanted.items():
        _, most = resource.getrlimit(what)
        unbound = most == resource.RLIM_INFINITY
        found.append((what, (soft, hard) if unbound else (lesser(soft, most), lesser(hard, most))))
    return found


def lesser(one: int, other: int) -> int:
    """The lower of two limits, where the absence of one is a negative number.

    >>> lesser(resource.RLIM_INFINITY, 5), lesser(4, 5)
    (5, 4)
    """
    return other if one == resource.RLIM_INFINITY else min(one, other)
