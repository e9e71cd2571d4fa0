"""Finding rewards: registered names, those of installed packages (entry points), `path.py:attribute`, functions.

Whoever is given a reward, by whichever name, asks `get`; nothing else turns a name into a reward.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from rlvr.compose import Composable
from rlvr.errors import (
    MissingDependencyError,
    RewardDefinitionError,
    RlvrError,
    UnknownRewardError,
    did_you_mean,
)
from rlvr.reward_file import belongs_to_file, load

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

    from rlvr.reward import Reward

ENTRY_POINTS = "rlvr.rewards"
_registered: dict[str, Reward[Any]] = {}
_in_files: dict[str, dict[str, Reward[Any]]] = {}
_plain: dict[FunctionType, Reward[Any]] = {}


def register(reward: Reward[Any]) -> None:
    """Makes a reward known under its name; `@reward` calls it.

    A reward of a file that was loaded by its path belongs to that path: it takes no name from anybody, and two files
    may use the same.

    Raises:
        RewardDefinitionError: Another function has that name. The same function again (a reloaded module, a notebook
            cell run twice, one file imported under two names) replaces itself.
    """
    module = reward.function.__module__
    mine = _in_files.setdefault(module, {}) if belongs_to_file(module) else _registered
    known = mine.get(reward.name)
    if known is not None and _place(known) != _place(reward) and _file(known) != _file(reward):
        raise RewardDefinitionError(
            f"`{reward.name}` is already the name of {_place(known)}; {_place(reward)} cannot have it too.",
            hint="Give one of the two another name.",
        )
    mine[reward.name] = reward


def get(name: str | Composable | Callable[..., object]) -> Composable:
    """The reward that somebody means.

    Args:
        name: A registered name; a name from an installed package (entry point group `rlvr.rewards`, by whole name or by
            the part before the first dot); `path/to/file.py:attribute`; or `package.module:attribute`. The attribute
            may be a composition, or a plain function of one sample: that becomes the reward `<file>.<function>`, with
            the defaults of `@reward`. A reward or a composition is itself, and a function of one sample is what
            `path/to/file.py:function` would be.

    Raises:
        UnknownRewardError: There is none; the message suggests the nearest.
        RewardDefinitionError: The file or package that should have it cannot be loaded; MissingDependencyError where
            it lacks another package.

    >>> get("text.exact").name
    'text.exact'
    """
    if isinstance(name, Composable):
        return name
    if not isinstance(name, str):
        return _of_function(name)
    if ":" in name:
        return _from_attribute(name)
    return _named(name)


def _named(name: str) -> Composable:
    if name not in _registered:
        for point in _entry_points():
            if point.name in (name, name.partition(".")[0]):
                _load(point)
    if name in _registered:
        return _registered[name]
    if name.endswith(".py"):
        known = _rewards_in(load(name, name))
        listed = ", ".join(f"{name}:{attribute}" for attribute in known) or "it has none"
        raise UnknownRewardError(f"`{name}` is a file.", hint=f"Say which of its rewards: {listed}.")
    in_files = [rewards[name] for rewards in _of_loaded_files() if name in rewards]
    if len(in_files) == 1:
        return in_files[0]
    if in_files:
        places = ", ".join(f"{_file(reward)[0]}:{reward.function.__qualname__}" for reward in in_files)
        raise UnknownRewardError(f"Several files have a reward `{name}`.", hint=f"Say which one: {places}.")
    known = names()
    raise UnknownRewardError(
        f"There is no reward `{name}`.{did_you_mean(name, known)}",
        hint=f"{len(known)} are known: {', '.join(known)}. One of your own is written `path/to/file.py:function`.",
    )


def pinned(name: str) -> str:
    """A name that means the same reward in every folder and in every process that has the same packages.

    Paths become absolute. A name that only this process knows, of a file that it loaded or of a module that no entry
    point brings, becomes that file or module and the attribute there.

    >>> pinned("math.answer"), pinned("/my/rewards.py:price")
    ('math.answer', '/my/rewards.py:price')
    """
    path, colon, attribute = name.rpartition(":")
    if colon:
        return f"{Path(path).expanduser().absolute()}:{attribute}" if path.endswith(".py") else name
    known = _registered.get(name)
    if known is None:
        found = [rewards[name] for rewards in _of_loaded_files() if name in rewards]
        known = found[0] if len(found) == 1 else None
    if known is None or _brought(name, known):
        return name
    module = sys.modules.get(known.function.__module__)
    attribute = next((key for key, value in vars(module).items() if value is known), "") if module else ""
    if module is None or not attribute:
        return name
    if importable(module.__name__):
        return f"{module.__name__}:{attribute}"
    file = getattr(module, "__file__", None) or ""
    return f"{Path(file).absolute()}:{attribute}" if file.endswith(".py") else name


def _brought(name: str, reward: Reward[Any]) -> bool:
    """Whether an entry point makes a reward known under a name."""
    module = reward.function.__module__
    points = [point for point in _entry_points() if point.name in (name, name.partition(".")[0])]
    return any(module == point.module or module.startswith(f"{point.module}.") for point in points)


def names() -> list[str]:
    """Every reward that has a name, those of installed packages included.

    A package that cannot be imported is passed over: it must not stand in the way of other packages' rewards. `get`
    says what is wrong with it when one of its own is asked for.

    >>> "math.final_number" in names()
    True
    """
    broken()
    return sorted({*_registered, *(name for rewards in _of_loaded_files() for name in rewards)})


def rewards() -> list[Composable]:
    """Every reward that has a name, in the order of the names; several where files have one of the same name.

    >>> [reward.name for reward in rewards()] == sorted(reward.name for reward in rewards())
    True
    """
    broken()
    in_files = [reward for found in _of_loaded_files() for name, reward in found.items() if name not in _registered]
    return sorted([*_registered.values(), *in_files], key=lambda reward: reward.name)


def broken() -> dict[str, RlvrError]:
    """The entry points that cannot be loaded, by name, each with what is wrong with it."""
    errors: dict[str, RlvrError] = {}
    for point in _entry_points():
        try:
            _load(point)
        except RlvrError as error:
            errors[point.name] = error
    return errors


def _load(point: EntryPoint) -> None:
    what = f"The rewards `{point.name}` are declared by {point.value}, which"
    hint = "Install what it needs, or uninstall the package that declares it."
    try:
        point.load()
    except ImportError as error:
        raise MissingDependencyError(f"{what} cannot be imported: {error}.", hint=hint) from error
    except Exception as error:
        raise RewardDefinitionError(f"{what} cannot be loaded: {type(error).__name__}: {error}", hint=hint) from error


def _of_loaded_files() -> list[dict[str, Reward[Any]]]:
    return [rewards for module, rewards in _in_files.items() if module in sys.modules]


def importable(name: str) -> bool:
    """Whether another process, given our `sys.path`, would import the module we know by that name.

    Not so for scripts, notebooks, files loaded by path, and test modules that pytest imports its own way.

    >>> importable("rlvr.verdict"), importable("__main__")
    (True, False)
    """
    module = sys.modules.get(name)
    spec, path, whole = None, None, ""
    for part in name.split("."):
        whole = f"{whole}.{part}" if whole else part
        found = (finder.find_spec(whole, path) for finder in sys.meta_path)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is None:
            return False
        path = spec.submodule_search_locations
    known = getattr(module, "__file__", None)
    return known is None or (spec is not None and os.path.realpath(spec.origin or "") == os.path.realpath(known))


def travel_by_value(name: str) -> None:
    """Has cloudpickle send what a module defines as code, and not as a name to import."""
    if name in sys.modules and name != "__main__":  # of which cloudpickle knows
        import cloudpickle  # pyright: ignore[reportMissingTypeStubs]

        cloudpickle.register_pickle_by_value(sys.modules[name])  # pyright: ignore[reportUnknownMemberType]


def _place(reward: Reward[Any]) -> str:
    function = reward.function
    return f"{function.__module__}.{getattr(function, '__qualname__', type(function).__name__)}"


def _file(reward: Reward[Any]) -> tuple[str, str]:
    """File and name of the function, links resolved; a name of its own where there is no file."""
    code = getattr(reward.function, "__code__", None)
    if code is None or not Path(code.co_filename).is_file():
        return _place(reward), ""
    return os.path.realpath(code.co_filename), reward.function.__qualname__


def _entry_points() -> EntryPoints:
    from importlib.metadata import entry_points  # a third of the time of `import rlvr`

    return entry_points(group=ENTRY_POINTS)


def _from_attribute(name: str) -> Composable:
    where, _, attribute = name.rpartition(":")
    module = load(where, name)
    found = getattr(module, attribute, None)
    if isinstance(found, Composable):
        return found
    if isinstance(found, FunctionType):
        return _wrapped(found, module, attribute)
    if found is not None:
        raise UnknownRewardError(
            f"`{name}` is a {type(found).__name__}, no reward.", hint="A reward is a function of one sample."
        )
    known = _rewards_in(module)
    raise UnknownRewardError(
        f"{where} has no reward `{attribute}`.{did_you_mean(attribute, known)}",
        hint=f"Its rewards: {', '.join(known) or 'none'}.",
    )


def _of_function(function: Callable[..., object]) -> Composable:
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    name = getattr(function, "__name__", "")
    if not isinstance(function, FunctionType) or module is None or not name.isidentifier():
        raise UnknownRewardError(
            f"{function!r} has no name that a reward could have.", hint='Decorate it: `@reward("domain.what")`.'
        )
    return _wrapped(function, module, name)


def _wrapped(function: FunctionType, module: ModuleType, attribute: str) -> Composable:
    """A plain function as a reward of its own, with the defaults of `@reward`; the same one each time."""
    from rlvr.reward import reward

    known = _plain.get(function)
    if known is None:
        stem = Path(module.__file__ or "").stem if belongs_to_file(module.__name__) else module.__name__.split(".")[-1]
        domain = re.sub(r"[^\w.-]", "_", stem)
        known = _plain[function] = reward(f"{domain}.{attribute}")(function)
    return known


def _rewards_in(module: ModuleType) -> list[str]:
    """Its rewards, and where it has none the plain functions that could be one."""
    rewards = [key for key, value in vars(module).items() if isinstance(value, Composable)]
    return rewards or [
        key
        for key, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and not key.startswith("_")
    ]
