"""`rlvr` as a user runs it: `train` of `rlvr.engine.run.loop`, with scoring, rollout rows, metrics and TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from typing_extensions import override

from peers.setting import MAX_GRAD_NORM, NEW_TOKENS, PROMPTS, SAMPLES, Setting
from peers.turns import Turns
from rlvr.config import load
from rlvr.config.schema import TrainConfig
from rlvr.engine.run import actors, loop
from rlvr.engine.run.worker import PolicyWorker
from rlvr.observe.progress import Progress


class EndlessWorker(PolicyWorker):
    """A policy worker whose completions all run to the length limit: no token ends them."""

    @override
    def __init__(self, config: TrainConfig, rank: int = 0, address: str = "") -> None:
        super().__init__(config, rank, address)
        self.vocabulary = replace(self.vocabulary, stop=(-1,))


def run_rlvr(setting: Setting, turns: Turns, overrides: Sequence[str] = ()) -> None:
    """Makes the steps of the setting.

    Args:
        setting: What is measured.
        turns: Asked before and told after each step.
        overrides: Further configuration.
    """

    class TurnsProgress(Progress):
        """The loop ends each step by telling its progress."""

        @override
        def __enter__(self) -> TurnsProgress:
            super().__enter__()
            turns.begin()
            return self

        @override
        def step(self, step: int, metrics: Mapping[str, float]) -> None:
            super().step(step, metrics)
            turns.step_done(metrics["reward/mean"])

    changed: list[tuple[Any, str, type]] = [(actors, "PolicyWorker", EndlessWorker), (loop, "Progress", TurnsProgress)]
    for module, name, substitute in changed:
        assert hasattr(module, name), f"{module.__name__} has no {name} any more"
        setattr(module, name, substitute)
    loop.train(load("grpo", [*configuration(setting), *overrides]))


def configuration(setting: Setting) -> list[str]:
    """What the setting is called in `rlvr`."""
    return [
        f"reward={Path(__file__).with_name('digits.py')}:digits",
        "scoring.probe=off",  # what is timed is the step
        f"run.dir={setting.work}",
        f"run.seed={setting.seed}",
        f"run.steps={setting.steps}",
        "run.checkpoint_every=0",
        f"model.path={setting.model}",
        "model.gradient_checkpointing=false",
        f"data.tasks={setting.tasks}",
        "data.shuffle=false",
        f"rollout.max_new_tokens={NEW_TOKENS}",
        f"rollout.batch_size={PROMPTS * SAMPLES}",
        f"algorithm.group_size={SAMPLES}",
        f"algorithm.prompts_per_step={PROMPTS}",
        f"optim.lr={setting.learning_rate}",
        f"optim.max_grad_norm={MAX_GRAD_NORM}",
        "optim.warmup_steps=0",
        "engine.actors=inline",
        "engine.device=cpu",
        "engine.threads=1",
    ]
