"""The pairs of a run as JSON lines, a file each step: what was chosen, what was rejected, with what scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rlvr.observe.files import json_text, write_text
from rlvr.observe.run_folder import RunFolder


def pairs_path(folder: RunFolder, step: int | None) -> Path:
    """Where the pairs of a step lie, or the held-out ones."""
    return folder.path / "pairs" / ("held-out.jsonl" if step is None else f"step-{step:06d}.jsonl")


def write_pairs(folder: RunFolder, step: int | None, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Writes the pairs of a step, all or none, over those of an earlier attempt at it.

    Args:
        folder: Of the run.
        step: Number of the step; None for the held-out pairs.
        rows: As JSON data.
    """
    path = pairs_path(folder, step)
    write_text(path, "".join(f"{json_text(row)}\n" for row in rows))
    return path


def read_pairs(folder: RunFolder, step: int | None) -> list[dict[str, Any]] | None:
    """The rows that `write_pairs` wrote; None where there is no such file."""
    path = pairs_path(folder, step)
    if not path.is_file():
        return None
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]
