"""Making the metrics' environment: safe to repeat, and to interrupt."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from rlvr.errors import MissingDependencyError
from rlvr.rewards.translation.comet.place import (
    LOCK,
    VERSION,
    Condition,
    choice,
    find,
    folder,
    home,
    mark,
    stamp,
)

Say: TypeAlias = Callable[[str], None]

CPU_INDEX: Final = "https://download.pytorch.org/whl/cpu"
_TORCH: Final = next(line for line in LOCK.read_text().splitlines() if line.startswith("torch=="))
_TRY: Final = """import json, platform, comet.models, torch, transformers
print(json.dumps({"Python": platform.python_version(), "torch": torch.__version__,
                  "transformers": transformers.__version__}))"""


def make(say: Say, *, python: Path | None = None, again: bool = False) -> Path:
    """Makes the environment, or finishes it, or finds that nothing is left to do.

    Args:
        say: Takes a line for each thing that is done.
        python: An interpreter of one's own: one that has comet is used as it is, another is what the new environment
            is made of.
        again: Remove what is there, and begin anew.

    Returns:
        The environment's interpreter.

    Raises:
        MissingDependencyError: The environment cannot be made; what failed, and its last lines.
    """
    with _alone(say):
        if python is not None and _versions(python) is not None:
            return _use(python, say)
        if python is not None:
            say(f"{python} has no working comet; it becomes the interpreter of a new environment.")
        choice().unlink(missing_ok=True)
        place = find()
        if place.own and place.condition is Condition.READY and not again and python is None:
            say(f"Nothing to do: {folder()} is ready.")
            return place.python
        return _make(python or Path(sys.executable), say, again=again or python is not None)


def _use(python: Path, say: Say) -> Path:
    found = _versions(python) or {}
    choice().parent.mkdir(parents=True, exist_ok=True)
    choice().write_text(json.dumps({"python": str(python.absolute())}) + "\n")
    say(f"Using {python} ({_listed(found)}), as {choice()} says from now on.")
    return python


def _make(base: Path, say: Say, *, again: bool) -> Path:
    target = folder()
    python = target / "bin" / "python"
    stamp().unlink(missing_ok=True)
    if target.exists() and (again or not _runs(python)):
        _remove(target, say)
    if not python.exists():
        say(f"Making an environment in {target}, of {base}.")
        _run([str(base), "-m", "venv", str(target)], "A virtual environment cannot be made. On Debian: python3-venv.")
    else:
        say(f"Going on with the environment in {target}.")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    for arguments in _torch(pip, say):
        _run([*pip, "install", "-c", str(LOCK), *arguments], "PyTorch cannot be installed.")
    say(f"Installing unbabel-comet {VERSION} and what it needs ({LOCK.name}).")
    _run([*pip, "install", "-r", str(LOCK)], "unbabel-comet cannot be installed.")
    found = _versions(python)
    if found is None:
        raise MissingDependencyError(f"What was installed in {target} cannot be imported.", hint=_why(python))
    stamp().write_text(mark() + "\n")
    say(f"Ready: unbabel-comet {VERSION}, {_listed(found)}.")
    return python


def _torch(pip: Sequence[str], say: Say) -> Iterator[list[str]]:
    """How torch is installed first, so that comet does not bring the build for another device."""
    if _has_gpu():
        say(f"Installing {_TORCH} for CUDA: there is an NVIDIA GPU.")
        yield [_TORCH]
        return
    say(f"Installing {_TORCH}, the build for CPUs.")
    # The plain index may hold the CUDA build only, whose dependencies are gigabytes: look before it is fetched.
    look = [*pip, "install", "--dry-run", "--no-deps", "--ignore-installed", "--report", "-", _TORCH]
    report = subprocess.run(look, capture_output=True, text=True, check=False).stdout
    here = any("+cpu" in url or "%2Bcpu" in url for url in _urls(report))
    yield [_TORCH] if here else [_TORCH, "--index-url", os.environ.get("TORCH_CPU_INDEX", CPU_INDEX)]


def _urls(report: str) -> list[str]:
    try:
        rows = json.loads(report)["install"]
        return [str(row["download_info"]["url"]) for row in rows]
    except (ValueError, KeyError, TypeError):
        return []


def _has_gpu() -> bool:
    found = shutil.which("nvidia-smi")
    return found is not None and subprocess.run([found, "-L"], capture_output=True, check=False).returncode == 0


def _remove(target: Path, say: Say) -> None:
    # Never somebody's own folder: only what looks like an environment.
    if not (target / "pyvenv.cfg").is_file() and any(target.iterdir()):
        raise MissingDependencyError(
            f"{target} is in the way and is no environment.", hint="Move it, or set RLVR_HOME to another folder."
        )
    say(f"Removing {target}.")
    shutil.rmtree(target)


def _runs(python: Path) -> bool:
    try:
        return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _versions(python: Path) -> dict[str, str] | None:
    try:
        done = subprocess.run([str(python), "-I", "-c", _TRY], capture_output=True, text=True, check=False)
        return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None
    except (OSError, ValueError, IndexError):
        return None


def _why(python: Path) -> str:
    done = subprocess.run([str(python), "-I", "-c", _TRY], capture_output=True, text=True, check=False)
    return "\n".join(done.stderr.splitlines()[-3:])


def _run(command: Sequence[str], problem: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise MissingDependencyError(f"{command[0]} cannot be run: {error.strerror}.", hint=problem) from None
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise MissingDependencyError(
            f"{problem}\n{last}", hint="Mend that and run `rlvr setup comet` again: it goes on where it stopped."
        )


@contextmanager
def _alone(say: Say) -> Generator[None]:
    """One at a time: whoever comes second waits, and then finds it done."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / "comet.making").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process is making it; waiting.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
