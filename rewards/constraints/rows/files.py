"""The rows of a file as data sets are published: JSON lines, one JSON list, CSV, parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from rlvr.errors import DataError
from rlvr.sample import is_object

_LONGEST_FIELD = 10_000_000


def rows_of(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    r"""Each row of a file, with its place in it.

    Args:
        path: `.csv` with a header, `.parquet`, a `.json` list, and else JSON lines.

    Raises:
        DataError: The file cannot be read, or a line holds no JSON object; the message names it.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "rows.csv"
    >>> _ = file.write_text("key,prompt\n7,Hi.\n")
    >>> list(rows_of(file))
    [('rows.csv:2', {'key': '7', 'prompt': 'Hi.'})]
    """
    read = {".csv": _csv, ".parquet": _parquet, ".json": _json}.get(path.suffix, _jsonl)
    try:
        yield from read(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no UTF-8 at byte {error.start + 1}.") from None


def _jsonl(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _object(line, f"{path.name}:{number}")


def _json(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    text = path.read_text(encoding="utf-8-sig")
    if not text.lstrip().startswith("["):
        yield from _jsonl(path)
        return
    try:
        rows: list[object] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} holds no JSON: {error}.") from None
    for number, row in enumerate(rows, start=1):
        yield _object(json.dumps(row), f"{path.name}, row {number}")


def _csv(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    csv.field_size_limit(_LONGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        for row in rows:
            yield f"{path.name}:{rows.line_num}", row


def _parquet(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    parquet: Any = import_module("pyarrow.parquet")  # it comes without annotations
    try:
        file = parquet.ParquetFile(path)
    except ValueError as error:
        raise DataError(f"{path} is no parquet file: {error}.") from None
    rows = (row for batch in file.iter_batches() for row in batch.to_pylist())
    for number, row in enumerate(rows, start=1):
        yield f"{path.name}, row {number}", row


def _object(line: str, place: str) -> tuple[str, dict[str, Any]]:
    try:
        row: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{place} holds no JSON: {error}.") from None
    if not is_object(row):
        raise DataError(f"{place} holds no JSON object.")
    return place, row
