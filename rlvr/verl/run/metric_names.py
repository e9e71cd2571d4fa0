"""What verl's metrics are called here: the embedded engine's names where they mean the same, `verl/...` elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rlvr.config.schema import SUPERVISED, TrainConfig

NAMES: Final = {
    "actor/loss": "loss",
    "actor/grad_norm": "grad_norm",
    "actor/entropy": "entropy",
    "actor/ppo_kl": "kl/old",
    "rollout_corr/k3_kl": "gap/kl",
    "timing_s/gen": "seconds/generate",
    "timing_s/update_actor": "seconds/update",
    "timing_s/update_weights": "seconds/sync",
    "timing_s/step": "seconds/step",
    "timing_s/testing": "eval/seconds",
}
"""Of a step of reinforcement learning. Not among them, because verl means something else by it:

* `actor/lr` and `train/lr`, which are those of the next step (`learning_rate` gives that of this one);
* `actor/pg_clipfrac`, which counts the tokens of both bounds together;
* `training/rollout_probs_diff_*`, of probabilities and not of their logarithms;
* `critic/score/*` and `critic/rewards/*`, which read NaN where a sample is masked; what the judged samples say stands
  for them.
"""

_SUPERVISED: Final = {"train/grad_norm": "grad_norm", "val/loss": "eval/loss"}
_LEARNING_RATES: Final = ("verl/actor/lr", "verl/train/lr")


def renamed(data: Mapping[str, Any], config: TrainConfig) -> dict[str, float]:
    """The metrics of a step under our names; what is no number, or unknown in this step, is left out.

    Args:
        data: As verl logs them.
        config: Of the run.

    >>> renamed({"actor/loss": 0.5, "perf/throughput": 12.0, "critic/score/mean": None}, TrainConfig())
    {'loss': 0.5, 'verl/perf/throughput': 12.0}
    """
    names = _names(config)
    numbers = {key: value for key, value in data.items() if isinstance(value, int | float)}
    return {names.get(key, f"verl/{key}"): float(value) for key, value in numbers.items()}


def learning_rate(earlier: Mapping[str, float] | None, config: TrainConfig) -> float:
    """That of the step's updates; verl logs what its schedule says after them.

    Args:
        earlier: The metrics of the step before, if there is one.
        config: Of the run.

    >>> learning_rate({"verl/actor/lr": 0.001}, TrainConfig())
    0.001
    """
    told = [earlier[name] for name in _LEARNING_RATES if earlier and name in earlier]
    if told:
        return told[0]
    optim = {"sft": config.sft.optim, "cpt": config.cpt.optim}.get(config.stage, config.optim)
    return 0.0 if optim.warmup_steps else optim.lr


def _names(config: TrainConfig) -> dict[str, str]:
    if config.stage in SUPERVISED:
        return {**_SUPERVISED, "train/loss": f"{config.stage}/loss"}
    if config.algorithm.kl.place == "loss" and config.algorithm.aggregation == "token-mean":
        return {**NAMES, "actor/kl_loss": "kl/reference"}  # otherwise it is weighted as the loss is
    return NAMES
