"""A task as a row of verl's data files, and back.

What a reward needs travels as JSON text: files of different tasks then have one schema, which verl's concatenation of
them demands, and Arrow adds no null keys to anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any, Final, TypeAlias

from rlvr import environment
from rlvr.environment import MultiTurnEnvironment
from rlvr.registry import pinned
from rlvr.sample import Task, is_mapping
from rlvr.tasks.reading import task_of_row

Named: TypeAlias = tuple[str, Mapping[str, Any]]
"""An environment as a configuration has it: its name, and what it is made with."""

AGENT: Final = "rlvr"
"""The agent loop that turns a row into a completion, see `rlvr.verl.agent_loop`."""

CONVERSATION: Final = "rlvr_conversation"
"""Among the extra fields of a trajectory: what was said in it, for the reward manager; empty without an environment."""


def row_of(task: Task, index: int, reward: str, *, split: str = "train", env: Named | None = None) -> dict[str, Any]:
    """The row of a task, in the columns that verl's `RLHFDataset` and reward managers read.

    Args:
        task: The task.
        index: Its place in the file.
        reward: Judges it where it names none itself.
        split: What the file is for, `train` or `eval`; verl does not tell a reward which of the two it is doing.
        env: The environment that answers, where one does.

    >>> row = row_of(Task("2 + 2 =", reference="4", id="sum"), 0, "text.exact")
    >>> row["data_source"], row["prompt"], row["reward_model"]["ground_truth"]
    ('text.exact', [{'role': 'user', 'content': '2 + 2 ='}], '"4"')
    """
    name = pinned(task.reward or reward)  # it is looked up where verl's actors work
    plain = isinstance(task.prompt, str)
    prompt: Any = task.prompt if isinstance(task.prompt, str) else [asdict(message) for message in task.prompt]
    kept = {"prompt": prompt, "reference": task.reference, "data": dict(task.data), "reward": name, "id": task.id}
    return {
        "data_source": name,
        "prompt": [{"role": "user", "content": prompt}] if plain else prompt,
        "reward_model": {"style": "rule", "ground_truth": json.dumps(task.reference)},
        "extra_info": {
            "index": index,
            "split": split,
            "task": json.dumps(kept),
            "env": json.dumps({"name": env[0], "args": dict(env[1])}, sort_keys=True) if env else "",
        },
        "agent_name": AGENT,
    }


def task_in(extra_info: object) -> Task:
    """The task that `row_of` put into `extra_info`, with its reward.

    Raises:
        ValueError: There is none.

    >>> task_in(row_of(Task("2 + 2 =", reference="4", id="sum"), 0, "text.exact")["extra_info"]).reward
    'text.exact'
    """
    text = extra_info.get("task") if is_mapping(extra_info) else None
    if not isinstance(text, str):
        raise ValueError("the row has no task in `extra_info.task`; write its file with `rlvr verl export`.")  # noqa: TRY004 - one type for all that a row can lack
    return task_of_row(json.loads(text), "a task without an id")


def environment_in(extra_info: Mapping[str, object]) -> MultiTurnEnvironment | None:
    """The environment that answers the row's task, made once in each process; None where none does.

    Raises:
        ConfigError: It is not installed here, or takes other arguments.

    >>> extra = row_of(Task("2 + 2 ="), 0, "text.exact", env=("guess", {"length": 3}))["extra_info"]
    >>> environment_in(extra).length
    3
    """
    text = extra_info.get("env")
    return _made(text) if isinstance(text, str) and text else None


@cache
def _made(text: str) -> MultiTurnEnvironment | None:
    named = json.loads(text)
    return environment.multi_turn(environment.make(named["name"], named["args"]))
