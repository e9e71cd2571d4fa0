"""The order of training: a pure function of a seed and a position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rlvr.rows.order import shuffled
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
