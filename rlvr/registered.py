"""The rewards that this process knows by name: those that were declared, and those that installed packages declare."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlvr.errors import MissingDependencyError, RewardDefinitionError, RlvrError
from rlvr.plain_reward import PlainReward
from rlvr.reward_file import belongs_to_file, load

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

ENTRY_POINTS = "rlvr.rewards"

by_name: dict[str, PlainReward[Any]] = {}
"""The rewards of modules that were imported."""

by_file: dict[str, dict[str, PlainReward[Any]]] = {}
"""The rewards of modules that were loaded by their path: by module, then by name."""


def register(reward: PlainReward[Any]) -> None:
    """Makes a reward known under its name; `@reward` calls it.

    A reward of a file that was loaded by its path belongs to that path: it takes no name from anybody, and two files
    may use the same.

    Raises:
        RewardDefinitionError: Another function has that name. The same function again (a reloaded module, a notebook
            cell run twice, one file imported under two names) replaces itself.
    """
    module = reward.function.__module__
    mine = by_file.setdefault(module, {}) if belongs_to_file(module) else by_name
    known = mine.get(reward.name)
    if known is not None and _place(known) != _place(reward) and file_of(known) != file_of(reward):
        raise RewardDefinitionError(
            f"`{reward.name}` is already the name of {_place(known)}; {_place(reward)} cannot have it too.",
            hint="Give one of the two another name.",
        )
    mine[reward.name] = reward


def find(name: str) -> object:
    """What a name stands for, a reward or not; `None` where it stands for nothing, or for more than one thing.

    Raises:
        RlvrError: The file or package that should have it cannot be loaded.

    >>> find("text.exact").name
    'text.exact'
    """
    where, colon, attribute = name.rpartition(":")
    if colon:
        return getattr(load(where, name), attribute, None)
    known = imported(name)
    in_files = [] if known else in_loaded_files(name)
    return in_files[0] if len(in_files) == 1 else known


def imported(name: str) -> PlainReward[Any] | None:
    """The reward of that name; the package that has it is imported where it was not.

    Raises:
        RewardDefinitionError: It cannot be; MissingDependencyError where it lacks another package.
    """
    if name not in by_name:
        for point in points_for(name):
            _load(point)
    return by_name.get(name)


def in_loaded_files(name: str) -> list[PlainReward[Any]]:
    """The rewards of that name in files that were loaded by their path."""
    return [rewards[name] for rewards in of_loaded_files() if name in rewards]


def of_loaded_files() -> list[dict[str, PlainReward[Any]]]:
    """The rewards by name of each file that was loaded by its path."""
    return [rewards for module, rewards in by_file.items() if module in sys.modules]


def points_for(name: str) -> list[EntryPoint]:
    """The entry points that may bring a reward: those of its whole name, or of the part before the first dot."""
    return [point for point in entry_points() if point.name in (name, name.partition(".")[0])]


def broken() -> dict[str, RlvrError]:
    """The entry points that cannot be loaded, by name, each with what is wrong with it."""
    errors: dict[str, RlvrError] = {}
    for point in entry_points():
        try:
            _load(point)
        except RlvrError as error:
            errors[point.name] = error
    return errors


def file_of(reward: PlainReward[Any]) -> tuple[str, str]:
    """File and name of the function, links resolved; a name of its own where there is no file."""
    code = getattr(reward.function, "__code__", None)
    if code is None or not Path(code.co_filename).is_file():
        return _place(reward), ""
    return os.path.realpath(code.co_filename), reward.function.__qualname__


def entry_points() -> EntryPoints:
    """The entry points of the group `rlvr.rewards`."""
    from importlib.metadata import entry_points as found  # a third of the time of `import rlvr`

    return found(group=ENTRY_POINTS)


def _load(point: EntryPoint) -> None:
    what = f"The rewards `{point.name}` are declared by {point.value}, which"
    hint = "Install what it needs, or uninstall the package that declares it."
    try:
        point.load()
    except ImportError as error:
        raise MissingDependencyError(f"{what} cannot be imported: {error}.", hint=hint) from error
    except Exception as error:
        raise RewardDefinitionError(f"{what} cannot be loaded: {type(error).__name__}: {error}", hint=hint) from error


def _place(reward: PlainReward[Any]) -> str:
    function = reward.function
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__name__)}"
