"""Whether the tasks, the environment and the rewards that a configuration names are there and fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rlvr import environment, registry
from rlvr.compose import Composable, WeightedSum
from rlvr.config.check_model import has_chat_template, named_model
from rlvr.config.paths import resolve_folder
from rlvr.config.problem import Problem
from rlvr.config.schema import SUPERVISED, TrainConfig
from rlvr.errors import ConfigError, RlvrError
from rlvr.sample import Task
from rlvr.tasks import read_tasks


def check_data(config: TrainConfig) -> Iterator[Problem]:
    """The tasks or the environment: there, readable, and enough of them."""
    data = config.data
    if config.stage in SUPERVISED and data.mixture and not (data.tasks or data.env or config.eval.tasks):
        return
    if config.stage == "cpt":
        return
    if data.tasks and data.env:
        yield Problem(
            "data.tasks", f"the tasks come from data.env={data.env} already; add `data.env=null` to use the file."
        )
    elif data.env:
        yield from _check_environment(config)
    elif data.tasks:
        yield from _check_tasks(config, _read_or_explain("data.tasks", data.tasks))
    else:
        yield Problem("data.tasks", "set it to a file of tasks, or `data.env` to an environment that generates them.")
    if config.eval.tasks:
        found = _read_or_explain("eval.tasks", config.eval.tasks)
        if isinstance(found, Problem):
            yield found
    elif config.eval.every and not data.env and not data.holdout:
        text = f"`{config.eval.every}` asks for evaluations without held-out tasks; set eval.tasks or data.holdout."
        yield Problem("eval.every", text)


def _read_or_explain(key: str, file: str) -> list[Task] | Problem:
    """The tasks of a file, or why they cannot be had."""
    if not Path(file).expanduser().is_file():
        return Problem(key, f"there is no file `{file}` (looked in {Path.cwd()}).")
    try:
        return read_tasks(file)
    except RlvrError as error:
        return Problem(key, str(error).replace("\n", "\n    "))


def _check_environment(config: TrainConfig) -> Iterator[Problem]:
    data = config.data
    try:
        made = environment.make(str(data.env), data.env_args)
        made.train(0, config.run.seed)
        made.held_out(0, config.run.seed)
    except ConfigError as error:
        for problem in error.problems:
            key, _, text = problem.partition(": ")
            yield Problem(key, text)
    if data.holdout:
        yield Problem("data.holdout", "counts rows of data.tasks; an environment has held-out instances of its own.")


def _check_tasks(config: TrainConfig, tasks: list[Task] | Problem) -> Iterator[Problem]:
    if isinstance(tasks, Problem):
        yield tasks
        return
    data = config.data
    if data.env_args:
        yield Problem("data.env_args", "is for an environment, and data.tasks is a file.")
    if data.holdout >= len(tasks):
        yield Problem("data.holdout", f"`{data.holdout}` of {len(tasks)} tasks leaves none to train on.")
    bare = [task.id for task in tasks if task.demonstration is None]
    if bare and not data.mixture and (config.stage == "sft" or config.sft.steps > 0):
        text = f"{len(bare)} of {len(tasks)} tasks have no `demonstration` to learn from, the first is {bare[0]}."
        yield Problem("data.tasks", text)
    chats = [task.id for task in tasks if not isinstance(task.prompt, str)]
    if chats and not _can_chat(config):
        yield Problem("data.tasks", f"{chats[0]} is a chat, and the model's tokenizer has no chat template.")
    if config.stage not in SUPERVISED:
        yield from _check_task_rewards(config, tasks)


def _can_chat(config: TrainConfig) -> bool:
    _, text = named_model(config)
    try:
        folder = resolve_folder(text) if text else None
    except ConfigError:
        folder = None
    # A model that is not there has its own problem.
    return folder is None or not folder.is_dir() or has_chat_template(folder)


def _check_task_rewards(config: TrainConfig, tasks: list[Task]) -> Iterator[Problem]:
    first = {task.reward: task.id for task in reversed(tasks)}
    for name, where in first.items():
        if name:
            yield from _check_reward("data.tasks", name, config, f" (asked for by {where})")
        elif not config.reward:
            yield Problem("reward", f"set it to the name of a reward; {where} has none of its own.")


def check_rewards(config: TrainConfig) -> Iterator[Problem]:
    """The rewards: known, and of the kind that the advantage needs."""
    if config.reward:
        yield from _check_reward("reward", config.reward, config)
    elif config.stage not in SUPERVISED and not config.data.tasks:  # tasks of a file may name their own
        yield Problem("reward", "set it to the name of a reward, such as `math.final_number`, or to `my.py:function`.")
    for key, name in (("eval.strict", config.eval.strict), ("eval.lenient", config.eval.lenient)):
        if name:
            yield from _check_reward(key, name, config, composed=False)


def _check_reward(
    key: str, name: str, config: TrainConfig, where: str = "", *, composed: bool = True
) -> Iterator[Problem]:
    try:
        reward: Composable = registry.get(name)
    except RlvrError as error:
        text = " ".join(str(error).splitlines())
        yield Problem(key, f"{text[0].lower()}{text[1:]}{where}")
        return
    if composed and config.algorithm.advantage == "gdpo" and not isinstance(reward, WeightedSum):
        text = "gdpo normalises each part of a weighted sum by itself"
        yield Problem("algorithm.advantage", f"{text}, and `{name}` has no parts{where}.")
