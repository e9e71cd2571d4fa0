"""verl's own configuration, composed from the files of the installed package: what we tell it is checked against that.

Neither verl nor torch is imported, and no GPU is needed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rlvr.config.problem import Problem
from rlvr.errors import MissingDependencyError, did_you_mean

DEAD: Final = {
    "custom_reward_function": "verl 0.9 takes it and reads it no more; it is `reward.custom_reward_function` now.",
    "reward_model": "verl 0.9 takes it and reads it no more; it is `reward.reward_model` now.",
    "sandbox_fusion": "verl 0.9 takes it and reads it no more; our sandbox is set with `sandbox.url`.",
    "data.reward_fn_key": "nothing reads it; the reward follows from each task.",
    "data.truncation": "nothing reads it for rollouts; prompts that are too long are an error.",
    "data.val_batch_size": "deprecated, and nothing reads it.",
    "algorithm.filter_groups.max_num_gen_batches": "the default trainer ignores it; set max_inflight_gen_batches.",
    "actor_rollout_ref.actor.grad_clip": "FSDP reads `actor_rollout_ref.actor.optim.clip_grad` instead.",
    "actor_rollout_ref.actor.ppo_micro_batch_size": "deprecated; set engine.tokens_per_micro_batch.",
    "actor_rollout_ref.actor.optim.warmup_style": "deprecated; set `lr_scheduler_type`.",
    "actor_rollout_ref.rollout.mode": "there is one mode only.",
    "actor_rollout_ref.rollout.trace": "the default trainer does not trace.",
    "trainer.use_v1": "the other trainer is deprecated, and what is said of failures here does not hold for it.",
}
"""Keys that compose and do nothing, or not what their name says."""

DEAD_SUPERVISED: Final = {
    "data.balance_dp_token": "verl has not implemented it.",
    "data.messages_key": "rows are token ids here; nothing reads it.",
    "data.tools_key": "rows are token ids here; nothing reads it.",
    "data.enable_thinking_key": "rows are token ids here; nothing reads it.",
    "data.enable_thinking_default": "rows are token ids here; nothing reads it.",
    "data.apply_chat_template_kwargs": "rows are token ids here; nothing reads it.",
    "data.ignore_input_ids_mismatch": "rows are token ids here; nothing reads it.",
    "data.max_length": "the rows' lengths were looked at; set sft.max_tokens or cpt.sequence_tokens.",
    "data.train_max_samples": "the file holds the whole run; set sft.steps or cpt.steps.",
    "data.val_max_samples": "the file holds what is held out; set the sources' holdout.",
    "data.micro_batch_size_per_gpu": "micro-batches are counted in tokens; set engine.tokens_per_micro_batch.",
    "data.truncation": "nothing reads it; texts that are too long are left out, or an error.",
    "trainer.seed": "nothing reads it.",
}
"""The same of the supervised trainer, in a run of ours."""

PPO: Final = "ppo_trainer"
SUPERVISED: Final = "sft_trainer_engine"
"""The configurations of verl's two trainers, by the names of their files."""


def compose(overrides: Sequence[str] = (), trainer: str = PPO) -> DictConfig:
    """The configuration of verl with overrides, as its trainer would see it.

    Args:
        overrides: Hydra's.
        trainer: Whose configuration.

    Raises:
        MissingDependencyError: verl is not installed.
        HydraException: An override cannot be applied; `find_faults` says which, and all of them.

    >>> compose(["algorithm.adv_estimator=grpo"]).algorithm.adv_estimator
    'grpo'
    """
    return copy.deepcopy(_composed(tuple(overrides), trainer))


@lru_cache(maxsize=4)  # what is checked is composed a moment later: Hydra takes half a second, a copy a tenth of that
def _composed(overrides: tuple[str, ...], trainer: str) -> DictConfig:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.initialize import get_gh_backup, restore_gh_from_backup

    backup = get_gh_backup()
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(_folder()), version_base=None):
            return hydra_compose(trainer, overrides=list(overrides))
    finally:
        restore_gh_from_backup(backup)


def find_faults(overrides: Sequence[str], trainer: str = PPO) -> list[Problem]:
    """Every override that verl's configuration has no place for, by its key.

    Args:
        overrides: Hydra's.
        trainer: Whose configuration.

    >>> [str(fault) for fault in find_faults(["trainer.total_epochz=1", "+rlvr.folder=/runs/x"])]
    ['trainer.total_epochz: verl 0.9.1 has no such key. Did you mean `trainer.total_epochs`?']
    """
    from hydra.errors import HydraException

    faults = [fault for text in overrides if (fault := _fault(text, trainer)) is not None]
    if not faults:
        try:
            _composed(tuple(overrides), trainer)
        except (HydraException, OmegaConfBaseException) as error:
            faults.append(Problem("engine.verl.overrides", " ".join(str(error).split())))
    return faults


def _fault(text: str, trainer: str) -> Problem | None:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        override = OverridesParser.create().parse_override(text)
    except HydraException as error:
        return Problem("engine.verl.overrides", f"`{text}` is no override: {str(error).splitlines()[0]}")
    key = override.key_or_group
    for dead, why in (DEAD if trainer == PPO else DEAD_SUPERVISED).items():
        if key == dead or key.startswith(f"{dead}."):
            return Problem(key, why)
    keys = _keys(trainer)
    there = key in keys
    if override.is_add() and not override.is_force_add():
        return Problem(key, "verl has this key; write it without `+`.") if there else _misplaced(key, keys)
    if there or override.is_force_add() or key in _groups():
        return None
    return Problem(key, f"verl 0.9.1 has no such key.{did_you_mean(key, keys)}")


def _misplaced(key: str, keys: Mapping[str, bool]) -> Problem | None:
    """A new key below one that holds a single value cannot be added."""
    parts = key.split(".")
    above = [".".join(parts[:depth]) for depth in range(1, len(parts))]
    if wrong := next((name for name in above if name in keys and not keys[name]), None):
        return Problem(key, f"`{wrong}` is a single value in verl's configuration, so nothing can lie below it.")
    return None


@cache
def _folder() -> Path:
    spec = find_spec("verl")
    if spec is None or not spec.submodule_search_locations:
        raise MissingDependencyError("verl is not installed.", hint="pip install 'rlvr[verl]'")
    return Path(next(iter(spec.submodule_search_locations))) / "trainer" / "config"


@cache
def _keys(trainer: str) -> dict[str, bool]:
    """Every key of the configuration; whether further ones may lie below it."""
    return dict(_walk(_composed((), trainer), ""))


def _walk(config: Any, prefix: str) -> Iterator[tuple[str, bool]]:
    for name in config:
        key = f"{prefix}{name}"
        node = config._get_node(name)
        value = None if OmegaConf.is_missing(config, name) or OmegaConf.is_interpolation(config, name) else config[name]
        yield key, OmegaConf.is_dict(node) or value is None
        if OmegaConf.is_dict(value):
            yield from _walk(value, f"{key}.")


def _groups() -> set[str]:
    return {item.name for item in _folder().iterdir() if item.is_dir()}
