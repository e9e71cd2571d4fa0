"""Points for functions that go in steps: floors and ceilings differ at integers and between them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

from rlvr.rewards.math.comparing.evaluation import context
from rlvr.rewards.math.parsing.tree import Node

_STEPPED: Final = frozenset(("floor", "ceil", "sgn"))
_INTEGERS: Final = frozenset("nkmijpqNKMab")
"""Letters that stand for integers by custom."""
_WHOLE: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 25, 27, 32, 81, 100, 1000, 0, -1, -2, -3, -5, -8)
_BETWEEN: Final = (0.5, 1.5, -0.5, 2.25, -1.75, 0.125, 3.875, 7.3, -4.6)
_COMBINED: Final = 60


def symbols(node: Node) -> frozenset[str]:
    """The symbols that a step depends on."""
    return frozenset(
        name for part in node.walk() if part.kind == "call" and part.name in _STEPPED for name in part.symbols()
    )


def points(names: Sequence[str], stepped: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Values for all symbols: integers for those that are ones by custom, steps and between them for the others."""
    mp = context()
    values = {name: [mp.mpf(value) for value in _values(name, stepped)] for name in names}
    if len(names) == 1:
        for value in values[names[0]]:
            yield {names[0]: value}
        return
    draw = random.Random(" ".join(names))
    for _ in range(_COMBINED):
        yield {name: draw.choice(values[name]) for name in names}


def _values(name: str, stepped: frozenset[str]) -> tuple[float, ...]:
    if name not in stepped:
        draw = random.Random(name)
        return tuple(draw.uniform(0.1, 9.0) for _ in range(8))
    return _WHOLE if name[0] in _INTEGERS else (*_WHOLE, *_BETWEEN)
