"""What of the host a program sees: the interpreter's library, the system's libraries, the declared packages."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

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
