"""Rows of token ids with what is learned of them, as verl's supervised trainer reads them: `data.custom_cls`.

verl's own data set would put messages through the chat template turn by turn, and mask and cut by its own rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, DistributedSampler

from rlvr.errors import DataError

SPLIT: Final = b"rlvr.split"
"""Key in a file's metadata: `train` or `eval`."""


class TextRows(Dataset[dict[str, Tensor]]):
    """A file that `rlvr.verl.data.texts` wrote, a step of the run in each of its row groups.

    verl's sampler always shuffles what is trained on, and from a fixed seed. That is undone here, so that each step
    gets the texts that the embedded engine gives it.

    Args:
        parquet_files: One file.
        options: What else verl hands over; the rows need none of it.
    """

    def __init__(self, parquet_files: str | Sequence[str], **options: Any) -> None:
        parquet = import_module("pyarrow.parquet")  # not annotated
        files = [parquet_files] if isinstance(parquet_files, str) else list(parquet_files)
        if len(files) != 1:
            raise DataError(f"verl was given {len(files)} files of texts; a run has one.")
        self._file: Any = parquet.ParquetFile(files[0], memory_map=True)
        metadata: Any = self._file.metadata
        if SPLIT not in (metadata.metadata or {}):
            raise DataError(f"{files[0]} holds no texts that rlvr wrote.", hint="`rlvr train ... engine=verl` does.")
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self._ends = np.cumsum(sizes)
        self._rows = _unshuffled(len(self)) if metadata.metadata[SPLIT] == b"train" else np.arange(len(self))
        self._group = -1
        self._texts: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, item: int) -> dict[str, Tensor]:
        """`input_ids`, `position_ids` (which restart where a text begins) and `loss_mask`, all (L,) int64."""
        row = int(self._rows[item])
        group = int(np.searchsorted(self._ends, row, side="right"))
        if group != self._group:
            self._texts = self._file.read_row_group(group).to_pylist()
            self._group = group
        found = self._texts[row - int(self._ends[group])]
        places = np.arange(len(found["ids"]))
        starts = np.asarray(found["starts"])
        begun = starts[np.searchsorted(starts, places, side="right") - 1]
        return {
            "input_ids": torch.tensor(found["ids"], dtype=torch.int64),
            "position_ids": torch.as_tensor(places - begun),
            "loss_mask": torch.tensor(found["learned"], dtype=torch.int64),
        }


def _unshuffled(count: int) -> Any:
    """For each index that verl's sampler may ask for, when in its one epoch it does."""
    sampler: Any = DistributedSampler(range(count), num_replicas=1, rank=0, shuffle=True)  # type: ignore[arg-type]
    return np.argsort(np.fromiter(sampler, dtype=np.int64, count=count))
