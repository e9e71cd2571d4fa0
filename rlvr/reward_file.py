"""Modules that `path/to/file.py:attribute` and `package.module:attribute` name, loaded without getting in the way."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

from rlvr.errors import MissingDependencyError, RewardDefinitionError, RlvrError, UnknownRewardError

_PREFIX: Final = "rlvr_file_"
_neighbours: dict[str, dict[str, Path]] = {}


def belongs_to_file(module: str) -> bool:
    """Whether a module of that name was loaded from a path, by `load`, and not imported.

    >>> belongs_to_file("rlvr.verdict")
    False
    """
    return module.startswith(_PREFIX)


def load(where: str, name: str) -> ModuleType:
    """The module that a name such as `rewards.py:price` or `my_shop.rewards:price` begins with.

    Args:
        where: What stands before the colon.
        name: All of it, for messages.

    Raises:
        UnknownRewardError: There is no such file or module.
        RewardDefinitionError: The file cannot be loaded; MissingDependencyError where a package is missing.
    """
    return _load_file(Path(where).expanduser(), name) if where.endswith(".py") else _load_module(where, name)


def _load_file(path: Path, name: str) -> ModuleType:
    if not path.is_file():
        raise UnknownRewardError(f"There is no file {path} (asked for by `{name}`; looked in {Path.cwd()}).")
    path = path.resolve()
    # A file named rewards.py or math.py must neither shadow an installed module nor be shadowed by one.
    alias = f"{_PREFIX}{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if alias in sys.modules:
        return sys.modules[alias]
    _neighbours[alias] = _refuse_namesakes(path)
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
    except BaseException as error:
        del sys.modules[alias]
        if isinstance(error, RlvrError) or not isinstance(error, Exception):
            raise
        raise _unloadable(path, error) from error
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
        if not known:
            sys.path.append(folder)
    return module


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


def package_of(path: Path) -> tuple[Path, str] | None:
    """The folder above the package that a file's relative imports ask for, and the file's name as a module of it.

    Returns:
        `None` where the file has no relative import.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(prefix="shop")) / "price.py"
    >>> _ = path.write_text("from .util import norm")
    >>> root, name = package_of(path) or ("", "")
    >>> root == path.parents[1].resolve(), name == f"{path.parent.name}.price"
    (True, True)
    """
    path = path.resolve()
    try:
        nodes = ast.walk(ast.parse(path.read_bytes()))
    except (SyntaxError, ValueError):  # told, with its line, by whoever runs the file
        return None
    levels = max((node.level for node in nodes if isinstance(node, ast.ImportFrom)), default=0)
    if not levels:
        return None
    root = path.parents[min(levels, len(path.parents) - 1)]
    while (root / "__init__.py").is_file() and root != root.parent:
        root = root.parent
    return root, ".".join(path.relative_to(root).with_suffix("").parts)


def _unloadable(path: Path, error: Exception) -> RlvrError:
    line = error.lineno if isinstance(error, SyntaxError) else None
    frame = error.__traceback__
    while frame is not None:  # the last line of the file itself, not of what it calls
        if frame.tb_frame.f_code.co_filename == str(path):
            line = frame.tb_lineno
        frame = frame.tb_next
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    where = f"{path}:{line}" if line else str(path)
    message = f"{path.name} cannot be loaded: {type(error).__name__}: {text} ({where})."
    if isinstance(error, ImportError) and (place := package_of(path)) and "relative import" in text:
        root, module = place
        return RewardDefinitionError(
            message, hint=f"It is a module of a package: with {root} on PYTHONPATH, name it `{module}:FUNCTION`."
        )
    if isinstance(error, ImportError):
        return MissingDependencyError(message, hint=f"Install what it needs for {sys.executable}.")
    return RewardDefinitionError(message)


def _refuse_namesakes(path: Path) -> dict[str, Path]:
    """The neighbours that a file imports; refused when another loaded file imports others of the same name.

    Python knows one module of a name in a process, so the second file would silently run with the first one's.
    """
    mine = dict(_imported_neighbours(path))
    for alias, others in _neighbours.items():
        for name in mine.keys() & others.keys():
            if alias in sys.modules and not _alike(mine[name], others[name]):
                raise RewardDefinitionError(
                    f"{path} imports its neighbour `{name}`, and {others[name]} is loaded under that name already.",
                    hint="One process holds one of the two: rename one, or use the files in separate processes.",
                )
    return mine


def _imported_neighbours(path: Path) -> Iterator[tuple[str, Path]]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # told, with its line, by whoever runs the file
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        else:
            continue
        for name in (name.partition(".")[0] for name in names):
            places = (path.parent / f"{name}.py", path.parent / name / "__init__.py")
            yield from ((name, place) for place in places if place.is_file())


def _alike(one: Path, other: Path) -> bool:
    if one == other:
        return True
    return one.is_file() and other.is_file() and one.stem != "__init__" and one.read_bytes() == other.read_bytes()


def _load_module(where: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(where)
    except ModuleNotFoundError as error:
        if error.name is None or not (where == error.name or where.startswith(f"{error.name}.")):
            raise
        raise UnknownRewardError(f"There is no module `{where}` (asked for by `{name}`).") from None
