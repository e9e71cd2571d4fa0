"""Environments: generators of tasks, found by name through the entry point group `rlvr.envs`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast, get_type_hints

from rlvr.annotations import fits, written
from rlvr.errors import ConfigError, did_you_mean
from rlvr.sample import Task

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
    given = {key: _frozen(value) for key, value in args.items()}
    if problems := list(_argument_problems(name, cls, given)):
        raise ConfigError(problems)
    try:
        return cls(**given)
    except ConfigError as error:
        raise ConfigError([f"data.env_args.{problem}" for problem in error.problems]) from None


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


def _frozen(value: object) -> object:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value
