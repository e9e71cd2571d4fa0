"""The peer of `comet.py`, run by the metrics' interpreter: comet's own `predict()`, timed where it runs.

Reads a line {"checkpoint"}, then lines of calls, each a list of rows; answers each with {"seconds", "scores"}: the
seconds are those of `predict()` alone, for one call after the other, since it can serve only one at a time.
"""

import json
import logging
import os
import sys
import time
import warnings
from importlib import import_module
from typing import Any


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    load: Any = import_module("comet").load_from_checkpoint
    model = load(json.loads(sys.stdin.readline())["checkpoint"], local_files_only=True)
    for line in sys.stdin:
        calls = json.loads(line)
        start = time.perf_counter()
        found = [model.predict(rows, batch_size=16, gpus=0, progress_bar=False)["scores"] for rows in calls]
        seconds = time.perf_counter() - start
        answers.write(json.dumps({"seconds": seconds, "scores": found}) + "\n")


if __name__ == "__main__":
    main()
