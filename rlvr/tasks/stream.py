"""The order of training: a pure function of a seed and a position."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from rlvr.sample import Task


class TaskSource(Protocol):
    """Where tasks come from, by index."""

    @property
    def size(self) -> int | None:
        """How many there are; `None` for as many as one asks for."""
        ...

    def task(self, index: int) -> Task:
        """The task of that index, always the same."""
        ...


@dataclass(frozen=True)
class TaskList:
    """Tasks that are all there, such as those of a file.

    >>> TaskList([Task("a"), Task("b")]).size
    2
    """

    tasks: Sequence[Task]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.tasks)

    def task(self, index: int) -> Task:
        """The task of that index."""
        return self.tasks[index]


@dataclass(frozen=True)
class TaskStream:
    """An endless stream over a source, epoch after epoch, which holds no state but what it is made of.

    Args:
        source: One without end is taken in its own order.
        seed: The order of epoch e follows from `seed` and e alone, in every process and on every version of Python.
        shuffle: Otherwise every epoch is in the source's order.

    Raises:
        ValueError: The source is empty.

    >>> stream = TaskStream(TaskList([Task(letter) for letter in "abcd"]), seed=0)
    >>> [task.prompt for task in stream.take(0, 6)]
    ['c', 'a', 'd', 'b', 'a', 'c']
    >>> [task.prompt for task in stream.take(4, 2)]
    ['a', 'c']
    """

    source: TaskSource
    seed: int
    shuffle: bool = True

    def __post_init__(self) -> None:
        if self.source.size == 0:
            raise ValueError("A source without tasks cannot be streamed.")

    def take(self, position: int, n: int) -> list[Task]:
        """The tasks from `position` on; the next call's position is `position + n`, and a checkpoint's.

        Args:
            position: How many tasks came before, over all epochs.
            n: How many to take; it may reach over the end of an epoch, or several.
        """
        return [self.source.task(self.index(place)) for place in range(position, position + n)]

    def index(self, position: int) -> int:
        """The index in the source of the task at `position`."""
        size = self.source.size
        if size is None:
            return position
        epoch, place = divmod(position, size)
        return shuffled(size, f"{self.seed}-{epoch}")[place] if self.shuffle else place


@lru_cache(maxsize=64)  # sources take turns, and a step may reach into the next epoch of each
def shuffled(size: int, seed: str) -> list[int]:
    """The numbers below `size` in an order that follows from `seed` alone; the list is shared, so leave it as it is."""
    draw = random.Random(seed)
    # Of all draws only `random()` is promised to stay the same from one Python to the next, so not `shuffle()`.
    keys = [draw.random() for _ in range(size)]
    return sorted(range(size), key=keys.__getitem__)
