"""Finding rewards by name: registered ones, those of installed packages (entry points), and `path.py:function`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rlvr.compose import Composable
from rlvr.errors import MissingDependencyError, RewardDefinitionError, UnknownRewardError, did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

    from rlvr.reward import Reward

ENTRY_POINTS = "rlvr.rewards"
_registered: dict[str, Reward[Any]] = {}


def register(reward: Reward[Any]) -> None:
    """Makes a reward known under its name; `@reward` calls it.

    Raises:
        RewardDefinitionError: Another function has that name. The same function again (a reloaded module, a notebook
            cell run twice, one file imported under two names) replaces itself.
    """
    known = _registered.get(reward.name)
    if known is not None and _place(known) != _place(reward) and _file(known) != _file(reward):
        raise RewardDefinitionError(
            f"`{reward.name}` is already the name of {_place(known)}; {_place(reward)} cannot have it too.",
            hint="Give one of the two another name.",
        )
    _registered[reward.name] = reward


def get(name: str) -> Composable:
    """The reward of that name.

    Args:
        name: A registered name; a name from an installed package (entry point group `rlvr.rewards`, by whole name or by
            the part before the first dot); `path/to/file.py:attribute`; or `package.module:attribute`. The attribute
            may be a composition.

    Raises:
        UnknownRewardError: There is none; the message suggests the nearest.

    >>> get("text.exact").name
    'text.exact'
    """
    if ":" in name:
        return _from_attribute(name)
    if name not in _registered:
        for point in _entry_points():
            if point.name in (name, name.partition(".")[0]):
                _load(point)
    if name in _registered:
        return _registered[name]
    known = names()
    raise UnknownRewardError(
        f"There is no reward `{name}`.{did_you_mean(name, known)}",
        hint=f"{len(known)} are known: {', '.join(known)}. One of your own is written `path/to/file.py:function`.",
    )


def names() -> list[str]:
    """Every reward that has a name, those of installed packages included.

    A package that cannot be imported is passed over: it must not stand in the way of other packages' rewards. `get`
    says what is wrong with it when one of its own is asked for.

    >>> "math.final_number" in names()
    True
    """
    for point in _entry_points():
        with suppress(MissingDependencyError):
            _load(point)
    return sorted(_registered)


def _load(point: EntryPoint) -> None:
    try:
        point.load()
    except ImportError as error:
        raise MissingDependencyError(
            f"The rewards `{point.name}` are declared by {point.value}, which cannot be imported: {error}.",
            hint="Install what it needs, or uninstall the package that declares it.",
        ) from error


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
    module = _load_file(Path(where), name) if where.endswith(".py") else _load_module(where, name)
    found = getattr(module, attribute, None)
    if isinstance(found, Composable):
        return found
    rewards = [key for key, value in vars(module).items() if isinstance(value, Composable)]
    if found is not None:
        raise UnknownRewardError(
            f"`{name}` is a {type(found).__name__}, no reward.", hint='Decorate it: `@reward("my.name")`.'
        )
    listed = ", ".join(rewards) or "none"
    raise UnknownRewardError(
        f"{where} has no reward `{attribute}`.{did_you_mean(attribute, rewards)}", hint=f"Its rewards: {listed}."
    )


def _load_file(path: Path, name: str) -> ModuleType:
    if not path.is_file():
        raise UnknownRewardError(f"There is no file {path} (asked for by `{name}`; looked in {Path.cwd()}).")
    path = path.resolve()
    # A file named rewards.py or math.py must neither shadow an installed module nor be shadowed by one.
    alias = f"rlvr_file_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if alias in sys.modules:
        return sys.modules[alias]
    spec = importlib.util.spec_from_file_location(alias, path)
    if spec is None or spec.loader is None:
        raise UnknownRewardError(f"{path} is no Python file (asked for by `{name}`).")
    module = importlib.util.module_from_spec(spec)
    folder = str(path.parent)
    known = folder in sys.path
    sys.modules[alias] = module
    # Its neighbours come first while it is loaded, as for a script, and last from then on: imports inside its functions
    # still find them, and nobody else's do by accident.
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[alias]
        raise
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
        if not known:
            sys.path.append(folder)
    return module


def _load_module(where: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(where)
    except ModuleNotFoundError as error:
        if error.name is None or not (where == error.name or where.startswith(f"{error.name}.")):
            raise
        raise UnknownRewardError(f"There is no module `{where}` (asked for by `{name}`).") from None
