"""Several sources of tasks as one, in exact proportions, with a curriculum by how often each task is solved."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rlvr.config.schema import CurriculumConfig
from rlvr.errors import CheckpointError
from rlvr.rows.order import chairman
from rlvr.sample import Task
from rlvr.tasks.stream import TaskStream


@dataclass(frozen=True, slots=True)
class Drawn:
    """A task that was drawn.

    Attributes:
        task: It.
        source: Name of its source.
        index: Its index there.
    """

    task: Task
    source: str = ""
    index: int = 0


@dataclass
class Place:
    """Where a run is in one source; what a checkpoint keeps of it.

    Attributes:
        turns: Tasks of a batch that its weight has given it.
        position: Tasks of its stream that it has gone through: those, their replacements, and those passed over.
        passed_over: Of these, by the curriculum.
        rates: Pass rate of each task that was drawn, by its index as text, since JSON has no other keys.
    """

    turns: int = 0
    position: int = 0
    passed_over: int = 0
    rates: dict[str, float] = field(default_factory=dict[str, float])


class TaskMixture:
    """Draws tasks from sources by their weights.

    No source is ever a whole task away from its share (`rlvr.rows.order.chairman`). What comes next follows from the
    seed and the state alone, so a resumed run draws what one that was never stopped would.

    Args:
        streams: Of each source, by name.
        weights: Of each source.
        seed: Of what the curriculum passes over.
        curriculum: See `CurriculumConfig`.
        state: Of an earlier mixture, to go on from.

    Raises:
        CheckpointError: The state is of other sources.

    >>> from rlvr.tasks import TaskList
    >>> streams = {name: TaskStream(TaskList([Task(f"{name}{i}") for i in range(3)]), 0) for name in "ab"}
    >>> mixture = TaskMixture(streams, {"a": 2, "b": 1}, seed=0)
    >>> [drawn.task.prompt for drawn in mixture.draw(6)]
    ['a2', 'b2', 'a0', 'a1', 'b0', 'a0']
    """

    def __init__(
        self,
        streams: Mapping[str, TaskStream],
        weights: Mapping[str, float],
        *,
        seed: int,
        curriculum: CurriculumConfig | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self.streams, self._seed, self._curriculum = streams, seed, curriculum or CurriculumConfig()
        exact = {name: Fraction(str(weights[name])) for name in streams}
        self.shares = {name: weight / sum(exact.values()) for name, weight in exact.items()}
        if state is not None and set(state) != set(streams):
            raise CheckpointError(
                f"The checkpoint is of tasks from {_listed(state)}, and the configuration's from {_listed(streams)}."
            )
        self.places = {name: Place(**state[name]) if state else Place() for name in streams}

    def draw(self, count: int) -> list[Drawn]:
        """The next tasks."""
        found: list[Drawn] = []
        for _ in range(count):
            counts = {name: place.turns for name, place in self.places.items()}
            name = chairman(self.shares, counts) if len(counts) > 1 else next(iter(counts))
            self.places[name].turns += 1
            found.append(self._next(name))
        return found

    def redraw(self, sources: Sequence[str]) -> list[Drawn]:
        """Further tasks in the place of others of the same sources; the proportions are those of what is replaced."""
        return [self._next(name) for name in sources]

    def note(self, drawn: Drawn, rate: float) -> None:
        """Remembers how a task went, as a share of the reward's range."""
        if self._curriculum.outside == 1 or self.streams[drawn.source].source.size is None:
            return
        rates, key = self.places[drawn.source].rates, str(drawn.index)
        memory = self._curriculum.memory if key in rates else 0.0
        rates[key] = memory * rates.get(key, 0.0) + (1 - memory) * rate

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps, as JSON data; the rates are those of the mixture itself, and no copy."""
        return {name: dict(vars(place)) for name, place in self.places.items()}

    def _next(self, name: str) -> Drawn:
        stream, place = self.streams[name], self.places[name]
        # An epoch in which every task was passed over ends with one that is taken all the same.
        for _ in range(stream.source.size or 0):
            if not self._passes_over(name, place, stream.index(place.position)):
                break
            place.position += 1
            place.passed_over += 1
        index = stream.index(place.position)
        place.position += 1
        return Drawn(stream.source.task(index), name, index)

    def _passes_over(self, name: str, place: Place, index: int) -> bool:
        wanted, rate = self._curriculum, place.rates.get(str(index))
        if rate is None or wanted.low <= rate <= wanted.high:
            return False
        return random.Random(f"{self._seed}-{name}-{place.position}").random() >= wanted.outside


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(name or "one unnamed source" for name in names)
