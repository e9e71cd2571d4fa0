"""What the tests' process reports, so that nothing but the judge's own code can have written it.

Each line carries a code over its number and its text, made with a key that comes with the tests and that the process
keeps out of the tests' reach. A test that is talked into writing to the report's descriptor has written no line.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

Line: TypeAlias = "list[str] | dict[str, list[str] | bool]"

_SIZE: Final = 16


def fresh_key() -> str:
    """A key for one report.

    >>> len(fresh_key())
    64
    """
    return secrets.token_hex(32)


def line_writer(descriptor: int, key: str) -> Callable[[Line], None]:
    """What writes lines of a report.

    Args:
        descriptor: Of the report.
        key: Made by `fresh_key`.
    """
    signed, number = hashlib.blake2b(key=bytes.fromhex(key), digest_size=_SIZE), 0
    write = os.write  # a test may replace it

    def tell(line: Line) -> None:
        nonlocal number
        text = json.dumps(line).encode()
        data = memoryview(_code(signed, number, text) + b" " + text + b"\n")
        number += 1
        while data:
            data = data[write(descriptor, data) :]

    return tell


def read_lines(report: bytes, key: str) -> Iterator[Any]:
    """The lines of a report, in order; ends at the first that the judge's own code did not write.

    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     line_writer(file.fileno(), "00" * 32)(["passed", "", ""])
    ...     report = os.pread(file.fileno(), 999, 0)
    >>> list(read_lines(report, "00" * 32)), list(read_lines(report, "11" * 32))
    ([['passed', '', '']], [])
    >>> list(read_lines(report * 2, "00" * 32))  # written again
    [['passed', '', '']]
    """
    signed = hashlib.blake2b(key=bytes.fromhex(key), digest_size=_SIZE)
    for number, line in enumerate(report.splitlines()):
        code, _, text = line.partition(b" ")
        if not secrets.compare_digest(code, _code(signed, number, text)):
            return
        yield json.loads(text)


def _code(signed: Any, number: int, text: bytes) -> bytes:
    made = signed.copy()
    made.update(b"%d " % number + text)
    return made.hexdigest().encode()
