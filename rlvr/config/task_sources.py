"""The sources of a run's tasks, whether it has one or several."""

from __future__ import annotations

from dataclasses import replace

from rlvr.config.schema import DataConfig
from rlvr.sample import Message, Task
from rlvr.tasks.sources import TaskSettings, read_task_settings


def task_settings(data: DataConfig) -> list[TaskSettings]:
    """Those of `data.sources`, or the one of `data.tasks` or `data.env`; none where there is neither.

    Raises:
        ConfigError: A source is described wrongly; with all problems.

    >>> [source] = task_settings(DataConfig(env="arithmetic"))
    >>> source.place
    'data'
    """
    if data.sources:
        return read_task_settings(data.sources)
    if not (data.tasks or data.env):
        return []
    return [
        TaskSettings(
            tasks=data.tasks,
            env=data.env,
            env_args=data.env_args,
            format=data.format,
            chat=data.chat,
            holdout=data.holdout,
        )
    ]


def asked_for(task: Task, settings: TaskSettings) -> Task:
    """A task in the form, and with the reward, that its source's settings ask for.

    >>> asked_for(Task("2 + 2 ="), TaskSettings(chat=True, reward="text.exact")).prompt
    (Message(role='user', content='2 + 2 ='),)
    """
    own = not settings.env and not settings.format  # a row that somebody wrote for this run
    first, second = (task.reward, settings.reward) if own else (settings.reward, task.reward)
    prompt = task.prompt
    if settings.chat and isinstance(prompt, str):
        prompt = (Message("user", prompt),)
    return replace(task, prompt=prompt, reward=first or second or None)
