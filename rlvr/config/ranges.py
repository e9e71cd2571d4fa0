"""Which numbers and which names each key takes: what can be said of a key without looking at any other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from rlvr.algorithms.names import ADVANTAGE_NAMES, AGGREGATION_MODES, KL_KINDS, POLICY_LOSS_NAMES, REWARD_SCALES
from rlvr.config.problem import Problem
from rlvr.config.recipes import choices
from rlvr.config.schema import TrainConfig
from rlvr.errors import did_you_mean


@dataclass(frozen=True)
class Range:
    """Finite numbers between two ends.

    >>> str(Range(0, 1, above=True)), Range(0, 1, above=True).holds(0)
    ('above 0 and at most 1', False)
    """

    low: float
    high: float = math.inf
    above: bool = False
    below: bool = False

    def holds(self, value: float) -> bool:
        """Whether `value` lies within."""
        low = value > self.low if self.above else value >= self.low
        high = value < self.high if self.below else value <= self.high
        return low and high and math.isfinite(value)

    def __str__(self) -> str:
        low = f"above {self.low:g}" if self.above else f"at least {self.low:g}"
        if math.isinf(self.high):
            return low
        return f"{low} and {'below' if self.below else 'at most'} {self.high:g}"


_COUNT = Range(1)
_FROM_ZERO = Range(0)
_POSITIVE = Range(0, above=True)

_SINGLE: dict[str, Range] = {
    "run.seed": _FROM_ZERO,
    "run.steps": _FROM_ZERO,
    "run.checkpoint_every": _FROM_ZERO,
    "run.keep_checkpoints": _COUNT,
    "data.holdout": _FROM_ZERO,
    "data.max_prompt_tokens": _COUNT,
    "data.curriculum.low": Range(0, 1),
    "data.curriculum.high": Range(0, 1),
    "data.curriculum.outside": Range(0, 1),
    "data.curriculum.memory": Range(0, 1, below=True),
    "eval.size": _COUNT,
    "eval.every": _FROM_ZERO,
    "eval.temperature": _FROM_ZERO,
    "rollout.max_new_tokens": _COUNT,
    "rollout.temperature": _POSITIVE,
    "rollout.top_k": _FROM_ZERO,
    "rollout.top_p": Range(0, 1, above=True),
    "rollout.batch_size": _COUNT,
    "rollout.gpu_memory": Range(0, 1, above=True),
    "algorithm.prompts_per_step": _COUNT,
    "algorithm.mini_batches": _COUNT,
    "algorithm.epochs": _COUNT,
    "algorithm.redraws": _FROM_ZERO,
    "algorithm.clip_low": _FROM_ZERO,
    "algorithm.clip_high": _FROM_ZERO,
    "algorithm.dual_clip": Range(1, above=True),
    "algorithm.kl.coef": _FROM_ZERO,
    "algorithm.entropy_coef": _FROM_ZERO,
    "algorithm.importance_cap": _POSITIVE,
    "algorithm.overlong_buffer": _FROM_ZERO,
    "algorithm.overlong_penalty": _FROM_ZERO,
    "model.lora.rank": _FROM_ZERO,
    "model.lora.alpha": _POSITIVE,
    "data.shuffle_window": _COUNT,
    "cpt.steps": _FROM_ZERO,
    "cpt.batch_size": _COUNT,
    "cpt.sequence_tokens": Range(2),
    "sft.steps": _FROM_ZERO,
    "sft.batch_size": _COUNT,
    "sft.max_tokens": Range(2),
    "wpo.steps": _FROM_ZERO,
    "wpo.batch_size": _COUNT,
    "wpo.candidates": _FROM_ZERO,
    "wpo.min_gap": _FROM_ZERO,
    "wpo.beta": _POSITIVE,
    "wpo.most_weight": _POSITIVE,
    "wpo.label_smoothing": Range(0, 0.5, below=True),
    "scoring.workers": _COUNT,
    "scoring.floor": Range(-math.inf),
    "scoring.max_error_rate": Range(0, 1),
    "scoring.probe_margin": Range(0, 1),
    "engine.ranks": _COUNT,
    "engine.threads": _FROM_ZERO,
    "engine.tokens_per_micro_batch": _COUNT,
    "engine.verl.gpus_per_node": _COUNT,
    "engine.verl.tensor_parallel": _COUNT,
    "engine.verl.reward_workers": _COUNT,
}
_OPTIM: dict[str, Range] = {
    "lr": _POSITIVE,
    "warmup_steps": _FROM_ZERO,
    "weight_decay": _FROM_ZERO,
    "betas": Range(0, 1, below=True),
    "eps": _POSITIVE,
    "max_grad_norm": _POSITIVE,
}
_RANGES = _SINGLE | {
    f"{section}.{name}": it
    for section in ("optim", "cpt.optim", "sft.optim", "wpo.optim")
    for name, it in _OPTIM.items()
}

_WHY = {
    "rollout.temperature": " Training needs samples that differ.",
    "algorithm.dual_clip": " `null` is for none.",
    "algorithm.importance_cap": " `null` is for none.",
    "wpo.most_weight": " `null` is for none.",
}


@cache
def allowed_names() -> dict[str, tuple[str, ...]]:
    """The names each key takes, for the keys that take names.

    >>> allowed_names()["engine.actors"]
    ('ray', 'inline')
    """
    from importlib.metadata import entry_points

    schedules = ("constant", "linear", "cosine")
    return {
        "stage": tuple(sorted(entry_points(group="rlvr.stages").names)),
        "model.dtype": ("float32", "bfloat16"),
        "rollout.backend": choices("rollout"),
        "algorithm.advantage": ADVANTAGE_NAMES,
        "algorithm.reward_scale": REWARD_SCALES,
        "algorithm.loss": POLICY_LOSS_NAMES,
        "algorithm.aggregation": AGGREGATION_MODES,
        "algorithm.kl.kind": KL_KINDS,
        "algorithm.kl.place": ("loss", "reward"),
        "algorithm.old_log_probs": ("policy", "rollout"),
        "optim.schedule": schedules,
        "cpt.optim.schedule": schedules,
        "sft.optim.schedule": schedules,
        "wpo.optim.schedule": schedules,
        "data.weigh_by": ("documents", "tokens"),
        "scoring.on_error": ("mask", "floor", "raise"),
        "scoring.probe": ("refuse", "warn", "off"),
        "scoring.canaries": ("off", "warn", "stop"),
        "sandbox.require": ("strict", "standard", "none"),
        "engine.kind": choices("engine"),
        "engine.actors": ("ray", "inline"),
        "engine.device": ("auto", "cpu", "cuda"),
    }


def check_numbers(config: TrainConfig) -> Iterator[Problem]:
    """Numbers outside their range."""
    for key, allowed in _RANGES.items():
        value: Any = attrgetter(key)(config)
        if value is None:
            continue
        for number in value if isinstance(value, tuple) else (value,):  # pyright: ignore[reportUnknownVariableType]
            if not allowed.holds(number):  # pyright: ignore[reportUnknownArgumentType]
                yield Problem(key, f"`{number}` must be {allowed}.{_WHY.get(key, '')}")


def check_names(config: TrainConfig) -> Iterator[Problem]:
    """Names nobody knows."""
    for key, names in allowed_names().items():
        value: str = attrgetter(key)(config)
        if value not in names:
            suggestion = did_you_mean(value, names, cutoff=0.7)
            yield Problem(key, f"there is no `{value}`.{suggestion} It is one of {', '.join(names)}.")
