"""Files that are whole or not there: a killed run leaves no half-written configuration, rollout file or report."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rlvr.sample import is_mapping, is_sequence


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """A path beside `path` to write to; it takes the place of `path` when the block ends without an error.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "config.yaml") as unfinished:
    ...         _ = unfinished.write_text("stage: grpo")
    ...     (Path(folder) / "config.yaml").read_text()
    'stage: grpo'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, all of it or nothing; what UTF-8 cannot hold is spelled out (see `storable`)."""
    with replacing(path) as unfinished, unfinished.open("wb") as file:
        file.write(storable(text).encode())
        file.flush()
        # Otherwise a crash of the machine can leave the new name with an empty file.
        os.fsync(file.fileno())


def storable(text: str) -> str:
    r"""The text with lone surrogates, which no UTF-8 file can hold, spelled out; a byte tokenizer can produce them.

    >>> storable("a\udc80b")
    'a\\udc80b'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def json_text(value: object, *, indent: int | None = None) -> str:
    """Strict JSON in one line (or indented): NaN and infinities, which JSON lacks, become null.

    >>> json_text({"loss": float("nan"), "note": "é"})
    '{"loss": null, "note": "é"}'
    """
    return storable(json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, default=str, indent=indent))


def _finite(value: object) -> object:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if is_mapping(value):
        return {str(key): _finite(item) for key, item in value.items()}
    if is_sequence(value):
        return [_finite(item) for item in value]
    return value
