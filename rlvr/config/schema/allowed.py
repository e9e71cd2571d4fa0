"""What a field of the configuration may be, as far as it can be said without looking at any other field.

A field says it in its metadata: `number(default, Range(...))` or `choice(default, names)` instead of the bare default.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

T = TypeVar("T")

ALLOWED: Final = "allowed"
"""The key of a field's metadata under which its `Range` or `Choice` stands."""


@dataclass(frozen=True)
class Range:
    """Finite numbers between two ends.

    Args:
        low: Lower end.
        high: Upper end.
        above: The lower end itself is left out.
        below: The upper end itself is left out.
        hint: A sentence for those whose number lies outside.

    >>> str(Range(0, 1, above=True)), Range(0, 1, above=True).holds(0)
    ('above 0 and at most 1', False)
    """

    low: float
    high: float = math.inf
    above: bool = False
    below: bool = False
    hint: str = ""

    def holds(self, value: float) -> bool:
        """Whether `value` lies within."""
        low = value > self.low if self.above else value >= self.low
        high = value < self.high if self.below else value <= self.high
        return low and high and math.isfinite(value)

    def __str__(self) -> str:
        low = f"above {self.low:g}" if self.above else f"at least {self.low:g}"
        if math.isinf(self.high):
            return low
        return f"{low} and {'below' if self.below else 'at most'} {self.high:g}"


@dataclass(frozen=True)
class Choice:
    """One of several names.

    Args:
        source: The names, or a function that finds them: those of packages that are installed, for one.

    >>> Choice(("ray", "inline")).names()
    ('ray', 'inline')
    """

    source: tuple[str, ...] | Callable[[], tuple[str, ...]]

    def names(self) -> tuple[str, ...]:
        """All of them; a function that finds them is called each time."""
        return self.source() if callable(self.source) else self.source


COUNT = Range(1)
FROM_ZERO = Range(0)
POSITIVE = Range(0, above=True)
FINITE = Range(-math.inf)


def number(default: T, allowed: Range) -> T:
    """A field that holds a number, or several; `None` always passes where the type has it.

    >>> @dataclass
    ... class Dice:
    ...     sides: int = number(6, Range(2))
    >>> Dice().sides, str(Dice.__dataclass_fields__["sides"].metadata[ALLOWED])
    (6, 'at least 2')
    """
    return field(default=default, metadata={ALLOWED: allowed})


def choice(default: str, names: tuple[str, ...] | Callable[[], tuple[str, ...]]) -> str:
    """A field that holds one of several names.

    >>> @dataclass
    ... class Coin:
    ...     side: str = choice("heads", ("heads", "tails"))
    >>> Coin().side, Coin.__dataclass_fields__["side"].metadata[ALLOWED].names()
    ('heads', ('heads', 'tails'))
    """
    return field(default=default, metadata={ALLOWED: Choice(names)})
