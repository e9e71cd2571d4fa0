"""What of the host a program sees: the interpreter's library, the system's libraries, the declared packages."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rlvr.errors import MissingDependencyError
from rlvr.sandbox.errors import SandboxUnavailableError

ENVIRONMENT: Final = {
    "HOME": "/w",
    "LANG": "C.UTF-8",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
}
"""All of a program's environment."""

_SYSTEM: Final = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/localtime")
_MOUNT_POINTS: Final = ("/mnt", "/media", "/srv", "/opt", "/tmp", "/home")


def readable() -> tuple[str, ...]:
    """Files and folders of the system and of the interpreter, that exist."""
    own = [str(Path(prefix) / "lib") for prefix in dict.fromkeys((sys.base_prefix, sys.base_exec_prefix))]
    return tuple(path for path in (*_SYSTEM, *own) if Path(path).exists() and not _within(path, _system_but(path)))


def _system_but(path: str) -> tuple[str, ...]:
    return tuple(folder for folder in _SYSTEM if folder != path)


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


def installed(names: Iterable[str]) -> list[str]:
    """Those of the packages that are installed.

    >>> installed(["no_such_package"])
    []
    """
    return [name for name in names if importlib.util.find_spec(name) is not None]


def mount_point(packages: Sequence[str]) -> str:
    """A folder to build the root on that hides nothing the root is built from.

    Raises:
        SandboxUnavailableError: There is none.

    >>> mount_point(["/mnt/site-packages/numpy"]) != "/mnt"
    True
    """
    for folder in _MOUNT_POINTS:
        if Path(folder).is_dir() and not any(_within(path, [folder]) for path in (*readable(), *packages)):
            return folder
    raise SandboxUnavailableError(f"None of {', '.join(_MOUNT_POINTS)} can be mounted on; one must be an empty folder.")


def _within(path: str, folders: Iterable[str]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)
