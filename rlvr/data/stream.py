"""One source without end: epoch after epoch, shuffled in windows, from wherever a checkpoint left it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rlvr.data.documents import Document, document
from rlvr.data.filters import reason_to_drop
from rlvr.data.source import Source
from rlvr.errors import DataError
from rlvr.rows.files import Row, Rows
from rlvr.rows.order import shuffled


@dataclass
class Position:
    """Where a stream is, and what it has come across; what a checkpoint keeps of it.

    Attributes:
        epoch: Times it has gone through all of the source.
        row: First row of the window it is in.
        place: Rows of that window it has used.
        dropped: Rows of the first epoch that were left out, by reason.
    """

    epoch: int = 0
    row: int = 0
    place: int = 0
    dropped: dict[str, int] = field(default_factory=dict[str, int])


class SourceStream:
    """The documents of a source in an order that follows from the seed and the position alone.

    Rows are read in windows; within one they are shuffled, the windows follow each other. So a source of any size is
    streamed in little memory and can be gone on with from a few numbers. Files sorted by topic should be shuffled
    once beforehand.

    Args:
        source: What it is.
        rows: Its rows.
        seed: Of the order.
        window: Rows shuffled together; 1 keeps them as they are.
        kept: (R,) bool where a pass has been made; then no filter is applied anew.
    """

    def __init__(
        self, source: Source, rows: Rows, *, seed: int, window: int, kept: npt.NDArray[np.bool_] | None = None
    ) -> None:
        self.source, self._rows, self._seed, self._window, self._kept = source, rows, seed, window, kept
        self.held_out, self._first = self._hold_out()
        self.position = Position(row=self._first)
        self._loaded: list[tuple[int, Row]] = []
        self._reading: Iterator[tuple[int, Row]] | None = None
        self._empty_epochs = 0

    def seek(self, position: Position) -> None:
        """Goes on from there."""
        self.position, self._reading, self._loaded = position, None, []

    def next(self) -> Document:
        """The next document that is fit.

        Raises:
            DataError: A row is none of its kind, or an epoch went by without a document.
        """
        while True:
            number, row = self._next_row()
            if self._kept is not None and not (number < len(self._kept) and self._kept[number]):
                continue
            made = document(self.source, row.fields, row.place, number)
            reason = "" if self._kept is not None else reason_to_drop(self.source, made)
            if not reason:
                self._empty_epochs = 0
                return made
            self.drop(reason)

    def drop(self, reason: str) -> None:
        """Counts a document that was left out, unless it has been counted in an earlier epoch."""
        if self.position.epoch == 0:
            self.position.dropped[reason] = self.position.dropped.get(reason, 0) + 1

    def _next_row(self) -> tuple[int, Row]:
        at = self.position
        if self._reading is None:
            self._load()
        while at.place >= len(self._loaded):
            at.row, at.place = at.row + len(self._loaded), 0
            if not self._fill():
                self._next_epoch()
        order = shuffled(len(self._loaded), f"{self._seed}-{self.source.name}-{at.epoch}-{at.row}")
        at.place += 1
        return self._loaded[order[at.place - 1] if self._window > 1 else at.place - 1]

    def _next_epoch(self) -> None:
        if self._empty_epochs:
            reasons = ", ".join(f"{reason}: {count}" for reason, count in self.position.dropped.items())
            why = f" Left out: {reasons}." if reasons else " It has no rows to train on."
            raise DataError(f"The source `{self.source.name}` ({self.source.path}) gives no document.{why}")
        self._empty_epochs += 1
        self.position.epoch += 1
        self.position.row, self.position.place = self._first, 0
        self._load()

    def _load(self) -> None:
        self._reading = enumerate(self._rows.read(self.position.row), start=self.position.row)
        self._fill()

    def _fill(self) -> bool:
        assert self._reading is not None
        self._loaded = [item for _, item in zip(range(self._window), self._reading, strict=False)]
        return bool(self._loaded)

    def _hold_out(self) -> tuple[list[Document], int]:
        """The first documents of the source, and the number of the row after the last of them."""
        held: list[Document] = []
        if not self.source.holdout:
            return held, 0
        for number, row in enumerate(self._rows.read(0)):
            if len(held) == self.source.holdout:
                return held, number
            if self._kept is None or (number < len(self._kept) and self._kept[number]):
                made = document(self.source, row.fields, row.place, number)
                if self._kept is not None or not reason_to_drop(self.source, made):
                    held.append(made)
        raise DataError(
            f"The source `{self.source.name}` has {len(held)} documents, and holdout={self.source.holdout} leaves none "
            "to train on."
        )
