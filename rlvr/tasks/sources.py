"""Where a run's tasks come from: one source, or several by name, each with a weight and a reward of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, get_type_hints

from rlvr.annotations import fits, key_problems, written
from rlvr.errors import ConfigError
from rlvr.sample import is_mapping

KEY: Final = "data.sources"


@dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """One source of tasks, as a configuration describes it.

    Attributes:
        name: What the run calls it; empty for the only one.
        tasks: JSONL file of tasks, or with `format` a file of published rows.
        env: Instead of `tasks`: the name of an environment that generates them.
        env_args: What the environment is made with.
        format: What the rows of `tasks` and `eval` are, such as `gsm8k`; empty for tasks.
        chat: Ask plain prompts in a user's turn of the model's chat template.
        weight: Its part of the tasks, relative to those of the others.
        reward: Goes before what the environment or the format asks for; a row of tasks that names its own goes before.
        loss_weight: Its advantages are multiplied by it.
        holdout: Rows at the end of `tasks` that are kept for evaluation.
        eval: JSONL file of held-out tasks, in the same format.
    """

    name: str = ""
    tasks: str | None = None
    env: str | None = None
    env_args: dict[str, Any] = field(default_factory=dict[str, Any])
    format: str = ""
    chat: bool = False
    weight: float = 1.0
    reward: str = ""
    loss_weight: float = 1.0
    holdout: int = 0
    eval: str | None = None

    @property
    def place(self) -> str:
        """Where its keys stand in the configuration."""
        return f"{KEY}.{self.name}" if self.name else "data"


def read_task_settings(sources: Mapping[str, Any]) -> list[TaskSettings]:
    """The sources of a run that has several.

    Args:
        sources: `data.sources`: for each source's name a mapping of `TaskSettings`' attributes.

    Raises:
        ConfigError: With all problems at once.

    >>> [source] = read_task_settings({"sums": {"env": "arithmetic", "reward": "text.exact", "weight": 2}})
    >>> source.weight, source.place
    (2, 'data.sources.sums')
    >>> read_task_settings({"sums": {"evn": "arithmetic", "weight": 0}})
    Traceback (most recent call last):
        ...
    rlvr.errors.ConfigError: The configuration has 3 problems:
      - data.sources.sums.evn: there is no such key. Did you mean `env`?
      - data.sources.sums.weight: `0` must be above 0.
      - data.sources.sums.tasks: set it to a file of tasks, or `env` to an environment that generates them.
    """
    problems = [f"{KEY}.{problem}" for name, given in sources.items() for problem in _problems(name, given)]
    if problems:
        raise ConfigError(problems)
    return [TaskSettings(name=str(name), **given) for name, given in sources.items()]


_HINTS: Final = get_type_hints(TaskSettings)
_FIELDS: Final = tuple(field.name for field in fields(TaskSettings) if field.name != "name")


def _problems(name: str, given: object) -> Iterator[str]:
    if not is_mapping(given):
        yield f"{name}: `{given}` is no source; it is a mapping, such as {{tasks: math.jsonl, weight: 1}}."
        return
    if not str(name) or "/" in str(name):
        yield f"{name}: a source's name is part of a metric's, so it is not empty and has no `/`."
    yield from (f"{name}.{problem}" for problem in key_problems(given, _FIELDS, _problem_of))
    if given.get("tasks") and given.get("env"):
        yield f"{name}.tasks: the tasks come from env={given['env']} already; drop one of the two."
    elif not given.get("tasks") and not given.get("env"):
        yield f"{name}.tasks: set it to a file of tasks, or `env` to an environment that generates them."


def _problem_of(key: str, value: Any) -> str:
    if not fits(value, _HINTS[key]):
        return f"`{value}` is no {written(_HINTS[key]).removesuffix(' | None')}."
    if key in ("weight", "loss_weight") and not 0 < value < math.inf:
        return f"`{value}` must be above 0."
    if key == "holdout" and value < 0:
        return f"`{value}` must be at least 0."
    return ""
