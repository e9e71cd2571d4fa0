"""Where a run's numbers come from: code, versions, machine, command, seed, rewards."""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from rlvr.errors import DataError
from rlvr.observe.files import json_text, write_text
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import Json, is_object

PACKAGES: Final = ("torch", "transformers", "ray", "hydra-core", "numpy", "vllm", "verl")
"""Whose versions are recorded, from their metadata and without importing them."""

VARIABLES: Final = (
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "HF_HUB_OFFLINE",
    "LANG",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "PYTHONHASHSEED",
    "PYTORCH_CUDA_ALLOC_CONF",
    "SLURM_JOB_ID",
    "TOKENIZERS_PARALLELISM",
)
"""Environment variables that change results or speed. A list of names, because others hold secrets."""


def provenance(
    *, seed: int | None = None, rewards: Sequence[str] = (), command: Sequence[str] | None = None
) -> dict[str, Json]:
    """What the numbers of a run that starts now depend on, as JSON; what cannot be found out is null.

    Args:
        seed: The run's seed.
        rewards: Identities of the rewards (`Reward.identity`).
        command: The command line; that of this process when `None`.

    >>> provenance(seed=7, rewards=["math.boxed@1+0123456789ab"])["seed"]
    7
    """
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(sys.argv if command is None else command),
        "seed": seed,
        "rewards": list(rewards),
        "rlvr": installed_version("rlvr"),
        "git": _git(),
        "python": platform.python_version(),
        "packages": {name: installed_version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "hostname": platform.node(),
        "cpu": _cpu(),
        "memory_gib": _memory_gib(),
        "gpus": _gpus(),
        "environment": {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }


def record_start(folder: RunFolder, record: Mapping[str, Json]) -> None:
    """Write `provenance.json` of a new run."""
    write_text(folder.provenance_path, json_text({**record, "resumed": []}, indent=2) + "\n")


def record_resume(folder: RunFolder, record: Mapping[str, Json], *, step: int) -> None:
    """Add to `resumed` that the run went on after `step`, perhaps with other code on another machine."""
    known = read_provenance(folder)
    earlier = known.get("resumed")
    resumed = [*(earlier if isinstance(earlier, list) else []), {"after_step": step, **record}]
    write_text(folder.provenance_path, json_text({**known, "resumed": resumed}, indent=2) + "\n")


def read_provenance(folder: RunFolder) -> dict[str, Json]:
    """What was recorded; empty when the run has no `provenance.json`.

    Raises:
        DataError: The file is no JSON object.
    """
    if not folder.provenance_path.is_file():
        return {}
    try:
        known: object = json.loads(folder.provenance_path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{folder.provenance_path} is no JSON: {error}.") from error
    if not is_object(known):
        raise DataError(f"{folder.provenance_path} holds no JSON object.")
    return known


def installed_version(package: str) -> str | None:
    """The version of a package of this environment; `None` where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git() -> dict[str, Json] | None:
    commit = _output("git", "rev-parse", "HEAD")
    if not commit:
        return None
    # Untracked files do not count, as in `git describe --dirty`: the run's own folder would be one.
    changes = _output("git", "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def _cpu() -> dict[str, Json]:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"model": next(named, model), "count": os.cpu_count(), "usable": usable}


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, OSError, ValueError):
        return None


def _gpus() -> list[Json]:
    return list((_output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader") or "").splitlines())


def _output(*command: str) -> str | None:
    """What a program prints, or nothing when it is missing, fails or hangs: none of that is worth a run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()
