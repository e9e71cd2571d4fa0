"""What the metrics' interpreter is given to run: makes the worker's modules importable, and serves.

The packages above are made empty: their own `__init__.py` import what this environment does not have.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

if __name__ == "__main__":
    NAMES = ["rlvr", "rewards", "translation", "comet"]
    for depth in range(1, len(NAMES) + 1):
        package = ModuleType(".".join(NAMES[:depth]))
        package.__path__ = [str(Path(__file__).parents[1])] if depth == len(NAMES) else []
        sys.modules[package.__name__] = package
    import_module("rlvr.rewards.translation.comet.worker.serving").main()
