"""What a metric is to the worker's loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class LoadError(Exception):
    """A metric cannot be loaded: what is wrong, and in `hint` what to do."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Segment:
    """A source, its translation, and a reference translation where there is one."""

    src: str
    mt: str
    ref: str | None = None


class Metric(Protocol):
    """A model that scores segments."""

    def about(self) -> dict[str, Any]:
        """What it is: class, device, precision, window in tokens."""
        ...

    def score(self, segments: Sequence[Segment]) -> Iterator[tuple[Sequence[int], list[dict[str, Any]]]]:
        """Results as they come, with the places of their segments; every place comes once."""
        ...
