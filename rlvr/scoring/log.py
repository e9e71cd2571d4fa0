"""The verdict log: a line of JSON for each verdict, for whoever wants to know afterwards why."""

from __future__ import annotations

import json
import threading
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from rlvr.sample import Sample
from rlvr.verdict import Verdict


class VerdictLog:
    """Appends to a file; any thread may use it, and several processes may share the file.

    A disk that is full ends the log with a warning, and nothing else.

    Args:
        path: JSONL file; made with its folder where there is none.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] | None = self.path.open("ab", buffering=0)
        self._lock = threading.Lock()

    def write(self, identity: str, samples: Sequence[Sample], verdicts: Sequence[Verdict]) -> None:
        """A line for each: the time, the reward's identity, the sample's name, the verdict."""
        now = round(time.time(), 3)
        lines = [
            {"time": now, "reward": identity, "id": sample.id, "verdict": verdict.as_dict()}
            for sample, verdict in zip(samples, verdicts, strict=True)
        ]
        # One write of whole lines: those of other processes come before or after, not in between.
        text = "".join(json.dumps(line) + "\n" for line in lines).encode()
        with self._lock:
            if self._file is None:
                return
            try:
                self._file.write(text)
            except OSError as error:
                self._file.close()
                self._file = None
                warnings.warn(f"The verdict log {self.path} ends here: {error}.", RuntimeWarning, stacklevel=2)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
