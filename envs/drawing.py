"""Drawing instances so that training and held-out ones never coincide.

An instance is held out when the hash of its canonical form says so: one in eight, whatever the seed. So a model trained
with one seed is never evaluated with another seed's training data either.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

from rlvr.errors import ConfigError
from rlvr.sample import Task

T = TypeVar("T")
HELD_OUT_SHARE = 8
_MAX_DRAWS = 2000


@dataclass(frozen=True)
class Instance:
    """A task before it is known on which side it lies.

    Args:
        canonical: Equal for instances of which one gives the other away, such as `1+2` and `2+1`.
        prompt: What the model reads.
        answer: The only right completion.
        operation: What is to be done.
    """

    canonical: str
    prompt: str
    answer: str
    operation: str


class Draw:
    """Random choices that are the same in every process and on every version of Python.

    >>> Draw("any text").below(10)
    8
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def below(self, end: int) -> int:
        """A whole number from 0 to `end` - 1."""
        # Of all draws only `random()` is promised to stay the same from one Python to the next, so not `randrange()`.
        return int(self._random.random() * end)

    def one_of(self, items: Sequence[T]) -> T:
        """One of `items`."""
        return items[self.below(len(items))]


def is_held_out(canonical: str) -> bool:
    """On which side of the split an instance lies.

    >>> is_held_out("1+2"), is_held_out("8+2")
    (False, True)
    """
    return blake2b(canonical.encode(), digest_size=8).digest()[0] % HELD_OUT_SHARE == 0


def draw_task(name: str, make: Callable[[Draw], Instance], index: int, seed: int, *, held_out: bool) -> Task:
    """The task of that index on one side of the split.

    Args:
        name: Of the environment; begins the task's id.
        make: Draws an instance, on whichever side.
        index: Which one.
        seed: Another seed gives other tasks.
        held_out: The side.

    Raises:
        ConfigError: There are so few instances that none lies on that side.
    """
    side = "held-out" if held_out else "train"
    identity = f"{name}/{side}/{seed}/{index}"
    draw = Draw(identity)
    for _ in range(_MAX_DRAWS):
        instance = make(draw)
        if is_held_out(instance.canonical) == held_out:
            return Task(
                instance.prompt,
                reference=instance.answer,
                demonstration=instance.answer,
                data={"operation": instance.operation},
                id=identity,
            )
    raise ConfigError([f"data.env_args: `{name}` has too few instances to hold some out; make them longer."])


def operation_problems(given: Sequence[str], known: Sequence[str]) -> list[str]:
    """What is wrong with a list of operations.

    >>> operation_problems(("+", "%"), ("+", "-"))
    ['operations: there is no `%`; it is one of +, -.']
    """
    if not given:
        return [f"operations: name at least one of {', '.join(known)}."]
    return [
        f"operations: there is no `{name}`; it is one of {', '.join(known)}." for name in given if name not in known
    ]
