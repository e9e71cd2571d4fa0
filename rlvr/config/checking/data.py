"""Whether the tasks, the environment and the rewards that a configuration names are there and fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rlvr import environment, registry
from rlvr.compose import Composable, WeightedSum
from rlvr.config.checking.model import has_chat_template, named_model
from rlvr.config.paths import add_example, resolve_folder
from rlvr.config.problem import Problem
from rlvr.config.schema import SUPERVISED, TrainConfig
from rlvr.config.task_sources import asked_for, task_settings
from rlvr.errors import ConfigError, RlvrError
from rlvr.rows.escapes import is_broken
from rlvr.sample import Task
from rlvr.tasks.formats import read_as
from rlvr.tasks.preferences import scores_given
from rlvr.tasks.sources import TaskSettings


def check_data(config: TrainConfig) -> Iterator[Problem]:
    """The tasks or the environment: there, readable, and enough of them."""
    data = config.data
    if config.stage in SUPERVISED and data.mixture and not (_names_tasks(config) or config.eval.tasks):
        return
    if config.stage == "cpt":
        return
    yield from _check_sources(config)
    if config.eval.tasks:
        found = _read_or_explain("eval.tasks", config.eval.tasks, data.format)
        if isinstance(found, Problem):
            yield found
    elif config.eval.every and not _holds_out(config):
        text = f"`{config.eval.every}` asks for evaluations without held-out tasks; set eval.tasks or data.holdout."
        yield Problem("eval.every", text)


def _holds_out(config: TrainConfig) -> bool:
    data = config.data
    try:
        return bool(data.env or data.holdout) or any(one.env or one.holdout or one.eval for one in task_settings(data))
    except ConfigError:  # told of by itself
        return True


def _check_sources(config: TrainConfig) -> Iterator[Problem]:
    """Each source of tasks, be there one or several."""
    data = config.data
    alone = [key for key in ("tasks", "env", "env_args", "format", "chat", "holdout") if getattr(data, key)]
    if data.sources and alone:
        text = f"data.sources says where the tasks come from, source by source; drop data.{', data.'.join(alone)}."
        yield Problem(f"data.{alone[0]}", text)
    if data.tasks and data.env:
        text = f"the tasks come from data.env={data.env} already; add `data.env=null` to use the file."
        yield Problem("data.tasks", text)
        return
    try:
        sources = task_settings(data)
    except ConfigError as error:
        yield from _problems_of(error)
        return
    if not sources:
        text = "set it to a file of tasks, or `data.env` to an environment that generates them."
        yield Problem("data.tasks", text)
    for source in sources:
        yield from _check_source(source, config)
    curriculum = data.curriculum
    if curriculum.low > curriculum.high:
        yield Problem("data.curriculum.low", f"`{curriculum.low:g}` is above data.curriculum.high={curriculum.high:g}.")
    if curriculum.outside < 1 and sources and all(source.env for source in sources):
        yield Problem("data.curriculum.outside", "is for tasks of a file; an environment gives no task twice.")


def _check_source(source: TaskSettings, config: TrainConfig) -> Iterator[Problem]:
    if source.reward and config.stage not in SUPERVISED:
        yield from _check_reward(f"{source.place}.reward", source.reward, config)
    if source.eval:
        found = _read_or_explain(f"{source.place}.eval", source.eval, source.format)
        if isinstance(found, Problem):
            yield found
    if source.env:
        yield from _check_environment(source, config)
    else:
        read = _read_or_explain(f"{source.place}.tasks", source.tasks or "", source.format)
        if isinstance(read, Problem):
            read = add_example(read, config, source.tasks or "")
        yield from _check_tasks(source, read, config)


def _problems_of(error: ConfigError, place: str = "") -> Iterator[Problem]:
    """The problems of an error, with their keys apart; those of a source stand at its place."""
    for problem in error.problems:
        key, _, text = problem.partition(": ")
        yield Problem(f"{place}.{key.removeprefix('data.')}" if place else key, text)


def _read_or_explain(key: str, file: str, form: str) -> list[Task] | Problem:
    """The tasks of a file, or why they cannot be had."""
    if not form and not Path(file).expanduser().is_file():
        return Problem(key, f"there is no file `{file}` (looked in {Path.cwd()}).")
    try:
        return read_as(file, form)
    except ConfigError as error:
        [problem] = _problems_of(error, key.rpartition(".")[0] if key != "eval.tasks" else "data")
        return problem
    except RlvrError as error:
        return Problem(key, str(error).replace("\n", "\n    "))


def _check_environment(source: TaskSettings, config: TrainConfig) -> Iterator[Problem]:
    tasks: list[Task] = []
    try:
        made = environment.make(str(source.env), source.env_args)
        tasks = [asked_for(made.train(0, config.run.seed), source), made.held_out(0, config.run.seed)]
    except ConfigError as error:
        yield from _problems_of(error, source.place)
    if source.holdout:
        text = f"counts rows of {source.place}.tasks; an environment has held-out instances of its own."
        yield Problem(f"{source.place}.holdout", text)
    if source.format:
        yield Problem(f"{source.place}.format", "is for the rows of a file, and an environment makes tasks.")
    if not tasks:
        return
    if config.stage == "wpo" and environment.multi_turn(environment.make(str(source.env), source.env_args)):
        text = f"`{source.env}` talks over several turns, and wpo pairs single answers; use stage=grpo."
        yield Problem(f"{source.place}.env", text)
    if tasks[0].demonstration is None and _imitates(config):
        yield Problem(f"{source.place}.env", f"its tasks have no `demonstration` to learn from, such as {tasks[0].id}.")
    if not isinstance(tasks[0].prompt, str) and not _can_chat(config):
        yield Problem(f"{source.place}.env", "its tasks are chats, and the model's tokenizer has no chat template.")
    if config.stage not in SUPERVISED:
        yield from _check_task_rewards(source, tasks[:1], config)


def _check_tasks(source: TaskSettings, tasks: list[Task] | Problem, config: TrainConfig) -> Iterator[Problem]:
    if isinstance(tasks, Problem):
        yield tasks
        return
    place = source.place
    if source.env_args:
        yield Problem(f"{place}.env_args", f"is for an environment, and {place}.tasks is a file.")
    if source.holdout >= len(tasks):
        yield Problem(f"{place}.holdout", f"`{source.holdout}` of {len(tasks)} tasks leaves none to train on.")
    bare = [task.id for task in tasks if task.demonstration is None]
    if bare and _imitates(config):
        text = f"{len(bare)} of {len(tasks)} tasks have no `demonstration` to learn from, the first is {bare[0]}."
        yield Problem(f"{place}.tasks", text)
    broken = [task for task in tasks if isinstance(task.reference, str) and is_broken(task.reference)]
    if broken:
        shown = f"the first is {broken[0].id}: {broken[0].reference!r}. Write two backslashes, `\\\\frac`."
        text = f"{len(broken)} references hold LaTeX that JSON took for escapes, {shown}"
        yield Problem(f"{place}.tasks", text)
    chats = [task.id for task in tasks if source.chat or not isinstance(task.prompt, str)]
    if chats and not _can_chat(config):
        yield Problem(f"{place}.tasks", f"{chats[0]} is a chat, and the model's tokenizer has no chat template.")
    if config.stage not in SUPERVISED:
        yield from _check_task_rewards(source, [asked_for(task, source) for task in tasks], config)


def _imitates(config: TrainConfig) -> bool:
    """Whether supervised steps learn from the tasks' demonstrations."""
    return not config.data.mixture and (config.stage == "sft" or config.sft.steps > 0)


def _can_chat(config: TrainConfig) -> bool:
    _, text = named_model(config)
    try:
        folder = resolve_folder(text) if text else None
    except ConfigError:
        folder = None
    # A model that is not there has its own problem.
    return folder is None or not folder.is_dir() or has_chat_template(folder)


def _check_task_rewards(source: TaskSettings, tasks: list[Task], config: TrainConfig) -> Iterator[Problem]:
    first = {task.reward: task.id for task in reversed(tasks) if task.reward != source.reward}
    scored = config.stage == "wpo" and all(scores_given(task) for task in tasks if not task.reward)
    for name, where in first.items():
        if name:
            yield from _check_reward(f"{source.place}.tasks", name, config, f" (asked for by {where})")
        elif not config.reward and not _has_judge(config) and not scored:
            key = f"{source.place}.reward" if source.name else "reward"
            yield Problem(key, f"set it to the name of a reward; {where} has none of its own.")


def check_rewards(config: TrainConfig) -> Iterator[Problem]:
    """The rewards: known, and of the kind that the advantage needs."""
    if config.reward:
        yield from _check_reward("reward", config.reward, config)
    elif config.stage not in SUPERVISED and not _names_tasks(config) and not _has_judge(config):
        yield Problem("reward", "set it to the name of a reward, such as `math.final_number`, or to `my.py:function`.")
    algorithm = config.algorithm
    if algorithm.advantage == "gdpo" and algorithm.reward_scale != "raw":
        text = f"`{algorithm.reward_scale}` adds nothing to gdpo, which normalises each part by itself; write `raw`."
        yield Problem("algorithm.reward_scale", text)
    for key, name in (("eval.strict", config.eval.strict), ("eval.lenient", config.eval.lenient)):
        if name:
            yield from _check_reward(key, name, config, composed=False)


def _names_tasks(config: TrainConfig) -> bool:
    """Whether there is a source of tasks; then what is said of a missing reward names one of them."""
    data = config.data
    return bool(data.tasks or data.env or data.sources or data.format)


def _has_judge(config: TrainConfig) -> bool:
    """Whether a reward model stands where a reward would."""
    return config.stage == "wpo" and bool(config.wpo.reward_model)


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
