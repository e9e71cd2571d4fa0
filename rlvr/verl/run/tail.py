"""JSON Lines that other processes write, read as they come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Tail:
    """The lines of one file.

    Args:
        path: Of the file, which need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def new(self) -> Iterator[dict[str, Any]]:
        r"""The lines that were completed since the last call.

        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     tail = Tail(Path(folder) / "lines.jsonl")
        ...     found = [list(tail.new())]
        ...     _ = (Path(folder) / "lines.jsonl").write_text('{"step": 1}\n{"st')
        ...     found.append(list(tail.new()))
        >>> found
        [[], [{'step': 1}]]
        """
        if not self._path.is_file():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read += len(line)
                yield json.loads(line)
