"""Dotted names as files: which are ours, which lie beside a file, which are installed; nothing is imported."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import util
from pathlib import Path
from typing import Final

FOLDERS: Final = ("rewards", "sandbox", "envs", "recipes")
"""What is followed of rlvr itself."""

ROOT: Final = Path(__file__).parents[1]
_SITE: Final = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Place:
    """A module and its file.

    Attributes:
        name: Dotted, in parts.
        path: Its file; of a package, its `__init__.py`, which a namespace package lacks.
    """

    name: tuple[str, ...]
    path: Path

    @property
    def is_package(self) -> bool:
        """Whether modules lie in it."""
        return self.path.name == "__init__.py"

    @property
    def package(self) -> tuple[str, ...]:
        """What its relative imports start from."""
        return self.name if self.is_package else self.name[:-1]

    @property
    def top(self) -> Path:
        """The folder in which its first name is found."""
        return self.path.parents[len(self.package)]

    @property
    def ours(self) -> bool:
        """Whether it belongs to rlvr."""
        return self.name[:1] == ("rlvr",)


def place_of(path: Path) -> Place:
    """The module that a file is: named by the packages around it, wherever it was loaded from.

    >>> ".".join(place_of(Path(__file__)).name)
    'rlvr.identity.places'
    """
    real = Path(os.path.realpath(path))
    for folder, linked in _our_folders():
        if real.is_relative_to(linked):
            inside = real.relative_to(linked)
            parts = inside.parent.parts if inside.stem == "__init__" else inside.with_suffix("").parts
            return Place(("rlvr", folder, *parts), ROOT / folder / inside)
    names = [] if real.stem == "__init__" else [real.stem]
    folder = real.parent
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    return Place(tuple(names), real)


@cache
def _our_folders() -> tuple[tuple[str, Path], ...]:
    return tuple((name, Path(os.path.realpath(ROOT / name))) for name in FOLDERS)


def installed(path: Path) -> bool:
    """Whether a file belongs to Python or to an installed package, which count by their versions."""
    return any(part in _SITE for part in path.parts) or any(path.is_relative_to(folder) for folder in _of_python())


@cache
def _of_python() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    return tuple(Path(os.path.realpath(paths[key])) for key in ("stdlib", "platstdlib"))


def chain(folder: Path, name: tuple[str, ...], *, above: tuple[str, ...] = ()) -> list[Place]:
    """The packages and the module on the way of a dotted name, as far as there are files.

    Args:
        folder: Where its first part is found.
        name: In parts; what is no module at its end is an attribute.
        above: The package that the folder is.
    """
    found: list[Place] = []
    for at, part in enumerate(name, 1):
        dotted = (*above, *name[:at])
        if (path := folder / part / "__init__.py").is_file() or (folder / part).is_dir():
            found.append(Place(dotted, path))
            folder = folder / part
        elif (path := folder / f"{part}.py").is_file():
            return [*found, Place(dotted, path)]
        else:
            break
    return found


def beside(folder: Path, top: str) -> bool:
    """Whether a folder has a module or package of that name."""
    return (folder / f"{top}.py").is_file() or (folder / top / "__init__.py").is_file()


@lru_cache(maxsize=1 << 12)
def _found(top: str, path: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """File and folders of a module as Python would find it; None where there is none."""
    try:
        spec = util.find_spec(top)
    except (ImportError, ValueError):  # a module without a spec, such as a script
        file = getattr(sys.modules.get(top), "__file__", None)
        return (file, ()) if file else None
    if spec is None:
        return None
    return spec.origin or "", tuple(spec.submodule_search_locations or ())


def folder_of(top: str) -> Path | None:
    """Where a module lies that is no installed package's: the folder it is in; None for all others.

    >>> folder_of("rlvr") == ROOT.parent, folder_of("rich"), folder_of("no_such_module")
    (True, None, None)
    """
    found = _found(top, tuple(sys.path))
    if found is None:
        return None
    origin, folders = found
    if not folders and not origin.endswith((".py", ".so")):  # built into Python
        return None
    where = Path(folders[0]).parent if folders else Path(origin).parent
    return None if installed(Path(os.path.realpath(where)) / top) else where
