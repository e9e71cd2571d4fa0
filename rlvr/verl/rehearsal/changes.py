"""What a rehearsal sets otherwise than its recipe, and why; everything else is as the cluster would have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, Final

from omegaconf import DictConfig, OmegaConf

from rlvr.config.schema import TrainConfig
from rlvr.config.task_sources import task_settings
from rlvr.sample import is_object
from rlvr.verl.cpu_platform import OVERRIDES

STEPS: Final = 3
"""The third step trains on samples of weights that were trained twice."""

_PROMPTS: Final = 4
_GROUP: Final = 2
_HELD_OUT: Final = 2
_NEW_TOKENS: Final = 32
_LOGITS: Final = 2**26
"""Numbers of one forward pass's logits: a quarter of a gigabyte."""

_VERL: Final = {
    "trainer.save_freq": ("-1", "not needed"),
    "trainer.test_freq": ("-1", "evaluated once, before training"),
    "trainer.resume_mode": ("disable", "not needed"),
    "++ray_kwargs.ray_init.include_dashboard": ("False", "not needed"),
}
"""In verl's own words, beside what every run on a CPU is told."""


@dataclass(frozen=True, slots=True)
class Change:
    """A key that the rehearsal sets.

    Attributes:
        key: Ours, or one of verl's.
        recipe: Its value in the recipe.
        rehearsal: Its value here.
        why: What for.
    """

    key: str
    recipe: object
    rehearsal: object
    why: str


def changes(config: TrainConfig, *, longest_prompt: int, vocabulary: int, steps: int = STEPS) -> list[Change]:
    """What has to be otherwise on a CPU and in minutes; a key that is so already is left out.

    Args:
        config: The recipe's.
        longest_prompt: Tokens of the longest prompt of the rehearsal.
        vocabulary: Tokens of its model.
        steps: To be trained.
    """
    found = [
        Change(key, value, new, why)
        for key, new, why in _wanted(config, longest_prompt, vocabulary, steps)
        if (value := value_of(config, key)) != new
    ]
    return [*found, *_sources(config)]


def changed(config: TrainConfig, wanted: Sequence[Change], model: Path) -> TrainConfig:
    """The rehearsal's configuration.

    Args:
        config: The recipe's, which stays as it is.
        wanted: As `changes` has them.
        model: Folder of the small model.
    """
    made = deepcopy(config)
    for change in wanted:
        section, _, name = change.key.rpartition(".")
        target = value_of(made, section) if section else made
        if isinstance(target, dict):
            target[name] = change.rehearsal
        else:
            setattr(target, name, change.rehearsal)
    made.model.path, made.model.init = str(model), None
    made.engine.verl.overrides = [*config.engine.verl.overrides, *_told()]
    return made


def told_verl(before: DictConfig) -> list[Change]:
    """What verl is told beside what follows from our keys.

    Args:
        before: verl's configuration, composed of what the recipe tells it.
    """
    whys = {key.lstrip("+"): why for key, (_, why) in _VERL.items()}
    found: list[Change] = []
    for override in _told():
        key, _, value = override.partition("=")
        name = key.lstrip("+")
        found.append(Change(name, OmegaConf.select(before, name), value, whys.get(name, "for two cores without a GPU")))
    return [change for change in found if str(change.recipe) != change.rehearsal]


def prompts_per_step(config: TrainConfig) -> int:
    """Tasks in a step of the rehearsal: a few, of each source one, and whole mini-batches.

    >>> from rlvr.config import load
    >>> prompts_per_step(load("grpo", ["algorithm.mini_batches=8"]))
    8
    """
    algorithm, parts = config.algorithm, config.algorithm.mini_batches
    least = max(_PROMPTS, len(task_settings(config.data)))
    return min(algorithm.prompts_per_step, -(-least // parts) * parts)


def value_of(config: Any, key: str) -> Any:
    """What a dotted key holds.

    >>> value_of(TrainConfig(), "algorithm.kl.coef")
    0.0
    """
    return reduce(_part, key.split("."), config)


def _part(whole: Any, name: str) -> Any:
    return whole[name] if is_object(whole) else getattr(whole, name)


def _told() -> list[str]:
    return [*OVERRIDES, *(f"{key}={value}" for key, (value, _) in _VERL.items())]


def _wanted(config: TrainConfig, longest: int, vocabulary: int, steps: int) -> Iterator[tuple[str, Any, str]]:
    """Keys, what they are set to, and why."""
    algorithm, new = config.algorithm, min(_NEW_TOKENS, config.rollout.max_new_tokens)
    few = "few, for time"
    yield "run.steps", min(steps, config.run.steps), few
    yield "run.tensorboard", False, "not needed"
    yield "algorithm.prompts_per_step", prompts_per_step(config), few
    yield "algorithm.group_size", min(algorithm.group_size, _GROUP), few
    if algorithm.overlong_buffer > new:
        yield "algorithm.overlong_buffer", new // 2, "lies before rollout.max_new_tokens"
    yield "rollout.max_new_tokens", new, few
    yield "rollout.batch_size", min(config.rollout.batch_size, 16), few
    yield "data.max_prompt_tokens", longest, "as long as the longest prompt of the rehearsal"
    yield "eval.size", min(config.eval.size, _HELD_OUT), few
    yield "model.dtype", "float32", "for two cores without a GPU"
    if config.model.attention.startswith("flash_attention"):
        yield "model.attention", "sdpa", "for two cores without a GPU"
    yield "model.lora.rank", 0, "vLLM's CPU build takes no adapters from verl"
    yield "engine.ranks", 1, "for two cores without a GPU"
    yield "engine.verl.tensor_parallel", 1, "for two cores without a GPU"
    yield "engine.verl.offload", False, "for two cores without a GPU"
    yield "engine.verl.reward_workers", 1, few
    room = max(longest + new, _LOGITS // vocabulary)
    yield "engine.tokens_per_micro_batch", min(config.engine.tokens_per_micro_batch, room), "the logits are to fit"
    yield "scoring.workers", min(config.scoring.workers, 2), few
    if config.scoring.on_error == "raise":
        yield "scoring.on_error", "mask", "counts failures instead of ending at the first"
    yield "scoring.max_error_rate", 1.0, "counts failures instead of ending at too many"


def _sources(config: TrainConfig) -> Iterator[Change]:
    """Of several sources each is to come up."""
    for name, source in config.data.sources.items():
        if (weight := source.get("weight", 1.0)) != 1:
            yield Change(f"data.sources.{name}.weight", weight, 1.0, "each source comes up in every step")
