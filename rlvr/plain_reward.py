# ruff: noqa: D102 - methods of `RewardNode` are documented there
"""What judging, scoring and identities know of a reward: a function and what it declares, and how parts are scored."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import WRAPPER_ASSIGNMENTS, cached_property, partial
from typing import Any, Generic, Literal, TypeGuard, TypeVar

from rlvr.sample import Sample
from rlvr.verdict import Verdict

R = TypeVar("R")

Isolation = Literal["inline", "process"]

Form = Literal["sample", "batch", "group"]
"""What one call of a reward's function is about."""

MEMORY = 2048


@dataclass(frozen=True)
class RewardSpec:
    """What the scorer must know about a reward; the arguments of `@reward`, which explains them."""

    name: str
    version: str = "1"
    range: tuple[float, float] = (0.0, 1.0)
    timeout: float = 10.0
    isolate: Isolation = "inline"
    depends: tuple[object, ...] = ()
    form: Form = "sample"
    batch_size: int = 1
    concurrency: int | None = None
    retries: int = 0
    retry_on: tuple[type[Exception], ...] = ()
    memory: int = MEMORY
    cache: bool | None = None
    preload: tuple[str, ...] = ()


def _one_by_one(jobs: Sequence[Callable[[], list[Verdict]]]) -> list[list[Verdict]]:
    return [job() for job in jobs]


@dataclass(frozen=True)
class Scoring:
    """How a composition has its plain rewards scored; the scorer brings processes and deadlines, a test a loop.

    Args:
        leaf: Scores samples with one plain reward.
        together: Runs what does not depend on one another, in any order; one after the other unless told otherwise.
    """

    leaf: Callable[[PlainReward[Any], Sequence[Sample]], list[Verdict]]
    together: Callable[[Sequence[Callable[[], list[Verdict]]]], list[list[Verdict]]] = _one_by_one


class RewardNode(ABC):
    """A plain reward or a composition of rewards: what identities, judging and scoring know of either."""

    @property
    @abstractmethod
    def name(self) -> str:
        """How the reward is called in logs and in `Verdict.components`."""

    @property
    @abstractmethod
    def range(self) -> tuple[float, float]:
        """Lowest and highest score."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """What the scores depend on: names, versions, source hashes, weights."""

    @abstractmethod
    def leaves(self) -> Iterator[PlainReward[Any]]:
        """The plain rewards underneath."""

    @abstractmethod
    def evaluate(self, samples: Sequence[Sample], scoring: Scoring) -> list[Verdict]:
        """A verdict for each sample, with the plain rewards scored as `scoring` says."""

    @property
    def compares(self) -> bool:
        """Whether a part looks at the samples of a group together: they must then come in one call."""
        return any(leaf.spec.form == "group" for leaf in self.leaves())


@dataclass(frozen=True, eq=False)
class PlainReward(RewardNode, Generic[R]):
    """A function with what the scorer must know about it; `rlvr.reward.Reward` adds the identity.

    Args:
        function: Takes a sample, or a list of them.
        spec: What it declares.
    """

    function: Callable[[Any], R]
    spec: RewardSpec

    def __post_init__(self) -> None:
        for name in WRAPPER_ASSIGNMENTS:
            if hasattr(self.function, name):
                object.__setattr__(self, name, getattr(self.function, name))
        object.__setattr__(self, "__wrapped__", self.function)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def range(self) -> tuple[float, float]:
        return self.spec.range

    def __call__(self, sample: Any) -> R:
        return self.function(sample)

    @property
    def takes_many(self) -> bool:
        """Whether one call is about several samples."""
        return self.spec.form != "sample"

    @cached_property
    def is_async(self) -> bool:
        """Whether calling the function gives something to be awaited."""
        return is_async(self.function)

    @property
    def can_be_ended(self) -> bool:
        """Whether a scorer ends a call at its timeout; a plain function that runs inline cannot be ended."""
        return self.is_async or self.spec.isolate == "process"

    @property
    def concurrency(self) -> int:
        """Calls in flight at a time, outside worker processes."""
        return self.spec.concurrency or (8 if self.is_async else 1)

    @property
    def cached(self) -> bool:
        """Whether a scorer may answer from what it answered before: by default where asking costs more than looking."""
        if self.spec.cache is not None:
            return self.spec.cache
        return self.spec.form != "group" and (self.is_async or self.takes_many or self.spec.isolate == "process")

    def leaves(self) -> Iterator[PlainReward[Any]]:
        yield self

    def evaluate(self, samples: Sequence[Sample], scoring: Scoring) -> list[Verdict]:
        return scoring.leaf(self, samples)


def is_async(function: object) -> bool:
    """Whether calling a function, or an object that stands for one, gives something to be awaited.

    >>> class Judge:
    ...     async def __call__(self, sample): return 1.0
    >>> is_async(Judge()), is_async(Judge)
    (True, False)
    """
    while _is_partial(function):
        function = function.func
    called = None if isinstance(function, type) else getattr(function, "__call__", None)  # noqa: B004
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)


def _is_partial(function: object) -> TypeGuard[partial[object]]:
    return isinstance(function, partial)
