"""From a configuration to all that verl needs of it: what is told, what is wrong, the files, and the command."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from rlvr import registry
from rlvr.compose import Composable
from rlvr.config.checking.model import read_json
from rlvr.config.paths import pin, resolve_folder
from rlvr.config.problem import Problem
from rlvr.config.schema import SUPERVISED as SUPERVISED_STAGES
from rlvr.config.schema import TrainConfig
from rlvr.config.task_sources import task_settings
from rlvr.engine.run.data import task_streams
from rlvr.errors import ConfigError, DataError
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import Task
from rlvr.tasks.mixture import TaskMixture
from rlvr.verl.data.rows import Named, row_of
from rlvr.verl.judging import refuse_groups
from rlvr.verl.settings.composed import SUPERVISED, compose, find_faults
from rlvr.verl.settings.hazards import find_hazards
from rlvr.verl.settings.mapping import Mapped, find_untold, mapping, overrides
from rlvr.verl.settings.supervised import find_supervised_hazards, find_unsupervised, starter, supervised_mapping


@dataclass(frozen=True, slots=True)
class VerlPlan:
    """What verl is told.

    Attributes:
        mapped: Key by key.
        overrides: The same as Hydra's overrides, those of `engine.verl.overrides` last.
        problems: Why it would not run, or would train something else.
        starter: The words before the overrides.
    """

    mapped: list[Mapped]
    overrides: list[str]
    problems: list[Problem]
    starter: Sequence[str] = (sys.executable, "-m", "verl.trainer.main_ppo")

    @property
    def command(self) -> list[str]:
        """The words that start verl's trainer."""
        return [*self.starter, *self.overrides]

    @property
    def shown(self) -> str:
        """The command for a shell, a setting a line."""
        first = shlex.join(["python", *self.starter[1:]])
        return " \\\n  ".join([first, *map(shlex.quote, self.overrides)])


def plan_verl(config: TrainConfig, folder: Path, rewards: dict[str, Composable] | None = None) -> VerlPlan:
    """What verl is told of a configuration, checked against its own.

    Args:
        config: Of the run.
        folder: Of the run, which need not be there.
        rewards: Those the run uses, where they are known.

    Raises:
        MissingDependencyError: verl is not installed.
    """
    if config.stage in SUPERVISED_STAGES:
        return _plan_supervised(config, folder)
    if config.stage != "grpo":
        return VerlPlan([], [], list(find_untold(config, {})))
    mapped, told = mapping(config, folder), overrides(config, folder)
    problems = [*find_untold(config, rewards or {}), *(faults := find_faults(told))]
    if not faults:
        problems += find_hazards(compose(told), _model(config))
    return VerlPlan(mapped, told, list(dict.fromkeys(problems)))


def _plan_supervised(config: TrainConfig, folder: Path) -> VerlPlan:
    mapped = supervised_mapping(config, folder)
    told = [*(each.override for each in mapped), *config.engine.verl.overrides]
    problems = [*find_unsupervised(config), *(faults := find_faults(told, SUPERVISED))]
    if not faults:
        problems += find_supervised_hazards(compose(told, SUPERVISED), _model(config))
    return VerlPlan(mapped, told, list(dict.fromkeys(problems)), starter(config))


def export_tasks(
    tasks: Sequence[Task],
    path: Path,
    reward: str = "",
    *,
    split: str = "train",
    sources: Sequence[str] = (),
    envs: Mapping[str, Named] | None = None,
) -> Path:
    """Writes tasks as a parquet file that verl's `RLHFDataset` reads; those of different rewards have one schema.

    Args:
        tasks: In the order of training.
        path: File to write.
        reward: Judges the tasks that name none.
        split: See `row_of`.
        sources: Name of each task's source, for what is measured of each.
        envs: The environments that answer, by the source's name.

    Raises:
        DataError: A task has no reward, or there is no task.
        UnknownRewardError: A reward that is not there.
        RewardDefinitionError: A reward that cannot be loaded, or that compares the samples of a group.
    """
    if not tasks:
        raise DataError(f"There are no tasks to write to {path}.")
    sources, envs = sources or [""] * len(tasks), envs or {}
    rows = [
        row_of(task, index, reward, split=split, env=envs.get(source))
        for index, (task, source) in enumerate(zip(tasks, sources, strict=True))
    ]
    for task, row, source in zip(tasks, rows, sources, strict=True):
        if not row["data_source"]:
            raise DataError(f"Task {task.id or task.prompt!r} names no reward.", hint="Name one for all with `reward`.")
        row["extra_info"]["source"] = source
    for name in {row["data_source"] for row in rows}:
        refuse_groups(name, registry.get(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")  # not annotated
    parquet.write_table(arrow.Table.from_pylist(rows), path)
    return path


def prepare(config: TrainConfig, folder: Path) -> VerlPlan:
    """Writes what verl reads into a run's folder: our configuration, the tasks, and a model drawn at random.

    Raises:
        ConfigError: The configuration cannot be run by verl.
        DataError: A task cannot be used, or a text.
    """
    from rlvr.config import resolved_yaml

    pin(config)
    if config.stage in SUPERVISED_STAGES:
        return _prepare_supervised(config, folder)
    streams = task_streams(config.data, config.eval, seed=config.run.seed)
    if not streams.train:
        raise DataError("There are no tasks to take from.", hint="Set data.tasks, data.env or data.sources.")
    # In the embedded engine's order, for the whole run: verl's own sampler would draw another.
    mixture = TaskMixture(streams.train, streams.weights, seed=config.run.seed)
    drawn = mixture.draw(config.run.steps * config.algorithm.prompts_per_step)
    tasks, held_out = [one.task for one in drawn], [one.task for one in streams.held_out]
    names = sorted({name for task in (*tasks, *held_out) if (name := task.reward or config.reward)})
    plan = plan_verl(config, folder, {name: registry.get(name) for name in names})
    if plan.problems:
        raise ConfigError([str(problem) for problem in plan.problems])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(resolved_yaml(config), encoding="utf-8")
    if config.model.init and not config.model.path:
        _draw_model(config, folder / "model")
    _check_lengths(config, [*tasks, *held_out])
    answering = [source for source in task_settings(config.data) if source.name in streams.environments]
    envs = {source.name: (str(source.env), source.env_args) for source in answering}
    sources = [one.source for one in drawn]
    export_tasks(tasks, folder / "data" / "train.parquet", config.reward, sources=sources, envs=envs)
    if held_out:
        sources, envs = [one.source for one in streams.held_out], {} if config.eval.tasks else envs
        target = folder / "data" / "eval.parquet"
        export_tasks(held_out, target, config.reward, split="eval", sources=sources, envs=envs)
    (folder / "verl-overrides.json").write_text(json.dumps(plan.overrides, indent=1), encoding="utf-8")
    return plan


def _prepare_supervised(config: TrainConfig, folder: Path) -> VerlPlan:
    """Writes the texts of the whole run instead of tasks."""
    from rlvr.config import resolved_yaml
    from rlvr.engine.policy.model import load_tokenizer, model_folder
    from rlvr.verl.data.texts import check_packing, write_texts

    plan = plan_verl(config, folder)
    if plan.problems:
        raise ConfigError([str(problem) for problem in plan.problems])
    check_packing(config)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(resolved_yaml(config), encoding="utf-8")
    if config.model.init and not config.model.path:
        _draw_model(config, folder / "model")
    write_texts(config, RunFolder(folder), load_tokenizer(model_folder(config.model)))
    (folder / "verl-overrides.json").write_text(json.dumps(plan.overrides, indent=1), encoding="utf-8")
    return plan


def _model(config: TrainConfig) -> dict[str, Any]:
    named = [text for text in (config.model.path, config.model.init, config.model.shape) if text]
    folder = next((place for place in map(resolve_folder, named) if (place / "config.json").is_file()), None)
    found = read_json(folder / "config.json") if folder else ""
    return found if isinstance(found, dict) else {}


def _draw_model(config: TrainConfig, target: Path) -> None:
    """A folder with weights, which is what verl starts from."""
    import torch

    from rlvr.engine.policy.model import load_model, load_tokenizer, model_folder

    model: Any = load_model(config.model, seed=config.run.seed, device=torch.device("cpu"))
    model.save_pretrained(str(target))
    load_tokenizer(model_folder(config.model)).save_pretrained(str(target))


def _check_lengths(config: TrainConfig, tasks: Sequence[Task]) -> None:
    """Refuses prompts that are too long; verl would cut their beginning off, or leave their tasks out."""
    from rlvr.engine.policy.model import load_tokenizer, model_folder
    from rlvr.engine.rollout.prompts import encode_task

    tokenizer = load_tokenizer(model_folder(config.model))
    for task in {task.id: task for task in tasks}.values():
        encode_task(tokenizer, task, config.data.max_prompt_tokens)
