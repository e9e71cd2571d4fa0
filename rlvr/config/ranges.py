"""Numbers out of range and names nobody knows: what can be said of a key without looking at any other.

Which numbers and names a key takes stands at its field, in `rlvr/config/schema/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from operator import attrgetter
from typing import Any

from rlvr.config.keys import leaves
from rlvr.config.problem import Problem
from rlvr.config.schema import TrainConfig
from rlvr.config.schema.allowed import Choice, Range
from rlvr.errors import did_you_mean


@cache
def allowed_names() -> dict[str, tuple[str, ...]]:
    """The names each key takes, for the keys that take names.

    >>> allowed_names()["engine.actors"]
    ('ray', 'inline')
    """
    return {key: leaf.allowed.names() for key, leaf in leaves().items() if isinstance(leaf.allowed, Choice)}


def check_numbers(config: TrainConfig) -> Iterator[Problem]:
    """Numbers outside their range."""
    for key, leaf in leaves().items():
        value: Any = attrgetter(key)(config)
        if not isinstance(leaf.allowed, Range) or value is None:
            continue
        for number in value if isinstance(value, tuple) else (value,):  # pyright: ignore[reportUnknownVariableType]
            if not leaf.allowed.holds(number):  # pyright: ignore[reportUnknownArgumentType]
                yield Problem(key, f"`{number}` must be {leaf.allowed}. {leaf.allowed.hint}".rstrip())


def check_names(config: TrainConfig) -> Iterator[Problem]:
    """Names nobody knows."""
    for key, names in allowed_names().items():
        value: str = attrgetter(key)(config)
        if value not in names:
            suggestion = did_you_mean(value, names, cutoff=0.7)
            yield Problem(key, f"there is no `{value}`.{suggestion} It is one of {', '.join(names)}.")
