"""No run begins on a reward that can be had without solving a task."""

from __future__ import annotations

from rich.console import Console

from rlvr.config.schema import SUPERVISED, TrainConfig
from rlvr.engine.run.data import task_streams
from rlvr.errors import FooledRewardError
from rlvr.sample import Task
from rlvr.testing import fooled, probe, subject_of
from rlvr.testing.probing.probing import told

_LOOKED_AT = 64
_PROBED = 6
_SECONDS = 3.0
_HINT = (
    "Training would find such a text. Mend the reward (`rlvr probe` shows more), let texts that ignore the question "
    "score a little above the floor (scoring.probe_margin=0.1), or train nevertheless (scoring.probe=warn)."
)


def refuse_fooled(config: TrainConfig, console: Console) -> None:
    """Probes the rewards of a run on the first of its own tasks, as `scoring.probe` asks for it.

    It takes a second where a reward is quick, and ends after three where it is slow; what was not tried by then is
    left to `rlvr probe`. Stages that learn from demonstrations alone are let through.

    Args:
        config: Validated.
        console: Where a warning goes.

    Raises:
        FooledRewardError: A text that ignores the question scores, and `scoring.probe` is `refuse`.
    """
    judged_by_model = config.stage == "wpo" and config.wpo.reward_model
    if config.scoring.probe == "off" or config.stage in SUPERVISED or judged_by_model:
        return
    tasks: dict[str, list[Task]] = {}
    for stream in task_streams(config.data, config.eval, seed=config.run.seed).train.values():
        for task in stream.take(0, _LOOKED_AT):
            if name := task.reward or config.reward:  # in wpo a task may be judged by the scores that it brings
                tasks.setdefault(name, []).append(task)
    for name, own in tasks.items():
        subject = subject_of(name)  # whose golden cases say how an answer is written
        with subject.scorer:
            share = _SECONDS / len(tasks)
            findings = probe(subject, own, margin=config.scoring.probe_margin, most_tasks=_PROBED, seconds=share)
        found = fooled(findings)
        if not found:
            continue
        error = FooledRewardError(f"The reward `{name}` is fooled: {told(found[0])}", hint=_HINT)
        if config.scoring.probe == "refuse":
            raise error
        console.print(f"Warning: {error.message}", style="yellow", markup=False, highlight=False, soft_wrap=True)
