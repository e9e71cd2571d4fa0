"""A run on verl from its beginning, or from where it was left, with the same results in the same places."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import closing
from math import fsum
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from rlvr import registry
from rlvr.config import from_yaml, resolved_yaml
from rlvr.config.paths import pin
from rlvr.config.schema import SUPERVISED, TrainConfig
from rlvr.engine.run.loop import Outcome, describe_eval
from rlvr.engine.run.scorers import say_sandbox_level
from rlvr.engine.watch.gate import refuse_fooled
from rlvr.errors import CheckpointError, ConfigError, EngineError
from rlvr.observe.metrics import MetricsLog, read_metrics
from rlvr.observe.progress import Progress
from rlvr.observe.provenance import provenance, read_provenance, record_resume, record_start
from rlvr.observe.report import write_report
from rlvr.observe.rollout_rows import truncate_rollouts_after
from rlvr.observe.run_folder import RunFolder
from rlvr.verl.run.cluster import own_cluster, require_gpus
from rlvr.verl.run.collecting import Collector
from rlvr.verl.run.exporting import export, newest_checkpoint
from rlvr.verl.run.judged_samples import forget_judged_after, read_asked
from rlvr.verl.run.launch import launch
from rlvr.verl.run.tail import Tail
from rlvr.verl.settings.mapping import METRICS
from rlvr.verl.settings.preparing import VerlPlan, plan_verl, prepare

EXPORTED: Final = "exported"
"""Folder of a run that is done: the policy after its last step, as a Hugging Face folder."""

_NO_EVALUATION: Final = "trainer.val_before_train=False"


def train(
    config: TrainConfig,
    *,
    console: Console | None = None,
    environment: Mapping[str, str] | None = None,
    limit: float | None = None,
) -> Outcome:
    """Runs a configuration on verl from its beginning.

    Args:
        config: As `rlvr.config.load` gives it.
        console: Where progress goes; standard error by default.
        environment: Of verl's trainer, beside that of this process; `cpu_environment()` for example.
        limit: Seconds after which the trainer is ended.

    Raises:
        RlvrError: Whatever a user can do something about.
        KeyboardInterrupt: Ctrl-C or SIGTERM ended it.
    """
    pin(config)
    if problems := plan_verl(config, Path(config.run.dir) / config.run.name).problems:
        raise ConfigError([str(problem) for problem in problems])  # before there is a folder
    require_gpus(config, environment)
    say_sandbox_level(config)
    refuse_fooled(config, console or Console(stderr=True))
    folder = RunFolder.create(config.run.dir, config.run.name, resolved_yaml(config), recipe=config.recipe)
    plan = prepare(config, folder.path)
    record_start(folder, provenance(seed=config.run.seed, rewards=_identities(config, folder)))
    return _Run(config, folder, console, environment, limit).go(plan, 0)


def resume(
    path: Path,
    *,
    console: Console | None = None,
    accept_changed_rewards: bool = False,
    environment: Mapping[str, str] | None = None,
    limit: float | None = None,
) -> Outcome:
    """Goes on with a run from verl's newest checkpoint.

    Args:
        path: Folder of the run.
        console: Where progress goes.
        accept_changed_rewards: Go on although a reward's source has changed since.
        environment: As for `train`.
        limit: As for `train`.

    Raises:
        CheckpointError: There is nothing to resume from, or a reward has changed.
        KeyboardInterrupt: Ctrl-C or SIGTERM ended it.
    """
    folder = RunFolder.open(path)
    found = newest_checkpoint(folder)
    if found is None:
        raise CheckpointError(f"{path} has no checkpoint yet.", hint="Delete the folder and train again.")
    config = from_yaml(folder.config_path)
    require_gpus(config, environment)
    say_sandbox_level(config)
    identities = _identities(config, folder)
    if read_provenance(folder).get("rewards") != identities and not accept_changed_rewards:
        raise CheckpointError(
            f"A reward has changed since {path} was begun.",
            hint="Restore its source, or add --accept-changed-rewards: the scores will then not be of one meaning.",
        )
    record_resume(folder, provenance(seed=config.run.seed, rewards=identities), step=found[0])
    run = _Run(config, folder, console, environment, limit)
    return run.go(plan_verl(config, folder.path), found[0])


class _Run:
    def __init__(
        self,
        config: TrainConfig,
        folder: RunFolder,
        console: Console | None,
        environment: Mapping[str, str] | None,
        limit: float | None,
    ) -> None:
        self.config, self.folder, self.console = config, folder, console or Console(stderr=True)
        self.environment, self.limit = environment, limit
        self.started = time.perf_counter()
        self.steps = {"sft": config.sft.steps, "cpt": config.cpt.steps}.get(config.stage, config.run.steps)

    def go(self, plan: VerlPlan, start: int) -> Outcome:
        with closing(MetricsLog(self.folder, self.config.run.tensorboard)) as log:
            if start:
                self._cut(log, start)
            earlier = _seconds(self.folder)
            collector = Collector(self.config, self.folder, log)
            if start:
                collector.catch_up(start)
            if start < self.steps:
                self._launch(plan, collector, start)
        self._export()
        return self._outcome(earlier)

    def _cut(self, log: MetricsLog, start: int) -> None:
        """Takes in what the trainer told last, and forgets what it did after the checkpoint."""
        collector = Collector(self.config, self.folder, log)
        for line in Tail(self.folder.path / METRICS).new():
            if int(line["step"]) <= start:
                collector.step(int(line["step"]), line["data"])
        log.truncate_after(start)
        truncate_rollouts_after(self.folder, start)
        forget_judged_after(self.folder.path, start)

    def _launch(self, plan: VerlPlan, collector: Collector, start: int) -> None:
        resumes = start and self.config.stage not in SUPERVISED
        known = {**os.environ, **(self.environment or {})}
        command = [*plan.command, *own_cluster(self.config, known), *([_NO_EVALUATION] if resumes else [])]
        with Progress(self.config.stage, self.steps, start=start, console=self.console) as progress:

            def tell(step: int, data: dict[str, Any]) -> None:
                metrics = collector.step(step, data)
                if scores := {key: value for key, value in metrics.items() if key.startswith("eval/")}:
                    when = "before" if not step else "after" if step == self.steps else f"step {step}"
                    progress.note(describe_eval(when, scores))
                if step:
                    progress.step(step, metrics)

            progress.note(f"Starting verl, which takes a minute or more; it prints to {self.folder.path}/verl.log")
            done = launch(command, self.folder.path, environment=self.environment, limit=self.limit, on_step=tell)
        if done.succeeded and done.step >= self.steps:
            return
        write_report(self.folder)
        if done.interrupted:
            self.console.print(f"Stopped at once. {self._way_on()}", highlight=False, soft_wrap=True)
            raise KeyboardInterrupt
        raise EngineError(
            f"verl ended before the run's last step, after step {done.step or start}. "
            f"{done.cause or 'It told of no error.'}",
            hint=f"All it printed is in {done.log}. {self._way_on()}",
        )

    def _export(self) -> None:
        target = self.folder.path / EXPORTED
        if target.is_dir():
            return
        try:
            export(self.folder.path, target)
        except CheckpointError as error:  # the run is whole without
            self.console.print(f"Not exported: {error}", style="yellow", markup=False, highlight=False, soft_wrap=True)
        else:
            self.console.print(f"The policy as a Hugging Face folder: {target}", highlight=False, soft_wrap=True)

    def _way_on(self) -> str:
        found = newest_checkpoint(self.folder)
        if found is None:
            return "There is no checkpoint yet."
        return f"The newest checkpoint is {found[1]}. Go on with: rlvr resume {self.folder.path}"

    def _outcome(self, earlier: float) -> Outcome:
        lines = [line for line in read_metrics(self.folder) if "stage" not in line]
        evaluations = [line for line in lines if any(key.startswith("eval/") for key in line)]
        step = max((int(line["step"]) for line in lines), default=0)
        return Outcome(
            folder=self.folder.path,
            report=write_report(self.folder),
            before=_numbers(evaluations[0]) if evaluations and not evaluations[0]["step"] else {},
            after=_numbers(evaluations[-1]) if evaluations else {},
            seconds=earlier + time.perf_counter() - self.started,
            step=step,
            finished=step >= self.steps,
            interrupted=False,
            mixtures={},
        )


def _identities(config: TrainConfig, folder: RunFolder) -> list[str]:
    """Of all rewards that the run's tasks name."""
    if config.stage in SUPERVISED:
        return []
    files = [path for name in ("train", "eval") if (path := folder.path / "data" / f"{name}.parquet").is_file()]
    names = {asked.task.reward for path in files for asked in read_asked(path)}
    return sorted(registry.get(name).identity for name in names if name)


def _seconds(folder: RunFolder) -> float:
    """Spent in the steps so far."""
    known = [line.get(key) for line in read_metrics(folder) for key in ("seconds/step", "eval/seconds")]
    return fsum(seconds for seconds in known if seconds)


def _numbers(line: Mapping[str, Any]) -> dict[str, float]:
    return {key: value for key, value in line.items() if key.startswith("eval/") and value is not None}
