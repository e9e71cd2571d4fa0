"""Where the metrics' environment is, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from rlvr.errors import MissingDependencyError
from rlvr.sample import is_object

HOME: Final = "RLVR_HOME"
"""The variable that names the folder of what rlvr keeps for a user; `~/.cache/rlvr` without it."""

PYTHON: Final = "RLVR_COMET_PYTHON"
"""The variable that names an interpreter with comet, and goes before everything else."""

LOCK: Final = Path(__file__).with_name("comet.lock")
VERSION: Final = "2.2.7"


class Condition(StrEnum):
    """What there is: a whole environment, one whose making was interrupted, one of another lock file, or none."""

    READY = "ready"
    HALF_MADE = "half made"
    OUTDATED = "outdated"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Place:
    """An environment: its interpreter, its condition, and who made it.

    Args:
        python: Its interpreter, whether it is there or not.
        condition: See `Condition`.
        own: Made by `rlvr setup comet`, and not brought along.
    """

    python: Path
    condition: Condition
    own: bool = True


def home() -> Path:
    """The folder of what rlvr keeps for this user."""
    if named := os.environ.get(HOME):
        return Path(named).expanduser().absolute()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "rlvr"


def folder() -> Path:
    """The folder in which `rlvr setup comet` makes the environment."""
    return home() / "comet"


def stamp() -> Path:
    """The file that is written last: the environment is whole when it holds `mark()`."""
    return folder() / ".rlvr-ready"


def choice() -> Path:
    """The file that names an interpreter brought along with `--python`."""
    return home() / "comet.json"


def mark() -> str:
    """What the environment is made from, as a hash: the lock file."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def find() -> Place:
    """The environment that is used: `$RLVR_COMET_PYTHON`, one brought along, or the one that was made."""
    if named := os.environ.get(PYTHON):
        return _brought(Path(named).expanduser())
    chosen = _chosen()
    if chosen is not None:
        return _brought(chosen)
    python = folder() / "bin" / "python"
    if not folder().is_dir():
        return Place(python, Condition.MISSING)
    try:
        done = stamp().read_text().strip()
    except OSError:
        return Place(python, Condition.HALF_MADE)
    # A base interpreter that was removed leaves a link to nothing.
    whole = python.exists()
    return Place(python, (Condition.READY if done == mark() else Condition.OUTDATED) if whole else Condition.HALF_MADE)


def interpreter() -> Path:
    """The interpreter of the environment.

    Raises:
        MissingDependencyError: There is no whole environment.
    """
    place = find()
    if place.condition in (Condition.READY, Condition.OUTDATED):
        return place.python
    if not place.own:
        raise MissingDependencyError(
            f"There is no interpreter at {place.python}.",
            hint=f"It comes from {PYTHON} or `rlvr setup comet --python`; name another, or run `rlvr setup comet`.",
        )
    raise MissingDependencyError(
        f"The environment of the translation metrics is {place.condition} ({folder()}).",
        hint="Make it: rlvr setup comet (half a minute; 1.4 GB on a CPU, more with CUDA).",
    )


def _brought(python: Path) -> Place:
    return Place(python, Condition.READY if os.access(python, os.X_OK) else Condition.MISSING, own=False)


def _chosen() -> Path | None:
    try:
        row: object = json.loads(choice().read_text())
    except (OSError, ValueError):
        return None
    named = row.get("python") if is_object(row) else None
    return Path(named) if isinstance(named, str) else None
