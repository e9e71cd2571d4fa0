"""Language pairs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """A language pair, as standardised BCP-47 tags.

    >>> str(Pair("en", "pt-BR"))
    'en-pt-BR'
    """

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source}-{self.target}"
