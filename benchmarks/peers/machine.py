"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any, Final

from rlvr.observe.provenance import installed_version

PACKAGES: Final = ("rlvr", "trl", "torch", "transformers", "accelerate", "ray", "numpy", "pyarrow")
THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def machine() -> dict[str, Any]:
    """Versions, processor, threads, and how busy the machine is."""
    return {
        "python": platform.python_version(),
        "packages": {name: installed_version(name) or "" for name in PACKAGES},
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "threads": {name: os.environ.get(name, "") for name in THREADS} | {"torch": 1},
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
