"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands with a thing.

    Attributes:
        OK: There, and as it should be.
        NOTE: Worth knowing.
        MISSING: Not there, and only some uses need it.
        WARNING: There, and likely to give trouble.
        BROKEN: Nothing that needs it will work.
    """

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing.

    Args:
        group: Under which heading it stands: `machine`, `packages`, `model`, or the name of a probe.
        name: The thing.
        state: How it stands with it.
        detail: Version, size, or what is wrong.
        fix: The command, or the change to a file, that mends it.

    >>> Finding("packages", "vllm", State.MISSING, "the faster rollout engine", "pip install vllm").state
    <State.MISSING: 'missing'>
    """

    group: str
    name: str
    state: State
    detail: str = ""
    fix: str = ""
