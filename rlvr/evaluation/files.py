"""The files of a suite as they are published: JSON lines, gzipped or not, a JSON list, CSV, parquet."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlvr.errors import DataError
from rlvr.rows.files import open_rows
from rlvr.sample import is_object
from rlvr.suite import Suite, SuiteRow

_LONGEST_FIELD = 10_000_000


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that was read.

    Attributes:
        name: Without its folder.
        sha256: Of its bytes.
        rows: How many it holds.
    """

    name: str
    sha256: str
    rows: int


def read_suite_files(suite: Suite, paths: Sequence[str]) -> tuple[list[SuiteRow], list[DataFile]]:
    """The rows of a suite's files, in their order.

    Raises:
        DataError: A file is missing (the message says where it comes from), cannot be read or holds nothing.
    """
    if not paths:
        raise DataError(f"`{suite.name}` needs its data: --data FILE.", hint=_whence(suite))
    rows, files = list[SuiteRow](), list[DataFile]()
    for path in paths:
        place = Path(path).expanduser()
        if not place.is_file():
            raise DataError(f"There is no file {path} (looked in {Path.cwd()}).", hint=_whence(suite))
        found = [SuiteRow(fields, place.name, at) for at, fields in rows_of_file(place)]
        if not found:
            raise DataError(f"{path} holds no rows.", hint=_whence(suite))
        rows += found
        files.append(DataFile(place.name, sha256_of(place), len(found)))
    return rows, files


def _whence(suite: Suite) -> str:
    return f"The files of `{suite.name}` come from {suite.source}."


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rows_of_file(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    r"""Each row of a file, with its place in it.

    Args:
        path: `.csv` with a header, `.json` (a list of objects, or lines of them), and what `rlvr.data` reads.

    Raises:
        DataError: It cannot be read; the message names file and line.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "rows.csv"
    >>> _ = file.write_text("key,prompt\n7,Hi.\n")
    >>> list(rows_of_file(file))
    [('rows.csv:2', {'key': '7', 'prompt': 'Hi.'})]
    """
    try:
        if path.suffix == ".csv":
            yield from _csv(path)
        elif path.suffix == ".json" and path.read_text(encoding="utf-8-sig").lstrip().startswith("["):
            yield from _json_list(path)
        else:
            yield from ((row.place, row.fields) for row in open_rows(str(path)).read(0))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no UTF-8 at byte {error.start + 1}.") from None


def _csv(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    csv.field_size_limit(_LONGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        try:
            for row in rows:
                yield f"{path.name}:{rows.line_num}", row
        except csv.Error as error:
            raise DataError(f"{path}, line {rows.line_num}, is no CSV: {error}.") from None


def _json_list(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        rows: list[object] = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} holds no JSON: {error}.") from None
    for number, row in enumerate(rows, start=1):
        if not is_object(row):
            raise DataError(f"{path}, row {number}, is no object.")
        yield f"{path.name}:{number}", row
