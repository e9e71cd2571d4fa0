"""Completions to judge, row by row: from JSONL, standard input, parquet, or the rollouts of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from rlvr.errors import DataError, did_you_mean
from rlvr.observe.rollout_rows import rollout_files, stream_rows
from rlvr.observe.run_folder import RunFolder
from rlvr.rows.fields import BrokenLine, broken_lines_error, kind, prompt_problems, read_object, read_prompt
from rlvr.sample import THINK, Sample

STDIN: Final = "-"
_LOOKED_AHEAD = 10_000
"""Lines read on after a broken one, to name the others as well."""
_TYPES: Final = {
    "completion": (str, "a text"),
    "data": (dict, "an object"),
    "truncated": (bool, "a truth value"),
    "reasoning_open": (bool, "a truth value"),
    "n_tokens": (int, "a whole number"),
    "id": (str | int, "a text"),
    "group": (str | int, "a text"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A completion, and where it was read.

    Attributes:
        place: `file:line`, for messages.
        fields: All that the row holds.
        sample: What a reward sees of it.
    """

    place: str
    fields: dict[str, Any]
    sample: Sample


def read_rows(source: str) -> Iterator[Row]:
    r"""The rows of a file, one after the other; none is kept.

    Args:
        source: A JSONL or parquet file, a run's folder, or `-` for JSONL on standard input. A row holds `completion`
            and, as needed, `reference` (any JSON), `prompt` (a text or messages), `data` (an object), `truncated`,
            `n_tokens`, `reasoning_open`, `reasoning_tags`, `id` and `group`, as `Sample` has them; further fields are
            kept.

    Raises:
        DataError: A row cannot be used; the message names file and line. Rows before it have been given out. Or there
            is no row at all.
        CheckpointError: A folder that is no run's.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "said.jsonl"
    >>> _ = file.write_text('{"completion": "4", "reference": "4", "model": "first"}\n')
    >>> [(row.sample.reference, row.fields["model"], row.place[-12:]) for row in read_rows(str(file))]
    [('4', 'first', 'said.jsonl:1')]
    """
    path = Path(source).expanduser()
    if source != STDIN and not path.exists():
        raise DataError(f"There is no file {source} (looked in {Path.cwd()}).")
    row = None
    for row in _rows(source, path):
        yield row
    if row is None:
        raise DataError(f"{_named(source)} holds no rows.")


def _rows(source: str, path: Path) -> Iterator[Row]:
    if path.is_dir():
        for file in _files_of_folder(path):
            yield from _parquet_rows(file)
    elif path.suffix == ".parquet":
        yield from _parquet_rows(path)
    else:
        yield from _jsonl_rows(source, path)


def _named(source: str) -> str:
    return "standard input" if source == STDIN else source


def _files_of_folder(path: Path) -> list[Path]:
    files = sorted(path.glob("*.parquet")) or rollout_files(RunFolder.open(path))
    if not files:
        raise DataError(f"{path} has no rollouts yet.", hint="A run writes rollouts/step-*.parquet at each step.")
    return files


def _parquet_rows(path: Path) -> Iterator[Row]:
    for number, fields in stream_rows(path):
        place = f"{path.name}:{number}"
        try:
            yield _row(fields, place)
        except ValueError as error:
            raise DataError(f"{path} has a broken row:\n  row {number}: {error}") from None


def _jsonl_rows(source: str, path: Path) -> Iterator[Row]:
    name, place = _named(source), "stdin" if source == STDIN else source
    broken: list[BrokenLine] = []
    last = sys.maxsize
    try:
        with nullcontext(sys.stdin.buffer) if source == STDIN else path.open("rb") as lines:
            for number, line in _numbered(lines):
                if number > last:
                    break
                try:
                    row = _row(read_object(line), f"{place}:{number}")
                except ValueError as error:
                    broken.append(BrokenLine(number, str(error), line))
                    last = min(last, number + _LOOKED_AHEAD)
                    continue
                if not broken:
                    yield row
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}.") from None
    if broken:
        raise broken_lines_error(name, broken)


def _numbered(lines: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if text.strip():
            yield number, text


def _row(fields: dict[str, Any], place: str) -> Row:
    given = {name: value for name, value in fields.items() if value is not None}
    problems = [
        f"`{name}` is {kind(given[name])}; it is {words}."
        for name, (type_, words) in _TYPES.items()
        if name in given and (not isinstance(given[name], type_) or (type_ is int and given[name] is True))
    ]
    if "completion" not in given:
        others = [name for name in fields if name != "completion"]
        listed = f" It has {', '.join(others[:8])}." if others else ""
        problems.append(f"no `completion`.{did_you_mean('completion', others) or listed}")
    prompt = given.get("prompt") or ""
    problems += prompt_problems(prompt) if prompt else []
    tags: object = given.get("reasoning_tags", list(THINK))
    match tags:
        case [str() as opening, str() as closing] if opening and closing:
            pair = opening, closing
        case _:
            pair = THINK
            problems.append("`reasoning_tags` are an opening and a closing tag.")
    if problems:
        raise ValueError(" ".join(problems))
    sample = Sample(
        given["completion"],
        reference=given.get("reference"),
        prompt=read_prompt(prompt),
        data=given.get("data", {}),
        truncated=given.get("truncated", False),
        n_tokens=given.get("n_tokens"),
        reasoning_open=given.get("reasoning_open", False),
        reasoning_tags=pair,
        id=str(given.get("id", place)),
        # The groups of a run are numbered anew at each step.
        group="/".join(str(given[name]) for name in ("step", "group") if name in given and "group" in given),
    )
    return Row(place, fields, sample)
