"""How far verl has come: what it prints says which part of its start it has reached."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

STARTING: Final = "starting Ray"
STEPS: Final = "steps"
_MARKS: Final = (
    (b"Started a local Ray instance", "loading verl and the tasks"),
    (b"dataloader initialized", "loading the policy"),
    (b"actor and ref model engine initialized", "starting the rewards and vLLM"),
    (b"ready to fit", "the first samples"),
)
"""A piece of what verl 0.9.1 prints, and what it does from then on."""

_SECONDS_BETWEEN_LOOKS: Final = 0.25


class Phases:
    """Watches a log in a thread, and remembers when each phase began.

    Args:
        log: What verl prints; it need not be there yet.
        on_phase: Called with the name of each phase as it begins.
    """

    def __init__(self, log: Path, on_phase: Callable[[str], None] | None = None) -> None:
        self._log, self._on_phase = log, on_phase
        self._began: dict[str, float] = {}
        self._end = 0.0
        self._marks = list(_MARKS)
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Phases:
        self.begin(STARTING)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._end = time.monotonic()

    @property
    def now(self) -> str:
        """The phase that was reached."""
        return list(self._began)[-1]

    @property
    def seconds(self) -> dict[str, float]:
        """How long each phase took, once the watch is over."""
        starts = [*self._began.values(), self._end]
        return {name: starts[i + 1] - starts[i] for i, name in enumerate(self._began)}

    def begin(self, name: str) -> None:
        """A phase begins, if it has not begun before."""
        with self._lock:
            if name in self._began:
                return
            self._began[name] = time.monotonic()
        if self._on_phase is not None:
            self._on_phase(name)

    def _watch(self) -> None:
        read = 0
        while not self._done.wait(_SECONDS_BETWEEN_LOOKS):
            if not self._log.is_file():
                continue
            with self._log.open("rb") as file:
                file.seek(read)
                new = file.read()
            read += new.rfind(b"\n") + 1
            while self._marks and self._marks[0][0] in new:
                self.begin(self._marks.pop(0)[1])
