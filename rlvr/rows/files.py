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
        number: Among all rows of the source, from 0.
    """

    fields: Mapping[str, Any]
    place: str
    number: int = 0


class Rows(Protocol):
    """Rows in an order that does not change."""

    def read(self, start: int, wanted: bytes | None = None) -> Iterator[Row]:
        """The rows from number `start` on, to the end; rows before it are not parsed.

        Args:
            start: Number of the first row.
            wanted: A byte for each row, 0 for those that are passed over; they are not parsed either.
        """
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

    def read(self, start: int, wanted: bytes | None = None) -> Iterator[Row]:
        """The rows from number `start` on.

        Raises:
            DataError: A line is no object, or a file cannot be read; the message names it.
        """
        first = 0
        for file in self.files:
            read = _parquet if file.suffix == ".parquet" else _lines
            first += yield from read(file, first, start, wanted)


def _lines(file: Path, first: int, start: int, wanted: bytes | None) -> Generator[Row, None, int]:
    """Yields the rows from number `start` on, where that of the file's first is `first`; returns how many it has."""
    at = first
    try:
        with _opened(file) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                if at >= start and _is_wanted(wanted, at):
                    yield Row(_object(line, number, file), f"{file.name}:{number}", at)
                at += 1
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}.") from None
    return at - first


def _is_wanted(wanted: bytes | None, number: int) -> bool:
    return wanted is None or (number < len(wanted) and wanted[number] != 0)


def _opened(file: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(file)) if file.suffix == ".gz" else file.open("rb")


def _object(line: bytes, number: int, file: Path) -> dict[str, Any]:
    try:
        return read_object(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
    except ValueError as error:
        raise broken_lines_error(str(file), [BrokenLine(number, str(error), line)]) from None


def _parquet(file: Path, first: int, start: int, wanted: bytes | None) -> Generator[Row, None, int]:
    """As `_lines`; row groups before `start`, and those of which nothing is wanted, are not read."""
    arrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    try:
        opened: Any = parquet.ParquetFile(file)
        at = first
        for group in range(int(opened.metadata.num_row_groups)):
            end = at + int(opened.metadata.row_group(group).num_rows)
            if end <= start or (wanted is not None and not any(wanted[at:end])):
                at = end
                continue
            for batch in opened.iter_batches(batch_size=_BATCH, row_groups=[group]):
                places = [i for i in range(batch.num_rows) if at + i >= start and _is_wanted(wanted, at + i)]
                for i, fields in zip(places, batch.take(places).to_pylist() if places else [], strict=True):
                    yield Row(fields, f"{file.name}:{at + i - first + 1}", at + i)
                at += batch.num_rows
    except (OSError, arrow.ArrowInvalid) as error:
        raise DataError(f"{file} cannot be read: {error}") from None
    return at - first


@dataclass(frozen=True)
class DatasetRows:
    """The rows of a data set on disk, as `datasets` writes it.

    Attributes:
        folder: What `save_to_disk` wrote; of several splits `train` is read.
    """

    folder: Path

    def read(self, start: int, wanted: bytes | None = None) -> Iterator[Row]:
        """The rows from number `start` on."""
        datasets: Any = import_module("datasets")
        found: Any = datasets.load_from_disk(str(self.folder))
        if isinstance(found, datasets.DatasetDict):
            if "train" not in found:
                raise DataError(f"{self.folder} has no split `train`; name one of {', '.join(found)} in the path.")
            found = found["train"]
        for number in range(start, len(found)):
            if _is_wanted(wanted, number):
                yield Row(found[number], f"{self.folder.name}:{number + 1}", number)


@dataclass(frozen=True)
class HubRows:
    """The rows of a data set on the hub, streamed.

    Attributes:
        name: `owner/name`, perhaps with `:split`.
    """

    name: str

    def read(self, start: int, wanted: bytes | None = None) -> Iterator[Row]:
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
        for number, fields in enumerate(found.skip(start), start=start):
            if _is_wanted(wanted, number):
                yield Row(fields, f"{name}:{number + 1}", number)
