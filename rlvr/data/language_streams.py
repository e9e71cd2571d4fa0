"""A source whose languages, or pairs, are drawn from one by one, so that each has its share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rlvr.data.documents import Document
from rlvr.data.languages import exact_shares, shares_by_temperature
from rlvr.data.selection import Selection
from rlvr.data.source import Source
from rlvr.data.stream import Position, SourceStream, Stream
from rlvr.errors import DataError
from rlvr.rows.files import Rows
from rlvr.rows.order import chairman, furthest_behind


class LanguageStreams:
    """The documents of a source, language by language in exact proportions, as `Mixture` has them of sources.

    Each language is read, shuffled and begun anew by itself; rows of others are passed over unparsed.

    Args:
        source: What it is; `holdout` is divided among the languages.
        rows: Its rows.
        seed: Of the order.
        window: Rows in memory; divided among the languages.
        selection: What is kept of it.
        unit: What the shares are parts of: `documents` or `tokens`.

    Raises:
        DataError: A language has a weight and no rows.
    """

    def __init__(
        self, source: Source, rows: Rows, *, seed: int, window: int, selection: Selection, unit: str = "documents"
    ) -> None:
        self.source, self._unit = source, unit
        self.shares = exact_shares(language_shares(source, selection, unit))
        part = replace(source, holdout=-(-source.holdout // len(self.shares)))
        own_window = 1 if window == 1 else max(2, window // len(self.shares))
        self._streams = {
            name: SourceStream(part, rows, seed=seed, window=own_window, kept=selection.kept_of(name), language=name)
            for name in self.shares
        }
        self.held_out = [made for stream in self._streams.values() for made in stream.held_out]
        self.position = Position(languages={name: stream.position for name, stream in self._streams.items()})

    def seek(self, position: Position) -> None:
        """Goes on from there."""
        self.position = position
        for name, stream in self._streams.items():
            stream.seek(position.languages[name])

    def next(self, taken: Mapping[str, int]) -> Document:
        """The next document of the language whose turn it is.

        Raises:
            DataError: A row is none of its kind.
        """
        counts = {name: taken.get(name, 0) for name in self.shares}
        if len(counts) == 1:
            [name] = counts
        else:
            name = (furthest_behind if self._unit == "tokens" else chairman)(self.shares, counts)
        return self._streams[name].next()

    def drop(self, reason: str, language: str) -> None:
        """Counts a document of a language that was left out, unless it has been counted in an earlier epoch."""
        self._streams[language].drop(reason)


def open_stream(
    source: Source, rows: Rows, *, seed: int, window: int, selection: Selection | None, unit: str
) -> Stream:
    """The stream of a source: of its languages where their shares are asked for, otherwise of its rows as they come."""
    if source.shares_languages and selection is not None:
        return LanguageStreams(source, rows, seed=seed, window=window, selection=selection, unit=unit)
    kept = selection.kept if selection else None
    return SourceStream(source, rows, seed=seed, window=window, kept=kept)


def language_shares(source: Source, selection: Selection, unit: str) -> dict[str, float]:
    """The part of the source that each language is to have, as the source's settings say; of what is kept.

    Sizes are documents, or characters where the mixture is weighed by tokens.

    Raises:
        DataError: A language has a weight and no rows, or nothing is kept.
    """
    sizes = {
        name: float(count.characters if unit == "tokens" else count.kept)
        for name, count in selection.languages.items()
        if count.kept
    }
    if not sizes:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in selection.dropped.items())
        raise DataError(f"The source `{source.name}` ({source.path}) gives no document. Left out: {reasons or 'none'}.")
    if not source.language_weights:
        return shares_by_temperature(
            {name: max(size, 1.0) for name, size in sizes.items()}, source.language_temperature
        )
    if missing := [name for name in source.language_weights if name not in sizes]:
        raise DataError(
            f"The source `{source.name}` has nothing of {', '.join(missing)}, which has a weight; what it has: "
            f"{', '.join(sizes)}."
        )
    total = sum(source.language_weights.values())
    return {name: weight / total for name, weight in source.language_weights.items()}
