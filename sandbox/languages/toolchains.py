"""The compilers and interpreters of this machine: where they are, of which version, and what of the host they need."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from rlvr.sandbox.errors import ToolchainError
from rlvr.sandbox.languages.catalogue import LANGUAGES, Language

# Where installers put what they do not put on everybody's path.
_PLACES: Final = (
    "~/.cargo/bin",
    "/usr/local/cargo/bin",
    "/usr/local/go/bin",
    "/usr/lib/go/bin",
    "/opt/java/openjdk/bin",
)
_ASK: Final = {"java": "-version", "javac": "-version", "go": "version"}
_PATIENCE: Final = 20.0
_LINKS: Final = "/etc/alternatives"
"""Where Debian's `cc` and `awk` say what they stand for."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """What a language needs, found.

    Args:
        tools: Where each executable is.
        version: What the first says of itself, in one line.
        folders: Folders of the host that it reads, beyond those that every program sees.
    """

    tools: dict[str, str]
    version: str
    folders: tuple[str, ...]


@cache
def toolchain(language: Language) -> Toolchain:
    """The toolchain of a language; looked for once in a process.

    Raises:
        ToolchainError: An executable is not installed; says which, and what brings it.

    >>> from rlvr.sandbox.languages.catalogue import language_of
    >>> toolchain(language_of("bash")).tools["bash"].endswith("bash")
    True
    """
    tools: dict[str, str] = {}
    for name in language.tools:
        found = find_tool(name)
        if found is None:
            raise ToolchainError(
                f"Programs in {language.name} need `{name}`, which is not installed here.",
                hint=f"Install {language.install}. `rlvr doctor sandbox` lists what is there.",
            )
        tools[name] = found
    folders = {folder for path in tools.values() for folder in _folders_of(Path(path))}
    return Toolchain(tools, _version(tools[language.tools[0]], language.tools[0]), tuple(sorted(folders)))


def find_tool(name: str) -> str | None:
    """Where an executable really is; `None` where it is not installed."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *(os.path.expanduser(one) for one in _PLACES)])  # noqa: PTH111
    found = shutil.which(name, path=path)
    if found is None:
        return None
    real = Path(found).resolve()
    if real.name == "rustup":  # it only passes on to the toolchain that is chosen
        with suppress(OSError, subprocess.SubprocessError):
            asked = subprocess.run(
                [Path(found).with_name("rustc"), "--print", "sysroot"],
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=True,
            )
            inside = Path(asked.stdout.strip()) / "bin" / name
            return str(inside) if inside.is_file() else None
        return None
    return str(real)


def _folders_of(tool: Path) -> Iterator[str]:
    home = tool.parent.parent
    if not tool.is_relative_to("/usr") and not tool.is_relative_to("/bin"):
        yield str(home)
    if (home / "lib" / "modules").is_file():  # a JDK, whose settings Debian keeps below /etc
        for link in (*(home / "conf").glob("*"), *(home / "lib").glob("*")):
            target = link.resolve()
            if link.is_symlink() and not target.is_relative_to("/usr") and target.exists():
                yield str(target if target.is_dir() else target.parent)


def _version(path: str, name: str) -> str:
    try:
        said = subprocess.run(
            [path, _ASK.get(name, "--version")], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainError(f"`{path}` is there but does not start: {error}.", hint="Install it anew.") from None
    return next(iter((said.stdout or said.stderr).splitlines()), "").strip() or path


def readable() -> tuple[str, ...]:
    """Folders of the host that the toolchains found here read, for a fork server that runs them all.

    >>> all(folder.startswith("/") for folder in readable())
    True
    """
    folders = {_LINKS} if Path(_LINKS).is_dir() else set[str]()
    for language in LANGUAGES:
        with suppress(ToolchainError):
            folders |= set(toolchain(language).folders)
    return tuple(sorted(folders))


def rows() -> Iterator[dict[str, str]]:
    """A row for each language, for `rlvr doctor`.

    >>> {row["name"] for row in rows()} >= {"cpp", "bash"}
    True
    """
    for language in LANGUAGES:
        try:
            yield {"name": language.name, "state": "ok", "detail": toolchain(language).version}
        except ToolchainError as error:
            detail = f"not here: {error.message}"
            yield {"name": language.name, "state": "note", "detail": detail, "fix": f"Install {language.install}"}
