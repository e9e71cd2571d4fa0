"""The sources of a run's tasks, whether it has one or several."""

from __future__ import annotations

from rlvr.config.schema import DataConfig
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
