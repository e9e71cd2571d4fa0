"""Finding rewards: registered names, those of installed packages (entry points), `path.py:attribute`, functions.

Whoever is given a reward, by whichever name, asks `get`; nothing else turns a name into a reward.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from rlvr import registered
from rlvr.compose import Composable
from rlvr.errors import UnknownRewardError, did_you_mean
from rlvr.plain_reward import PlainReward
from rlvr.reward import Reward, reward
from rlvr.reward_file import belongs_to_file, importable, load

_plain: dict[FunctionType, Reward[Any]] = {}


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
    if isinstance(known := registered.imported(name), Composable):
        return known
    if name.endswith(".py"):
        attributes = _rewards_in(load(name, name))
        listed = ", ".join(f"{name}:{attribute}" for attribute in attributes) or "it has none"
        raise UnknownRewardError(f"`{name}` is a file.", hint=f"Say which of its rewards: {listed}.")
    in_files = registered.in_loaded_files(name)
    if len(in_files) == 1 and isinstance(in_files[0], Composable):
        return in_files[0]
    if in_files:
        places = ", ".join(f"{registered.file_of(one)[0]}:{one.function.__qualname__}" for one in in_files)
        raise UnknownRewardError(f"Several files have a reward `{name}`.", hint=f"Say which one: {places}.")
    every = names()
    raise UnknownRewardError(
        f"There is no reward `{name}`.{did_you_mean(name, every)}",
        hint=f"{len(every)} are known: {', '.join(every)}. One of your own is written `path/to/file.py:function`.",
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
    known = registered.by_name.get(name)
    if known is None:
        in_files = registered.in_loaded_files(name)
        known = in_files[0] if len(in_files) == 1 else None
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


def _brought(name: str, known: PlainReward[Any]) -> bool:
    """Whether an entry point makes a reward known under a name."""
    module = known.function.__module__
    points = registered.points_for(name)
    return any(module == point.module or module.startswith(f"{point.module}.") for point in points)


def names() -> list[str]:
    """Every reward that has a name, those of installed packages included.

    A package that cannot be imported is passed over: it must not stand in the way of other packages' rewards. `get`
    says what is wrong with it when one of its own is asked for.

    >>> "math.final_number" in names()
    True
    """
    registered.broken()
    return sorted({*registered.by_name, *(name for rewards in registered.of_loaded_files() for name in rewards)})


def rewards() -> list[Composable]:
    """Every reward that has a name, in the order of the names; several where files have one of the same name.

    >>> [reward.name for reward in rewards()] == sorted(reward.name for reward in rewards())
    True
    """
    registered.broken()
    in_files = [
        known
        for rewards in registered.of_loaded_files()
        for name, known in rewards.items()
        if name not in registered.by_name
    ]
    every = [known for known in (*registered.by_name.values(), *in_files) if isinstance(known, Composable)]
    return sorted(every, key=lambda known: known.name)


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
    attributes = _rewards_in(module)
    raise UnknownRewardError(
        f"{where} has no reward `{attribute}`.{did_you_mean(attribute, attributes)}",
        hint=f"Its rewards: {', '.join(attributes) or 'none'}.",
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
    known = _plain.get(function)
    if known is None:
        stem = Path(module.__file__ or "").stem if belongs_to_file(module.__name__) else module.__name__.split(".")[-1]
        domain = re.sub(r"[^\w.-]", "_", stem)
        known = _plain[function] = reward(f"{domain}.{attribute}")(function)
    return known


def _rewards_in(module: ModuleType) -> list[str]:
    """Its rewards, and where it has none the plain functions that could be one."""
    attributes = [key for key, value in vars(module).items() if isinstance(value, Composable)]
    return attributes or [
        key
        for key, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and not key.startswith("_")
    ]
