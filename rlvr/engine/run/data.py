"""The tasks of a run: streams to train on, and some that training never sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlvr import environment
from rlvr.config.schema import DataConfig, EvalConfig
from rlvr.config.task_sources import asked_for, task_settings
from rlvr.environment import EnvironmentTasks, MultiTurnEnvironment, multi_turn
from rlvr.sample import Task
from rlvr.tasks import TaskList, TaskSource, TaskStream
from rlvr.tasks.formats import read_as
from rlvr.tasks.mixture import Drawn
from rlvr.tasks.sources import TaskSettings


@dataclass(frozen=True, slots=True)
class TaskStreams:
    """What a run trains on and what it is evaluated with.

    Attributes:
        train: By the source's name, each endless, in an order that follows from the seed; none where a stage learns
            from a mixture of texts alone.
        weights: Of the sources.
        held_out: The first `eval.size` held-out tasks of each source.
        environments: By the source's name, those that answer.
    """

    train: Mapping[str, TaskStream]
    weights: Mapping[str, float]
    held_out: list[Drawn]
    environments: Mapping[str, MultiTurnEnvironment] = field(default_factory=dict[str, MultiTurnEnvironment])


@dataclass(frozen=True)
class Asked:
    """Tasks as a source's settings want them asked and judged.

    Attributes:
        source: The tasks as they come.
        settings: Of the source.
    """

    source: TaskSource
    settings: TaskSettings

    @property
    def size(self) -> int | None:
        """How many there are."""
        return self.source.size

    def task(self, index: int) -> Task:
        """The task of that index."""
        return asked_for(self.source.task(index), self.settings)


def task_streams(data: DataConfig, evaluation: EvalConfig, *, seed: int) -> TaskStreams:
    """The sources of `data`, and held-out tasks from `eval.tasks`, or from each source.

    Raises:
        DataError: A broken row.
        ConfigError: An environment that is not there or does not take its arguments.
    """
    train: dict[str, TaskStream] = {}
    held_out: list[Drawn] = []
    if evaluation.tasks:
        judged = TaskSettings(format=data.format, chat=data.chat)
        held_out += [
            Drawn(asked_for(task, judged)) for task in read_as(evaluation.tasks, data.format)[: evaluation.size]
        ]
    settings = task_settings(data)
    environments: dict[str, MultiTurnEnvironment] = {}
    for source in settings:
        if source.env and (answers := multi_turn(environment.make(source.env, source.env_args))):
            environments[source.name] = answers
        stream, others = _stream(source, evaluation.size, seed=seed, shuffle=data.shuffle)
        train[source.name] = stream
        if not evaluation.tasks:
            held_out += [Drawn(asked_for(task, source), source.name, i) for i, task in enumerate(others)]
    return TaskStreams(train, {source.name: source.weight for source in settings}, held_out, environments)


def _stream(source: TaskSettings, size: int, *, seed: int, shuffle: bool) -> tuple[TaskStream, list[Task]]:
    """The source's tasks to train on, and at most `size` held-out ones."""
    others = read_as(source.eval, source.format)[:size] if source.eval else []
    if source.env:
        made = environment.make(source.env, source.env_args)
        if not source.eval:
            rest = EnvironmentTasks(made, seed, held_out=True)
            others = [rest.task(i) for i in range(size)]
        return TaskStream(Asked(EnvironmentTasks(made, seed), source), seed, shuffle=False), others
    tasks = read_as(source.tasks or "", source.format)
    kept = len(tasks) - source.holdout
    mine = TaskList([asked_for(task, source) for task in tasks[:kept]])
    return TaskStream(mine, seed, shuffle=shuffle), others or tasks[kept:][:size]
