"""The loop around every stage: steps, evaluations, checkpoints, what is written down, and how a run ends."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from rlvr.config import from_yaml, resolved_yaml
from rlvr.config.paths import pin
from rlvr.config.schema import SUPERVISED, OptimConfig, TrainConfig
from rlvr.engine.policy import checkpoint
from rlvr.engine.run.actors import start_actors
from rlvr.engine.run.interruption import asked_to_end
from rlvr.engine.run.scorers import say_sandbox_level
from rlvr.engine.run.session import Session, State
from rlvr.engine.watch.gate import refuse_fooled
from rlvr.errors import CheckpointError, ConfigError, EngineError
from rlvr.observe.groups import latency_metrics
from rlvr.observe.metrics import MetricsLog
from rlvr.observe.progress import Progress
from rlvr.observe.provenance import provenance, record_resume, record_start
from rlvr.observe.report import write_report
from rlvr.observe.rollout_rows import truncate_rollouts_after
from rlvr.observe.run_folder import RunFolder

_SHOWN = ("eval/strict", "eval/lenient", "eval/judged", "eval/margin", "eval/bits_per_byte", "eval/loss")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Stage(Protocol):
    """A source of batches and a loss; found by entry point (`rlvr.stages`) and made with the session."""

    name: str
    steps: int
    optim: OptimConfig
    evaluates: bool
    best: str | None  # the held-out measure whose lowest value marks the checkpoint to keep

    def step(self, step: int) -> dict[str, float]:
        """Does step number `step`, from 0; returns its metrics."""
        ...

    def evaluate(self) -> dict[str, float]:
        """Measures held-out tasks and texts; nothing where there are none."""
        ...

    def done(self, step: int) -> bool:
        """Whether the stage may end after `step` steps, before its last."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        folder: Where it lies.
        report: Its report page.
        before: Held-out scores at the start of the last stage.
        after: Held-out scores at its end.
        seconds: Spent training, over all resumes.
        step: Steps done.
        finished: False when it was interrupted.
        interrupted: Somebody asked it to stop, perhaps in its very last step.
        mixtures: For each stage that learned from a mixture, what that really contained.
    """

    folder: Path
    report: Path
    before: dict[str, float]
    after: dict[str, float]
    seconds: float
    step: int
    finished: bool
    interrupted: bool
    mixtures: dict[str, dict[str, Any]]


def train(config: TrainConfig, *, console: Console | None = None) -> Outcome:
    """Runs a configuration from its beginning.

    Args:
        config: As `rlvr.config.load` gives it.
        console: Where progress goes; standard error by default.

    Raises:
        RlvrError: Whatever a user can do something about.
    """
    _be_ours(config)
    pin(config)
    say_sandbox_level(config)
    refuse_fooled(config, console or Console(stderr=True))
    folder = RunFolder.create(config.run.dir, config.run.name, resolved_yaml(config), recipe=config.recipe)
    return _Run(config, folder, console).go(None)


def resume(path: Path, *, console: Console | None = None, accept_changed_rewards: bool = False) -> Outcome:
    """Goes on with a run from its newest checkpoint, on the same trajectory.

    Args:
        path: Folder of the run.
        console: Where progress goes.
        accept_changed_rewards: Go on although a reward's source has changed since.

    Raises:
        CheckpointError: There is nothing to resume from, or a reward has changed.
    """
    folder = RunFolder.open(path)
    newest = checkpoint.newest(folder.checkpoints_dir)
    if newest is None:
        raise CheckpointError(f"{path} has no checkpoint yet.", hint="Delete the folder and train again.")
    config = from_yaml(folder.config_path)
    _be_ours(config)
    say_sandbox_level(config)
    run = _Run(config, folder, console)
    return run.go(newest, accept_changed_rewards=accept_changed_rewards)


def engine_of(path: Path) -> str:
    """The engine of the run in a folder.

    Raises:
        CheckpointError: There is no run.
    """
    return from_yaml(RunFolder.open(path).config_path).engine.kind


def _be_ours(config: TrainConfig) -> None:
    if config.engine.kind != "embedded":
        raise EngineError(f"engine.kind=`{config.engine.kind}` is no engine of this process; see docs/verl.md.")


def export(path: Path, target: Path, *, best: bool = False) -> int:
    """Writes the policy of a run's newest checkpoint as a Hugging Face folder; returns the step it is from.

    Args:
        path: Folder of the run.
        target: Folder to write.
        best: Of the checkpoint with the lowest held-out loss instead.

    Raises:
        CheckpointError: There is no checkpoint, the target is not empty, or the reloaded logits differ.
    """
    folder = RunFolder.open(path)
    newest = checkpoint.newest(folder.checkpoints_dir)
    if newest is None:
        raise CheckpointError(f"{path} has no checkpoint yet.")
    if best:
        newest = _best(folder, newest)
    config = from_yaml(folder.config_path)
    config.engine.actors, config.engine.ranks = "inline", 1
    actors = start_actors(config)
    try:
        actors.load(newest)
        actors.export(target)
    finally:
        actors.close()
    return int(checkpoint.read_state(newest)["step"])


def _best(folder: RunFolder, newest: Path) -> Path:
    kept = checkpoint.read_state(newest).get("best", {})
    if not kept:
        raise CheckpointError(
            f"{folder.path} has no best checkpoint.",
            hint="Runs of cpt and sft keep one by their held-out loss (`holdout` of a source, or data.holdout).",
        )
    return folder.checkpoints_dir / kept["checkpoint"]


class _Run:
    def __init__(self, config: TrainConfig, folder: RunFolder, console: Console | None) -> None:
        self.config, self.folder, self.console = config, folder, console
        self.started = time.perf_counter()

    def go(self, newest: Path | None, *, accept_changed_rewards: bool = False) -> Outcome:
        try:
            return self._go(newest, accept_changed_rewards=accept_changed_rewards)
        except KeyboardInterrupt:
            console = self.console or Console(stderr=True)
            console.print(f"Stopped at once. {self._way_on()}", highlight=False, soft_wrap=True)
            raise
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise CheckpointError(f"There is no room on the disk: {error}", hint=self._way_on()) from error

    def _way_on(self) -> str:
        newest = checkpoint.newest(self.folder.checkpoints_dir)
        if newest is None:
            return "There is no checkpoint yet."
        return f"The newest checkpoint is {newest}. Go on with: rlvr resume {self.folder.path}"

    def _go(self, newest: Path | None, *, accept_changed_rewards: bool = False) -> Outcome:
        with (
            closing(Session(self.config, self.folder)) as session,
            closing(MetricsLog(self.folder, self.config.run.tensorboard)) as log,
        ):
            # The first asks for a checkpoint and an end after this step.
            with asked_to_end(twice_at_once=True) as interrupted:
                if newest is None:
                    record_start(self.folder, provenance(seed=self.config.run.seed, rewards=session.identities()))
                else:
                    self._restore(session, log, newest, accept_changed_rewards=accept_changed_rewards)
                finished = self._stages(session, log, interrupted)
            return self._outcome(session, finished=finished, interrupted=interrupted())

    def _restore(self, session: Session, log: MetricsLog, newest: Path, *, accept_changed_rewards: bool) -> None:
        kept = checkpoint.read_state(newest)
        identities = session.identities()
        if kept.pop("rewards") != identities and not accept_changed_rewards:
            raise CheckpointError(
                f"A reward has changed since {newest} was written.",
                hint="Restore its source, or add --accept-changed-rewards: the trajectory will then not be the same.",
            )
        session.state = State(**kept)
        stage = session.state.stage
        log.truncate_after(session.state.stage_step, stage=self._log_name(stage))
        truncate_rollouts_after(self.folder, 0 if self._log_name(stage) else session.state.stage_step)
        started = provenance(seed=self.config.run.seed, rewards=identities)
        record_resume(self.folder, started, step=session.state.step)
        session.actors.start_stage(_stage(stage, session).optim, _stage(stage, session).steps)
        session.actors.load(newest)

    def _stages(self, session: Session, log: MetricsLog, interrupted: Callable[[], bool]) -> bool:
        names = stage_names(self.config)
        state = session.state
        resumed = state.stage
        for name in names[names.index(resumed) + state.stage_done if resumed else 0 :]:
            stage = _stage(name, session)
            if name != resumed:
                state.stage, state.stage_step, state.stage_done = name, 0, False
                session.actors.start_stage(stage.optim, stage.steps)
            if not self._stage_steps(session, stage, log, interrupted):
                return False
        return True

    def _stage_steps(self, session: Session, stage: Stage, log: MetricsLog, interrupted: Callable[[], bool]) -> bool:
        state = session.state
        with Progress(stage.name, stage.steps, start=state.stage_step, console=self.console) as progress:
            state.stage_done |= stage.steps == 0
            if stage.evaluates and "before" not in state.evals and (found := stage.evaluate()):
                state.evals["before"] = state.evals["last"] = found
                log.write(0, found, stage=self._log_name(stage.name))
                progress.note(describe_eval("before", found))
            while not state.stage_done:
                if interrupted():
                    progress.note("Stopping: writing a checkpoint first.")
                    self._checkpoint(session)
                    return False
                metrics = stage.step(state.stage_step)
                for text in session.canaries.take_news():
                    progress.note(text)
                state.stage_step, state.step = state.stage_step + 1, state.step + 1
                state.stage_done = state.stage_step == stage.steps or stage.done(state.stage_step)
                found = stage.evaluate() if stage.evaluates and self._is_due(self.config.eval.every, state) else {}
                if found:
                    state.evals["last"] = found
                    metrics |= found
                better = self._is_best(stage, state, found)
                metrics |= latency_metrics(session.scorers.latency())
                log.write(state.stage_step, metrics, stage=self._log_name(stage.name))
                progress.step(state.stage_step, metrics)
                if better or self._is_due(self.config.run.checkpoint_every, state):
                    self._checkpoint(session)
            if stage.evaluates and state.evals:
                progress.note(describe_eval("after", state.evals["last"]))
        return True

    def _is_best(self, stage: Stage, state: State, found: dict[str, float]) -> bool:
        """Whether the held-out loss is lower than ever in this stage; then remembers so."""
        value = found.get(stage.best or "")
        if value is None or not self.config.eval.keep_best:
            return False
        if state.best and state.best["stage"] == stage.name and not value < state.best["value"]:
            return False
        state.best = {"stage": stage.name, "value": value, "step": state.step, "checkpoint": _name(state.step)}
        return True

    @staticmethod
    def _is_due(every: int, state: State) -> bool:
        return state.stage_done or (every > 0 and state.stage_step % every == 0)

    def _checkpoint(self, session: Session) -> None:
        session.state.seconds += time.perf_counter() - self.started
        self.started = time.perf_counter()
        state = asdict(session.state) | {"rewards": session.identities()}
        session.write_mixtures()
        spare = str(session.state.best.get("checkpoint", ""))
        keep, name = self.config.run.keep_checkpoints, _name(session.state.step)
        checkpoint.write(self.folder.checkpoints_dir, name, state, session.actors.save, keep=keep, spare=spare)

    def _log_name(self, stage: str) -> str:
        """The main stage's steps are the run's steps; earlier stages are logged under their own names."""
        return "" if stage == self.config.stage else stage

    def _outcome(self, session: Session, *, finished: bool, interrupted: bool) -> Outcome:
        state = session.state
        return Outcome(
            folder=self.folder.path,
            report=write_report(self.folder),
            before=state.evals.get("before", {}),
            after=state.evals.get("last", {}),
            seconds=state.seconds + time.perf_counter() - self.started,
            step=state.step,
            finished=finished,
            interrupted=interrupted,
            mixtures=session.write_mixtures(),
        )


def _name(step: int) -> str:
    return f"step-{step:08d}"


def stage_names(config: TrainConfig) -> list[str]:
    """The stages a run goes through: supervised warm-up where it has steps, then the main stage."""
    warm_up = ["sft"] if config.stage not in SUPERVISED and config.sft.steps else []
    return [*warm_up, config.stage]


def _stage(name: str, session: Session) -> Stage:
    points = entry_points(group="rlvr.stages", name=name)
    if not points:
        known = ", ".join(sorted(entry_points(group="rlvr.stages").names))
        raise ConfigError([f"stage: there is no `{name}`. It is one of {known}."])
    return next(iter(points)).load()(session)


def describe_eval(when: str, scores: Mapping[str, float]) -> str:
    """Held-out scores in a line."""
    shown = [f"{key.removeprefix('eval/').replace('_', ' ')} {scores[key]:.3f}" for key in _SHOWN if key in scores]
    return f"held out, {when}: {', '.join(shown)}"
