"""What a program prints, warns of and logs, for tests that want to hear it: `capsys`, `pytest.warns`, `caplog`."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from typing import Any, Final, TypeAlias

from rlvr.sandbox.bridge.codec import Encoded

_MOST: Final = 1 << 20
_MANY: Final = 1000

Record: TypeAlias = Encoded
"""Of a logger: its name, the level, the text, and whether the program set a level below the root's."""


class Hearing:
    """From now on.

    Args:
        logs: Whether the tests want what is logged: whether it is heard is then theirs to say, by levels of their own.
    """

    def __init__(self, *, logs: bool) -> None:
        self._places = [0, 0, 0]
        self._warned: list[Warning] = []
        self._logged: list[Record] = []
        warnings.simplefilter("always")
        warnings.showwarning = self._warn
        if logs:
            self._attach()

    def hear(self) -> tuple[str, str, list[Warning], list[Record]]:
        """What was printed, written to the standard error, warned of and logged since the last time."""
        printed, errors = self._read(1, sys.stdout), self._read(2, sys.stderr)
        warned, logged = self._warned[:_MANY], self._logged[:_MANY]
        self._warned.clear()
        self._logged.clear()
        return printed, errors, warned, logged

    def _read(self, descriptor: int, stream: Any) -> str:
        """From the program's own file."""
        if type(stream).__module__ == "_io":  # what the tests have put there is their own
            stream.flush()
        if os.fstat(descriptor).st_size == self._places[descriptor]:
            return ""
        data = os.pread(descriptor, _MOST, self._places[descriptor])
        self._places[descriptor] += len(data)
        return data.decode(errors="replace")

    def _warn(self, message: Warning | str, *_: Any, **__: Any) -> None:
        if isinstance(message, Warning):
            self._warned.append(message)

    def _attach(self) -> None:
        logging: Any = importlib.import_module("logging")

        def emit(record: Any) -> None:
            logger, own = logging.getLogger(record.name), False
            while logger is not None and logger.parent is not None:
                own, logger = own or logger.level > 0, logger.parent
            self._logged.append([str(record.name), int(record.levelno), str(record.getMessage()), own])

        handler = logging.Handler()
        handler.emit = emit
        root = logging.getLogger()
        root.addHandler(handler)
        if root.level == logging.WARNING:  # as it is where the program has not set it
            root.setLevel(1)
