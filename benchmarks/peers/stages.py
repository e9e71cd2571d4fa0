"""Where the seconds of `rlvr`'s step go: functions of the engine wrapped with clocks, in a pass of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any, Final

from peers.rlvr_run import run_rlvr
from peers.setting import Setting
from peers.turns import Turns

# In the order of the table. Names of the engine, and not its public ones: a change there must change this list.
STAGES: Final[dict[str, tuple[str, ...]]] = {
    "prompts": ("rlvr.engine.run.session:Session.encode",),
    "prefill": (),
    "decode": ("rlvr.engine.rollout.generation:_Batch._forward",),
    "sample": ("rlvr.engine.rollout.generation:_Batch._draw",),
    "text of tokens": ("rlvr.engine.run.collect:decode",),
    "score": ("rlvr.scoring.scorer:Scorer.score",),
    "rest of the rollout": ("rlvr.recipes.grpo:collect",),
    "advantages": ("rlvr.recipes.grpo:train_batch",),
    "forward": ("rlvr.engine.policy.policy:Policy.log_probs",),
    "backward": ("torch:Tensor.backward",),
    "optimiser": ("rlvr.engine.policy.policy:Policy.step",),
    "loss, rest of the update": ("rlvr.engine.run.actors:Actors.update",),
    "rollout rows": ("rlvr.recipes.grpo:rollout_rows", "rlvr.recipes.grpo:write_rollouts"),
    "metrics": (
        "rlvr.recipes.grpo:Grpo._statistics",
        "rlvr.observe.metrics:MetricsLog.write",
        "rlvr.engine.run.scorers:Scorers.latency",
    ),
}
GENERATION: Final = ("prefill", "decode", "sample")
UPDATE: Final = ("forward", "backward")


class Stopwatch:
    """Seconds by stage; time inside an inner stage is not the outer one's.

    Args:
        seconds: Where they are added.
    """

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._running: Any = threading.local()

    def around(self, stage: Callable[..., str], function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed.

        Args:
            stage: From the function's arguments to the name of the stage.
            function: What is called.
        """

        @wraps(function)
        def timed(*args: Any, **options: Any) -> Any:
            name = stage(*args)
            inner = self._inner()
            inner.append(0.0)
            start = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                elapsed = time.perf_counter() - start
                self._seconds[name] = self._seconds.get(name, 0.0) + elapsed - inner.pop()
                if inner:
                    inner[-1] += elapsed

        return timed

    def _inner(self) -> list[float]:
        inner: list[float] | None = getattr(self._running, "inner", None)
        if inner is None:
            inner = self._running.inner = []
        return inner


def run_with_clocks(setting: Setting, turns: Turns) -> None:
    """`run_rlvr`, whose notes are the seconds that all steps so far have spent in each stage."""
    stopwatch = Stopwatch(turns.notes)
    for stage, targets in STAGES.items():
        for target in targets:
            _wrap(target, _forward_stage if stage == "decode" else _always(stage), stopwatch)
    run_rlvr(setting, turns)


def _wrap(target: str, stage: Callable[..., str], stopwatch: Stopwatch) -> None:
    module, _, path = target.partition(":")
    owner: Any = import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    setattr(owner, name, stopwatch.around(stage, getattr(owner, name)))


def _always(stage: str) -> Callable[..., str]:
    return lambda *_: stage


def _forward_stage(batch: object, ids: object, seen: int) -> str:
    return "decode" if seen else "prefill"
