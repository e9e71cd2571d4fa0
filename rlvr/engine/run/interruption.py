"""Ctrl-C and SIGTERM as a question that a run answers when it can."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def asked_to_end(*, twice_at_once: bool) -> Generator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM came while the block ran. Outside the main thread nothing is heard.

    Args:
        twice_at_once: The second one raises KeyboardInterrupt where the block is.

    >>> with asked_to_end(twice_at_once=False) as asked:
    ...     signal.raise_signal(signal.SIGINT)
    ...     print(asked())
    True
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if twice_at_once and asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
