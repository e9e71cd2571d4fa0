"""The tasks of a run: a stream to train on, and some that training never sees."""

from __future__ import annotations

from dataclasses import dataclass

from rlvr import environment
from rlvr.config.schema import DataConfig, EvalConfig
from rlvr.sample import Task
from rlvr.tasks import TaskList, TaskStream, read_tasks


@dataclass(frozen=True, slots=True)
class TaskStreams:
    """What a run trains on and what it is evaluated with.

    Attributes:
        train: Endless, in an order that follows from the seed; None where a stage learns from a mixture alone.
        held_out: The first `eval.size` held-out tasks.
    """

    train: TaskStream | None
    held_out: list[Task]


def task_streams(data: DataConfig, evaluation: EvalConfig, *, seed: int) -> TaskStreams:
    """Tasks from `data.tasks` or `data.env`, held-out ones from `eval.tasks`, the environment or the end of the file.

    Raises:
        DataError: A broken row.
        ConfigError: An environment that is not there or does not take its arguments.
    """
    held_out = read_tasks(evaluation.tasks) if evaluation.tasks else []
    if data.env:
        made = environment.make(data.env, data.env_args)
        train = TaskStream(environment.EnvironmentTasks(made, seed), seed, shuffle=False)
        if not evaluation.tasks:
            others = environment.EnvironmentTasks(made, seed, held_out=True)
            held_out = [others.task(i) for i in range(evaluation.size)]
    elif not data.tasks:
        train = None
    else:
        tasks = read_tasks(data.tasks)
        kept = len(tasks) - data.holdout
        held_out = held_out or tasks[kept:]
        train = TaskStream(TaskList(tasks[:kept]), seed, shuffle=data.shuffle)
    return TaskStreams(train, held_out[: evaluation.size])
