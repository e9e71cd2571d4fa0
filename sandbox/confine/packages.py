"""Which Python packages programs may import: what of the host's installed packages they are shown."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Final

from rlvr.errors import MissingDependencyError
from rlvr.sandbox.errors import SandboxUnavailableError

DEFAULT: Final = ("numpy", "scipy", "sympy", "pandas", "sortedcontainers", "networkx")
"""What judges of programming tasks usually have. Those that are installed here may be imported."""

VARIABLE: Final = "RLVR_SANDBOX_PACKAGES"
"""The environment variable that names the packages, with commas between; a run sets it from `sandbox.packages`."""

ALL_DEFAULT: Final = "default"
"""The name that stands for the default ones that are installed."""

NO_PACKAGES: Final = "none"
"""What the variable says for no package at all; empty, it says nothing."""

_REQUIRED: Final = re.compile(r"\s*([A-Za-z0-9._-]+)[^;]*(?:;(.*))?")


def chosen_packages() -> tuple[str, ...]:
    """The packages that the environment variable names, or the default ones that are installed.

    >>> "no_such_package" in chosen_packages()
    False
    """
    words = [word.strip() for word in os.environ.get(VARIABLE, "").split(",") if word.strip()]
    return () if words == [NO_PACKAGES] else named_packages(words or [ALL_DEFAULT])


def named_packages(names: Iterable[str]) -> tuple[str, ...]:
    """The packages, each once, with the default ones that are installed where `default` stands.

    >>> named_packages(["a", "default", "a"])[0], named_packages([])
    ('a', ())
    """
    found: dict[str, None] = {}
    for name in names:
        found |= dict.fromkeys(installed(DEFAULT) if name == ALL_DEFAULT else [name])
    return tuple(found)


def installed(names: Iterable[str]) -> list[str]:
    """Those of the packages that are installed.

    >>> installed(["no_such_package"])
    []
    """
    return [name for name in names if importlib.util.find_spec(name) is not None]


def package_folders(names: Iterable[str]) -> tuple[str, ...]:
    """The folders of packages, and of the libraries that wheels put beside them; the file of a module of one file.

    Raises:
        MissingDependencyError: One is not installed.
        SandboxUnavailableError: One is neither.

    >>> package_folders([])
    ()
    """
    folders: list[str] = []
    for name in dict.fromkeys(names):
        found = importlib.util.find_spec(name)
        if found is None:
            raise MissingDependencyError(
                f"Programs may import `{name}`, and it is not installed here.", hint=f"pip install {name}"
            )
        places = found.submodule_search_locations
        if not places:
            if not found.has_location or found.origin is None:
                raise SandboxUnavailableError(f"`{name}` is no file or folder that could be shown to programs.")
            folders.append(found.origin)
            continue
        folder = Path(next(iter(places)))
        folders += [str(one) for one in (folder, folder.with_name(f"{folder.name}.libs")) if one.is_dir()]
    return tuple(dict.fromkeys(folders))


def with_required(names: Iterable[str]) -> tuple[str, ...]:
    """The packages, and all that they require and that is installed: pandas requires dateutil, sympy mpmath.

    >>> with_required(["no_such_package"])
    ('no_such_package',)
    """
    modules, seen = dict.fromkeys(names), set[str]()
    waiting = [one for name in modules if (one := _distribution_of(name)) is not None]
    while waiting:
        for required in _required_by(waiting.pop()):
            if required not in seen:
                seen.add(required)
                distribution = metadata.distribution(required)
                waiting.append(distribution)
                modules |= dict.fromkeys(installed(_modules_of(distribution)))
    return tuple(modules)


def _distribution_of(package: str) -> metadata.Distribution | None:
    """What a package was installed by, which is mostly called as it is."""
    try:
        return metadata.distribution(package)
    except metadata.PackageNotFoundError:
        names = metadata.packages_distributions().get(package, []) if installed([package]) else []
        return metadata.distribution(names[0]) if names else None


def _required_by(distribution: metadata.Distribution) -> Iterator[str]:
    """The installed distributions that one requires; what only its extras require is left out."""
    for line in distribution.requires or ():
        matched = _REQUIRED.match(line)
        if matched is not None and "extra" not in (matched[2] or ""):
            with suppress(metadata.PackageNotFoundError):  # another platform's or another version's
                yield metadata.distribution(matched[1]).metadata["Name"]


def _modules_of(distribution: metadata.Distribution) -> Iterator[str]:
    """What can be imported of a distribution, read off its files: the folders with code in them, and single files."""
    names: dict[str, None] = {}
    for file in distribution.files or ():
        path = PurePosixPath(file)
        if path.suffix in (".py", ".so") and path.parts[0] != "..":
            names[path.parts[0].partition(".")[0] if len(path.parts) == 1 else path.parts[0]] = None
    return (name for name in names if name.isidentifier())
