"""The rows of a source, one after the other and from any place on: JSONL, parquet, or what `datasets` reads."""

from __future__ import annotations

import gzip
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final, Protocol, cast

from rlvr.errors import DataError
from rlvr.rows.fields import BrokenLine, broken_lines_error, read_object

HUB: Final = "hub://"
"""Before the name of a data set on the Hugging Face hub: `hub://owner/name`, or `hub://owner/name:split`."""

_BATCH = 512  # rows of parquet read at a time


@dataclass(frozen=True, slots=True)
class Row:
    """A row, and where it was read.

    Attributes:
        fields: What it holds.
        place: `file:row`, for messages.
    """

    fields: Mapping[str, Any]
    place: str


class Rows(Protocol):
    """Rows in an order that does not change."""

    def read(self, start: int) -> Iterator[Row]:
        """The rows from number `start` on, to the end; rows before it are not parsed."""
        ...


def open_rows(path: str) -> Rows:
    r"""The rows of a source.

    Args:
        path: As `Source.path`.

    Raises:
        DataError: There is nothing at `path`.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "web.jsonl"
    >>> _ = file.write_text('{"text": "One."}\n{"text": "Two."}\n')
    >>> [(row.place, row.fields["text"]) for row in open_rows(str(file)).read(1)]
    [('web.jsonl:2', 'Two.')]
    """
    if path.startswith(HUB):
        return HubRows(path.removeprefix(HUB))
    place = Path(path).expanduser()
    if place.is_dir():
        if (place / "dataset_info.json").is_file() or (place / "dataset_dict.json").is_file():
            return DatasetRows(place)
        raise DataError(
            f"{path} is a folder, and none that `datasets` wrote.", hint=f"For the files in it write {path}/*.jsonl."
        )
    base = Path(place.anchor)
    pattern = str(place.relative_to(base)) if place.is_absolute() else str(place)
    files = [place] if place.is_file() else sorted((base if place.is_absolute() else Path()).glob(pattern))
    if not files:
        raise DataError(f"There is no file {path} (looked in {Path.cwd()}).")
    return FileRows(tuple(files))


@dataclass(frozen=True)
class FileRows:
    """The rows of files, in the order of their names.

    Attributes:
        files: JSONL, gzipped JSONL or parquet.
    """

    files: tuple[Path, ...]

    def read(self, start: int) -> Iterator[Row]:
        """The rows from number `start` on.

        Raises:
            DataError: A line is no object, or a file cannot be read; the message names it.
        """
        left = start
        for file in self.files:
            rows = _parquet(file, left) if file.suffix == ".parquet" else _lines(file, left)
            seen = yield from rows
            left = max(0, left - seen)


def _lines(file: Path, start: int) -> Generator[Row, None, int]:
    """Yields the rows from `start` on; returns how many there are."""
    count = 0
    try:
        with _opened(file) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                count += 1
                if count > start:
                    yield Row(_object(line, number, file), f"{file.name}:{number}")
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}.") from None
    return count


def _opened(file: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(file)) if file.suffix == ".gz" else file.open("rb")


def _object(line: bytes, number: int, file: Path) -> dict[str, Any]:
    try:
        return read_object(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
    except ValueError as error:
        raise broken_lines_error(str(file), [BrokenLine(number, str(error), line)]) from None


def _parquet(file: Path, start: int) -> Generator[Row, None, int]:
    """As `_lines`; row groups before `start` are not read."""
    arrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    try:
        opened: Any = parquet.ParquetFile(file)
        total, number = int(opened.metadata.num_rows), 0
        groups = range(int(opened.metadata.num_row_groups))
        sizes = [int(opened.metadata.row_group(group).num_rows) for group in groups]
        for group in groups:
            if number + sizes[group] <= start:
                number += sizes[group]
                continue
            for batch in opened.iter_batches(batch_size=_BATCH, row_groups=[group]):
                for fields in batch.to_pylist():
                    number += 1
                    if number > start:
                        yield Row(fields, f"{file.name}:{number}")
    except (OSError, arrow.ArrowInvalid) as error:
        raise DataError(f"{file} cannot be read: {error}") from None
    return total


@dataclass(frozen=True)
class DatasetRows:
    """The rows of a data set on disk, as `datasets` writes it.

    Attributes:
        folder: What `save_to_disk` wrote; of several splits `train` is read.
    """

    folder: Path

    def read(self, start: int) -> Iterator[Row]:
        """The rows from number `start` on."""
        datasets: Any = import_module("datasets")
        found: Any = datasets.load_from_disk(str(self.folder))
        if isinstance(found, datasets.DatasetDict):
            if "train" not in found:
                raise DataError(f"{self.folder} has no split `train`; name one of {', '.join(found)} in the path.")
            found = found["train"]
        for number in range(start, len(found)):
            yield Row(found[number], f"{self.folder.name}:{number + 1}")


@dataclass(frozen=True)
class HubRows:
    """The rows of a data set on the hub, streamed.

    Attributes:
        name: `owner/name`, perhaps with `:split`.
    """

    name: str

    def read(self, start: int) -> Iterator[Row]:
        """The rows from number `start` on.

        Raises:
            DataError: It cannot be reached.
        """
        datasets: Any = import_module("datasets")
        name, _, split = self.name.partition(":")
        try:
            found: Any = datasets.load_dataset(name, split=split or "train", streaming=True)
        except (OSError, ValueError) as error:
            raise DataError(
                f"{HUB}{self.name} cannot be read: {error}",
                hint="Without a connection, download it once and name its files.",
            ) from error
        for number, fields in enumerate(found.skip(start), start=start + 1):
            yield Row(fields, f"{name}:{number}")
