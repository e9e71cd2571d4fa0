"""Processor, memory, disk, and the devices that torch can use."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rlvr.doctor.finding import Finding, State

_GIB: Final = 2**30
_LEAST_SHM_GIB: Final = 1.0
_LEAST_DISK_GIB: Final = 5.0
_GROUP: Final = "machine"


def check_machine() -> Iterator[Finding]:
    """Findings about the hardware, without torch.

    >>> [finding.name for finding in check_machine()][:3]
    ['python', 'processor', 'memory']
    """
    supported = (3, 11) <= sys.version_info[:2] < (3, 13)
    yield Finding(
        _GROUP,
        "python",
        State.OK if supported else State.BROKEN,
        f"{platform.python_version()} at {sys.executable}",
        "" if supported else "Make the environment anew with Python 3.11 or 3.12: make PYTHON=python3.12 install",
    )
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding(_GROUP, "processor", State.OK, f"{usable} of {os.cpu_count()} cores may be used")
    yield _memory()
    yield _space("shared memory", Path("/dev/shm"), _LEAST_SHM_GIB, "Start the container with --shm-size=8g")
    yield _space("disk", Path.cwd(), _LEAST_DISK_GIB, "Free some space, or set run.dir to another disk")


def check_devices() -> Iterator[Finding]:
    """What torch can compute on; imports torch."""
    try:
        import torch
    except (ImportError, OSError) as error:  # a CUDA library that does not load is an OSError
        yield Finding(_GROUP, "torch", State.BROKEN, f"cannot be imported: {error}", "make install")
        return
    cuda: Any = torch.cuda
    if cuda.is_available():
        for index in range(cuda.device_count()):
            known = cuda.get_device_properties(index)
            detail = f"{known.name}, {known.total_memory / _GIB:.0f} GiB, CUDA {torch.version.cuda}"
            yield Finding(_GROUP, f"cuda:{index}", State.OK, detail)
    elif driver := _driver():
        detail = f"{driver} is there, and this torch ({torch.__version__}) cannot use it"
        fix = f"{sys.executable} -m pip install --force-reinstall -c requirements/cuda.lock torch"
        yield Finding(_GROUP, "cuda", State.WARNING, detail, fix)
    yield Finding(_GROUP, "cpu", State.OK, f"torch {torch.__version__}, {torch.get_num_threads()} threads")


def _memory() -> Finding:
    import psutil

    known = psutil.virtual_memory()
    total, limit = known.total, _container_limit()
    detail = f"{known.available / _GIB:.1f} of {total / _GIB:.1f} GiB free"
    if limit is not None and limit < total:
        detail = f"{detail}; this container may use {limit / _GIB:.1f} GiB"
    return Finding(_GROUP, "memory", State.OK, detail)


def _container_limit() -> int | None:
    """What the control group allows; the figures of /proc are the host's."""
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(file).read_text().strip()
        except OSError:
            continue
        return int(text) if text.isdigit() else None
    return None


def _space(name: str, path: Path, least: float, fix: str) -> Finding:
    try:
        known = shutil.disk_usage(path)
    except OSError as error:
        return Finding(_GROUP, name, State.WARNING, f"{path}: {error.strerror}", fix)
    enough = known.free / _GIB >= least
    detail = f"{known.free / _GIB:.1f} of {known.total / _GIB:.1f} GiB free at {path}"
    return Finding(_GROUP, name, State.OK if enough else State.WARNING, detail, "" if enough else fix)


def _driver() -> str:
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip().partition("\n")[0]
