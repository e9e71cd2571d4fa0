"""Several sources as one, in exact proportions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any, Final

from rlvr.data.documents import Document
from rlvr.data.stream import Position, Stream
from rlvr.errors import CheckpointError
from rlvr.rows.order import chairman, furthest_behind

UNITS: Final = ("documents", "tokens")


@dataclass
class TakenOfLanguage:
    """What a mixture has taken of one language, or pair, from one source.

    Attributes:
        documents: How many.
        tokens: Of them.
    """

    documents: int = 0
    tokens: int = 0


@dataclass
class Taken:
    """What a mixture has taken from one source.

    Attributes:
        documents: How many.
        tokens: Of them.
        position: Where the source's stream is.
        languages: Of each language or pair.
    """

    documents: int = 0
    tokens: int = 0
    position: Position = field(default_factory=Position)
    languages: dict[str, TakenOfLanguage] = field(default_factory=dict[str, TakenOfLanguage])


class Mixture:
    """Draws documents from sources by their weights.

    By documents, after n draws no source is a whole document away from its share of n (Tijdeman's algorithm for the
    chairman assignment problem, Discrete Mathematics 32, 1980). By tokens, whoever is furthest behind goes next: no
    source is ever ahead of its share by more than its longest document. What comes next follows from the counts alone,
    which `state` holds; so a resumed run keeps the proportions of one that was never stopped.

    Args:
        streams: The sources.
        unit: What the weights are parts of: `documents` or `tokens`.
    """

    def __init__(self, streams: Sequence[Stream], *, unit: str = "documents") -> None:
        self.streams = {stream.source.name: stream for stream in streams}
        self.unit = unit
        self.taken = {name: Taken(position=stream.position) for name, stream in self.streams.items()}
        weights = [Fraction(str(stream.source.weight)) for stream in streams]
        total = sum(weights)
        self.shares = {stream.source.name: weight / total for stream, weight in zip(streams, weights, strict=True)}

    def draw(self) -> Document:
        """The next document; it counts once `use` is told of it.

        Raises:
            DataError: A broken row, or a source of which nothing is fit.
        """
        name = self._next()
        taken = self.taken[name].languages
        return self.streams[name].next({language: self._count(of) for language, of in taken.items()})

    def use(self, document: Document, tokens: int) -> None:
        """Counts a document that was drawn."""
        taken = self.taken[document.source]
        for counted in (taken, taken.languages.setdefault(document.language, TakenOfLanguage())):
            counted.documents += 1
            counted.tokens += tokens

    def refuse(self, document: Document, reason: str) -> None:
        """Leaves out a document that was drawn; the next draw is from the same source."""
        self.streams[document.source].drop(reason, document.language)

    def held_out(self) -> list[Document]:
        """What the sources keep for evaluation."""
        return [made for stream in self.streams.values() for made in stream.held_out]

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps, as JSON data."""
        return {name: asdict(taken) for name, taken in self.taken.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state.

        Raises:
            CheckpointError: It is of other sources.
        """
        if set(state) != set(self.streams):
            raise CheckpointError(
                f"The checkpoint is of a mixture of {', '.join(state)}, and the configuration's is of "
                f"{', '.join(self.streams)}."
            )
        for name, kept in state.items():
            position = Position.of_state(kept["position"])
            languages = {tag: TakenOfLanguage(**of) for tag, of in kept.get("languages", {}).items()}
            self.taken[name] = Taken(kept["documents"], kept["tokens"], position, languages)
            self.streams[name].seek(position)

    def _next(self) -> str:
        if len(self.shares) == 1:
            return next(iter(self.shares))
        counts = {name: self._count(taken) for name, taken in self.taken.items()}
        return furthest_behind(self.shares, counts) if self.unit == "tokens" else chairman(self.shares, counts)

    def _count(self, taken: Taken | TakenOfLanguage) -> int:
        return taken.tokens if self.unit == "tokens" else taken.documents
