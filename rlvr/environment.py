"""Environments: generators of tasks, found by name through the entry point group `rlvr.envs`.

Most ask once. A `MultiTurnEnvironment` answers what the model says, and the two talk until it has nothing more to say.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, get_type_hints, runtime_checkable

from rlvr.annotations import fits, with_tuples, written
from rlvr.errors import ConfigError, did_you_mean
from rlvr.sample import Message, Task

ENTRY_POINTS = "rlvr.envs"


class Environment(Protocol):
    """Tasks made on demand. Both methods are pure: the same index and seed give the same task in every process.

    What `held_out` gives is never given by `train`, whatever the seeds.
    """

    def train(self, index: int, seed: int) -> Task:
        """A task to learn from."""
        ...

    def held_out(self, index: int, seed: int) -> Task:
        """A task to be evaluated on."""
        ...


@runtime_checkable
class MultiTurnEnvironment(Environment, Protocol):
    """An environment that answers completions.

    The reward judges the conversation once, at its end: `Sample.prompt` then holds the messages up to the last
    completion. Nothing that the environment says is learned from.
    """

    @property
    def max_turns(self) -> int:
        """How often the model speaks at most."""
        ...

    def reply(self, task: Task, turns: Sequence[Message]) -> str | None:
        """What the environment says next, or None where the conversation is over.

        Pure like the others, and quick: it is called where the run is steered, without a deadline. What it raises
        becomes a verdict `error` on the sample.

        Args:
            task: As it was asked.
            turns: What was said after the prompt: the model's turns (`assistant`) and between them the environment's
                (`user`); the last is the model's. Of the model's, what stands behind the reasoning; empty where the
                reasoning was never closed.
        """
        ...


@runtime_checkable
class DemonstratedEnvironment(MultiTurnEnvironment, Protocol):
    """One that can show whole conversations, for supervised steps; of others these learn the first turn."""

    def demonstrate(self, task: Task, turns: Sequence[Message]) -> str:
        """What the model should say after `turns`, of which there may be none yet; pure."""
        ...


@dataclass(frozen=True)
class EnvironmentTasks:
    """One side of an environment, as an endless `TaskSource`.

    >>> EnvironmentTasks(make("arithmetic", {"digits": 1}), seed=0).task(0).prompt
    '2+2='
    """

    env: Environment
    seed: int
    held_out: bool = False

    @property
    def size(self) -> None:
        """Without end."""

    def task(self, index: int) -> Task:
        """The task of that index."""
        return (self.env.held_out if self.held_out else self.env.train)(index, self.seed)


def names() -> tuple[str, ...]:
    """The environments of all installed packages.

    >>> "arithmetic" in names()
    True
    """
    from importlib.metadata import entry_points

    return tuple(sorted(entry_points(group=ENTRY_POINTS).names))


def make(name: str, args: Mapping[str, Any]) -> Environment:
    """The environment of that name, as `data.env` and `data.env_args` ask for it.

    Args:
        name: One of `names()`.
        args: What its class is called with. Lists become tuples.

    Raises:
        ConfigError: An unknown name, an unknown or missing argument, or a value the environment refuses.

    >>> make("strings", {"lenght": 4})
    Traceback (most recent call last):
        ...
    rlvr.errors.ConfigError: The configuration has 1 problem:
      - data.env_args.lenght: `strings` takes no such argument. Did you mean `length`?
    """
    from importlib.metadata import entry_points

    points = entry_points(group=ENTRY_POINTS, name=name)
    if not points:
        raise ConfigError(
            [f"data.env: there is no `{name}`.{did_you_mean(name, names())} It is one of {', '.join(names())}."]
        )
    cls: type[Environment] = next(iter(points)).load()
    given = with_tuples(args)
    if problems := list(_argument_problems(name, cls, given)):
        raise ConfigError(problems)
    try:
        made = cls(**given)
    except ConfigError as error:
        raise ConfigError([f"data.env_args.{problem}" for problem in error.problems]) from None
    most: object = getattr(made, "max_turns", None)
    if hasattr(made, "reply") and not (isinstance(most, int) and most >= 1):
        raise ConfigError([f"data.env: `{name}` has a `reply`, and no `max_turns` of at least 1 to end with."])
    return made


def multi_turn(env: Environment) -> MultiTurnEnvironment | None:
    """The environment, if it answers and may do so at least once.

    >>> multi_turn(make("arithmetic", {"digits": 1})) is None
    True
    """
    return env if isinstance(env, MultiTurnEnvironment) and env.max_turns > 1 else None


def _argument_problems(name: str, cls: type, given: Mapping[str, object]) -> Iterator[str]:
    parameters = inspect.signature(cls).parameters
    hints = get_type_hints(cls.__init__)
    for key, value in given.items():
        if key not in parameters:
            suggestion = did_you_mean(key, parameters) or f" It takes {', '.join(parameters) or 'none'}."
            yield f"data.env_args.{key}: `{name}` takes no such argument.{suggestion}"
        elif key in hints and not fits(value, hints[key]):
            yield f"data.env_args.{key}: `{value}` is no {written(hints[key])}."
    for key, parameter in parameters.items():
        if parameter.default is parameter.empty and key not in given:
            yield f"data.env_args.{key}: `{name}` needs it."
