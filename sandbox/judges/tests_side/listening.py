"""What the program prints, warns of and logs, said again where `capsys`, `warns` and `caplog` hear it."""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any, Final

from rlvr.sandbox.judges.tests_side.asking import Told

LOGGED: Final = frozenset({"caplog", "assertLogs", "assertNoLogs", "logging"})
HEARD: Final = LOGGED | {
    "stdout", "stderr", "redirect_stdout", "redirect_stderr", "capsys", "capfd", "warnings", "warns", "recwarn",
    "deprecated_call", "assertWarns", "catch_warnings",
}  # fmt: skip
"""Words of tests that want to hear the program."""


def say_again(told: Told) -> None:
    """What came with a reply.

    Raises:
        Warning: One of the program's, where the tests want warnings to be errors.
    """
    if told.printed:
        sys.stdout.write(told.printed)
    if told.errors:
        sys.stderr.write(told.errors)
    for name, level, text, own in told.logged:
        _log(name, level, text, own=own)
    for one in told.warned:
        warnings.warn(one, stacklevel=6)  # pyright: ignore[reportArgumentType, reportCallIssue]


def _log(name: str, level: int, text: str, *, own: bool) -> None:
    logging: Any = importlib.import_module("logging")
    logger = logging.getLogger(None if name == "root" else name)
    # A level that the program has set below the root's holds; the root's is the tests' to set.
    if own or logger.isEnabledFor(level):
        logger.handle(logger.makeRecord(name, level, "solution.py", 0, text, (), None))
