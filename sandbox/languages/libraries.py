"""Libraries for programs in other languages than Python: what `sandbox.libraries` names, found on this machine.

A library is named with its language, `cpp:crypto` or `rust:regex`. It must be installed on this machine, where Debian's
packages put it; nothing is fetched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from rlvr.errors import did_you_mean
from rlvr.sandbox.errors import ToolchainError
from rlvr.sandbox.languages.catalogue import Language, language_of
from rlvr.sandbox.languages.toolchains import find_tool, toolchain

VARIABLE: Final = "RLVR_SANDBOX_LIBRARIES"
"""The environment variable that names them, with commas between; a run sets it from `sandbox.libraries`."""

_CRATES: Final = Path("/usr/share/cargo/registry")
_GO: Final = Path("/usr/share/gocode")
_JARS: Final = Path("/usr/share/java")
_MODULES: Final = ("/usr/share/nodejs", "/usr/lib/node_modules", "/usr/local/lib/node_modules")
_PATIENCE: Final = 600.0


def chosen_libraries() -> tuple[str, ...]:
    """What the environment variable names.

    >>> isinstance(chosen_libraries(), tuple)
    True
    """
    words = os.environ.get(VARIABLE, "").split(",")
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def rows_with(libraries: Iterable[str]) -> dict[str, Language]:
    """The rows of the languages that libraries are named for, changed so that programs are built and run with them.

    Args:
        libraries: `language:name`.

    Raises:
        ToolchainError: One is not installed, or its language has no libraries here; says what brings it.
        UnknownLanguageError: There is no such language.

    >>> rows_with([])
    {}
    """
    names: dict[Language, list[str]] = {}
    for library in libraries:
        language, _, name = library.partition(":")
        row = language_of(language) if name else None
        if row is None:
            raise ToolchainError(
                f"The library {library!r} is not of the form `language:name`.",
                hint="Write cpp:crypto or rust:regex; packages of Python are named in sandbox.packages.",
            )
        names.setdefault(row, []).append(name)
    return {row.name: _with(row, some) for row, some in names.items()}


def _with(row: Language, names: list[str]) -> Language:
    if row.name not in _ADDED:
        raise ToolchainError(
            f"Programs in {row.name} take no libraries here.{did_you_mean(row.name, _ADDED)}",
            hint=f"Libraries can be named for {', '.join(_ADDED)}.",
        )
    return _ADDED[row.name](row, list(dict.fromkeys(names)))


def _missing(row: Language, name: str, where: str, package: str) -> ToolchainError:
    return ToolchainError(
        f"The library `{row.name}:{name}` is not installed: it is not in {where}.", hint=f"Debian: `{package}`"
    )


def _link(row: Language, names: list[str]) -> Language:
    """C and C++: a library to link with, or a folder of headers that needs none."""
    tool = toolchain(row).tools[row.tools[0]]
    linked: list[str] = []
    for name in names:
        if any(_asked(tool, f"-print-file-name=lib{name}{suffix}").startswith("/") for suffix in (".so", ".a")):
            linked.append(f"-l{name}")
        elif not Path("/usr/include", name).exists():
            raise _missing(row, name, f"the folders of `{tool}` as lib{name}, nor in /usr/include", f"lib{name}-dev")
    return replace(row, build=tuple((*words, *linked) for words in row.build))


def _asked(tool: str, question: str) -> str:
    done = subprocess.run([tool, question], capture_output=True, text=True, timeout=_PATIENCE, check=False)
    return done.stdout.strip()


def _add_go(row: Language, names: list[str]) -> Language:
    for name in names:
        if not (_GO / "src" / name).is_dir():
            package = f"golang-{name.replace('.com', '').replace('/', '-')}-dev"
            raise _missing(row, name, str(_GO / "src"), package)
    # Debian compiles the standard library for cgo; without it `net` and what needs it would be compiled anew.
    return replace(row, variables=(*row.variables, ("GOPATH", str(_GO)), ("CGO_ENABLED", "1")))


def _add_jars(row: Language, names: list[str]) -> Language:
    jars = [Path(name) if name.startswith("/") else _JARS / f"{name}.jar" for name in names]
    for name, jar in zip(names, jars, strict=True):
        if not jar.is_file():
            raise _missing(row, name, str(jar), f"lib{name}-java")
    paths = [str(jar.resolve()) for jar in jars]
    compiler, *others = row.build
    place = row.run.index("main.jar")
    classes = ":".join((row.run[place], *paths))
    return replace(
        row,
        build=((compiler[0], "-cp", ":".join(paths), *compiler[1:]), *others),
        run=(*row.run[:place], classes, *row.run[place + 1 :]),
        shown=_outside(paths),
    )


def _outside(paths: Iterable[str]) -> tuple[str, ...]:
    """Those that a program would not see anyhow."""
    return tuple(path for path in paths if not path.startswith("/usr/"))


def _add_modules(row: Language, names: list[str]) -> Language:
    for name in names:
        if not any(Path(folder, name).is_dir() for folder in _MODULES):
            raise _missing(row, name, " or ".join(_MODULES), f"node-{name}")
    return replace(row, variables=(*row.variables, ("NODE_PATH", ":".join(_MODULES))))


def _add_crates(row: Language, names: list[str]) -> Language:
    """Rust: crates that Debian brings as sources are built once, outside the sandbox, since they are the machine's."""
    for name in names:
        if not any(_CRATES.glob(f"{name}-[0-9]*")):
            raise _missing(row, name, str(_CRATES), f"librust-{name.replace('_', '-')}-dev")
    folder = _built_crates(toolchain(row).version, sorted(names))
    found: list[str] = ["-L", f"dependency={folder}"]
    for name in names:
        made = next(folder.glob(f"lib{name.replace('-', '_')}-*.rlib"), None)
        if made is None:
            raise ToolchainError(f"cargo made nothing that `rust:{name}` could be.", hint=f"Look into {folder}.")
        found += ["--extern", f"{name.replace('-', '_')}={made}"]
    return replace(row, build=tuple((*words, *found) for words in row.build), shown=(str(folder),))


def _built_crates(version: str, names: list[str]) -> Path:
    """The folder of what cargo makes of the crates; built where it is not there yet."""
    held = [path.name for path in sorted(_CRATES.iterdir())]
    key = hashlib.sha256("\0".join((version, *names, "", *held)).encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rlvr" / "crates"
    made = cache / key
    deps = made / "target" / "release" / "deps"
    if (made / "done").exists():
        return deps
    cargo = find_tool("cargo")
    if cargo is None:
        raise ToolchainError("Crates are built by `cargo`, which is not installed here.", hint="rustup.rs brings it.")
    work = cache / f"{key}.{os.getpid()}"
    (work / "src").mkdir(parents=True)
    (work / "src" / "lib.rs").touch()
    wanted = "".join(f'{name} = "*"\n' for name in names)
    package = '[package]\nname = "libraries"\nversion = "0.0.0"\nedition = "2021"\n'
    (work / "Cargo.toml").write_text(f"{package}[dependencies]\n{wanted}[workspace]\n")
    settings = f'[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "{_CRATES}"\n'
    (work / "cargo.toml").write_text(settings)
    command = [cargo, "build", "--release", "--offline", "--quiet", "--config", "cargo.toml"]
    # The compiler that programs are built with is the one that can read what comes of it.
    surroundings = {**os.environ, "RUSTC": find_tool("rustc") or "rustc", "CARGO_TARGET_DIR": str(work / "target")}
    done = subprocess.run(
        command, cwd=work, capture_output=True, text=True, timeout=_PATIENCE, check=False, env=surroundings
    )
    if done.returncode:
        shutil.rmtree(work, ignore_errors=True)
        raise ToolchainError(
            f"The crates {', '.join(names)} cannot be built: {done.stderr.strip()[-1000:]}",
            hint=f"They are looked for in {_CRATES}, with all that they need.",
        )
    (work / "done").touch()
    try:
        work.rename(made)
    except OSError:  # another process was faster
        shutil.rmtree(work, ignore_errors=True)
    return deps


_ADDED: Final[Mapping[str, Callable[[Language, list[str]], Language]]] = {
    "c": _link,
    "cpp": _link,
    "go": _add_go,
    "java": _add_jars,
    "javascript": _add_modules,
    "rust": _add_crates,
}
