"""One source without end: epoch after epoch, shuffled in windows, from wherever a checkpoint left it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

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
        languages: Instead of all these: of each language that is drawn from by itself.
    """

    epoch: int = 0
    row: int = 0
    place: int = 0
    dropped: dict[str, int] = field(default_factory=dict[str, int])
    languages: dict[str, Position] = field(default_factory=dict[str, "Position"])

    @classmethod
    def of_state(cls, state: Mapping[str, Any]) -> Position:
        """The position that a checkpoint has kept as JSON data."""
        languages: Mapping[str, Any] = state.get("languages", {})
        settings: dict[str, Any] = {**state, "languages": {name: cls.of_state(of) for name, of in languages.items()}}
        return cls(**settings)


class Stream(Protocol):
    """What a mixture draws the documents of one source from."""

    source: Source
    position: Position
    held_out: list[Document]

    def seek(self, position: Position) -> None:
        """Goes on from there."""
        ...

    def next(self, taken: Mapping[str, int]) -> Document:
        """The next document that is fit.

        Args:
            taken: Documents or tokens that were taken of each language so far.
        """
        ...

    def drop(self, reason: str, language: str) -> None:
        """Counts a document of a language that was left out, unless it has been counted in an earlier epoch."""
        ...


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
        language: Which of the source's languages `kept` is of; languages are shuffled apart.
    """

    def __init__(
        self,
        source: Source,
        rows: Rows,
        *,
        seed: int,
        window: int,
        kept: npt.NDArray[np.bool_] | None = None,
        language: str = "",
    ) -> None:
        self.source, self._rows, self._window = source, rows, window
        self._order = f"{seed}-{source.name}-{language}" if language else f"{seed}-{source.name}"
        self._kept = None if kept is None else kept.tobytes()
        self.held_out, self._first = self._hold_out()
        self.position = Position(row=self._first)
        self._loaded: list[Row] = []
        self._reading: Iterator[Row] | None = None
        self._empty_epochs = 0

    def seek(self, position: Position) -> None:
        """Goes on from there."""
        self.position, self._reading, self._loaded = position, None, []

    def next(self, taken: Mapping[str, int] | None = None) -> Document:
        """The next document that is fit.

        Raises:
            DataError: A row is none of its kind, or an epoch went by without a document.
        """
        while True:
            made, reason = self._made(self._next_row())
            if not reason:
                self._empty_epochs = 0
                return made
            self.drop(reason)

    def drop(self, reason: str, language: str = "") -> None:
        """Counts a document that was left out, unless it has been counted in an earlier epoch."""
        if self.position.epoch == 0:
            self.position.dropped[reason] = self.position.dropped.get(reason, 0) + 1

    def _made(self, row: Row) -> tuple[Document, str]:
        """The document of a row, and why it is left out."""
        made = document(self.source, row.fields, row.place, row.number)
        return made, "" if self._kept is not None else reason_to_drop(self.source, made)

    def _next_row(self) -> Row:
        at = self.position
        if self._reading is None:
            self._load()
        while at.place >= len(self._loaded):
            at.row, at.place = self._loaded[-1].number + 1 if self._loaded else at.row, 0
            if not self._fill():
                self._next_epoch()
        order = shuffled(len(self._loaded), f"{self._order}-{at.epoch}-{at.row}")
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
        self._reading = self._rows.read(self.position.row, self._kept)
        self._fill()

    def _fill(self) -> bool:
        assert self._reading is not None
        self._loaded = list(islice(self._reading, self._window))
        return bool(self._loaded)

    def _hold_out(self) -> tuple[list[Document], int]:
        """The first documents of the source, and the number of the row after the last of them."""
        held: list[Document] = []
        if not self.source.holdout:
            return held, 0
        for row in self._rows.read(0, self._kept):
            if len(held) == self.source.holdout:
                return held, row.number
            made, reason = self._made(row)
            if not reason:
                held.append(made)
        raise DataError(
            f"The source `{self.source.name}` has {len(held)} documents, and holdout={self.source.holdout} leaves none "
            "to train on."
        )
