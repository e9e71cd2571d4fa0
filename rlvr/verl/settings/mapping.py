"""Our configuration in verl's words, key by key; what has no words there is a problem, not a silence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from rlvr.compose import Composable
from rlvr.config.problem import Problem
from rlvr.config.schema import OptimConfig, TrainConfig
from rlvr.config.task_sources import task_settings
from rlvr.sample import is_object, is_sequence
from rlvr.verl.data.rows import AGENT
from rlvr.verl.judging import COMPARES

CLIP: Final = {"ppo_clip": (0.2, 0.2), "gspo": (3e-4, 4e-4), "cispo": (0.2, 0.2)}
"""Bounds of each loss where the configuration names none; a test holds them to the functions' own."""

METRICS: Final = "verl-metrics.jsonl"
"""What verl's logger `file` writes into the run's folder; each start of the trainer begins it anew."""

_LOSSES = {"ppo_clip": "vanilla", "gspo": "gspo", "cispo": "cispo"}
_DTYPES = {"float32": "fp32", "bfloat16": "bf16"}
_NO_DUAL_CLIP = 1e15
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True, slots=True)
class Mapped:
    """One of verl's keys, what it is set to, and which of ours says so.

    Attributes:
        key: verl's; with `+` in front where its configuration leaves the place open.
        value: As it is handed over.
        ours: Our key, or nothing for what every run of ours has.
    """

    key: str
    value: Any
    ours: str = ""

    @property
    def override(self) -> str:
        """As Hydra reads it.

        >>> Mapped("data.train_files", "/data/a b.parquet").override
        "data.train_files='/data/a b.parquet'"
        """
        return f"{self.key}={_written(self.value)}"


def mapping(config: TrainConfig, folder: Path) -> list[Mapped]:
    """What verl is told, `engine.verl.overrides` apart.

    Args:
        config: Of a run of the stage `grpo`.
        folder: Of the run; on all nodes the same.
    """
    parts = (_data, _model, _algorithm, _optim, _cluster, _rollout, _rewards, _run)
    return [mapped for part in parts for mapped in part(config, folder)]


def overrides(config: TrainConfig, folder: Path) -> list[str]:
    """All of it as Hydra's overrides, those of the user last."""
    return [*(mapped.override for mapped in mapping(config, folder)), *config.engine.verl.overrides]


def _data(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    data = folder.absolute() / "data"
    held_out = "eval.parquet" if _evaluates(config) else "train.parquet"
    yield Mapped("data.train_files", str(data / "train.parquet"), "data.tasks")
    yield Mapped("data.val_files", str(data / held_out), "eval.tasks")
    yield Mapped("data.train_batch_size", config.algorithm.prompts_per_step, "algorithm.prompts_per_step")
    yield Mapped("data.max_prompt_length", config.data.max_prompt_tokens, "data.max_prompt_tokens")
    yield Mapped("data.max_response_length", config.rollout.max_new_tokens, "rollout.max_new_tokens")
    # The file holds the tasks of the whole run in the order of the embedded engine, and their lengths were looked at.
    yield Mapped("data.shuffle", value=False, ours="data.shuffle")
    yield Mapped("data.filter_overlong_prompts", value=False)
    yield Mapped("data.seed", config.run.seed, "run.seed")


def _model(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    # Packed rows need flash attention's own kernels; without them rows are padded, and mean the same.
    packs = Mapped("use_remove_padding", config.model.attention.startswith("flash_attention"), "model.attention")
    yield from told_model(config, folder, "actor_rollout_ref.model", packs)


def told_model(config: TrainConfig, folder: Path, prefix: str, packs: Mapped) -> Iterator[Mapped]:
    """Which model, and how it is held.

    Args:
        config: Of the run.
        folder: Of the run.
        prefix: Where verl's trainer has its model.
        packs: Whether rows lie behind each other without padding.
    """
    model = config.model
    if model.init and not model.path:
        yield Mapped(f"{prefix}.path", str(folder.absolute() / "model"), "model.init")
    else:
        yield Mapped(f"{prefix}.path", str(Path(model.path or "MODEL").expanduser().absolute()), "model.path")
    yield Mapped(f"+{prefix}.override_config.attn_implementation", model.attention, "model.attention")
    yield Mapped(f"{prefix}.{packs.key}", packs.value, packs.ours)
    yield Mapped(
        f"{prefix}.enable_gradient_checkpointing", model.gradient_checkpointing, "model.gradient_checkpointing"
    )
    if model.lora.rank:
        targets = model.lora.targets
        yield Mapped(f"{prefix}.lora_rank", model.lora.rank, "model.lora.rank")
        yield Mapped(f"{prefix}.lora_alpha", model.lora.alpha, "model.lora.alpha")
        yield Mapped(
            f"{prefix}.target_modules", targets if targets == "all-linear" else targets.split(","), "model.lora.targets"
        )


def _algorithm(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    algorithm, actor = config.algorithm, "actor_rollout_ref.actor"
    low, high = CLIP[algorithm.loss]
    clip_low = low if algorithm.clip_low is None else algorithm.clip_low
    clip_high = high if algorithm.clip_high is None else algorithm.clip_high
    yield Mapped("algorithm.adv_estimator", f"rlvr_{algorithm.advantage}", "algorithm.advantage")
    yield Mapped("algorithm.norm_adv_by_std_in_grpo", algorithm.scale_by_std, "algorithm.scale_by_std")
    yield Mapped("critic.enable", value=False)
    yield Mapped(
        f"{actor}.ppo_mini_batch_size", algorithm.prompts_per_step // algorithm.mini_batches, "algorithm.mini_batches"
    )
    yield Mapped(f"{actor}.ppo_epochs", algorithm.epochs, "algorithm.epochs")
    yield Mapped(f"{actor}.policy_loss.loss_mode", _LOSSES[algorithm.loss], "algorithm.loss")
    yield Mapped(f"{actor}.clip_ratio", clip_low, "algorithm.clip_low")
    yield Mapped(f"{actor}.clip_ratio_low", clip_low, "algorithm.clip_low")
    yield Mapped(f"{actor}.clip_ratio_high", clip_high, "algorithm.clip_high")
    yield Mapped(f"{actor}.clip_ratio_c", algorithm.dual_clip or _NO_DUAL_CLIP, "algorithm.dual_clip")
    yield Mapped(f"{actor}.loss_agg_mode", algorithm.aggregation, "algorithm.aggregation")
    if algorithm.aggregation == "seq-mean-token-sum-norm":
        yield Mapped(f"{actor}.loss_scale_factor", config.rollout.max_new_tokens, "rollout.max_new_tokens")
    yield Mapped(f"{actor}.entropy_coeff", algorithm.entropy_coef, "algorithm.entropy_coef")
    in_loss = algorithm.kl.coef > 0 and algorithm.kl.place == "loss"
    in_reward = algorithm.kl.coef > 0 and algorithm.kl.place == "reward"
    yield Mapped(f"{actor}.use_kl_loss", in_loss, "algorithm.kl.place")
    yield Mapped("algorithm.use_kl_in_reward", in_reward, "algorithm.kl.place")
    if in_loss:
        yield Mapped(f"{actor}.kl_loss_coef", algorithm.kl.coef, "algorithm.kl.coef")
        yield Mapped(f"{actor}.kl_loss_type", algorithm.kl.kind, "algorithm.kl.kind")
    if in_reward:
        yield Mapped("algorithm.kl_ctrl.kl_coef", algorithm.kl.coef, "algorithm.kl.coef")
        yield Mapped("algorithm.kl_penalty", algorithm.kl.kind, "algorithm.kl.kind")
    correction = "algorithm.rollout_correction"
    yield Mapped(f"{correction}.bypass_mode", algorithm.old_log_probs == "rollout", "algorithm.old_log_probs")
    if algorithm.importance_cap is not None:
        yield Mapped(f"{correction}.rollout_is", "token", "algorithm.importance_cap")
        yield Mapped(f"{correction}.rollout_is_threshold", algorithm.importance_cap, "algorithm.importance_cap")


def _optim(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    yield from told_optim(config.optim, "actor_rollout_ref.actor.optim", "optim")


def told_optim(optim: OptimConfig, prefix: str, ours: str) -> Iterator[Mapped]:
    """The optimiser and its schedule.

    Args:
        optim: Ours.
        prefix: Where verl's trainer has its own.
        ours: Where we have ours.
    """
    schedule = "cosine" if optim.schedule == "cosine" else "constant"
    yield Mapped(f"{prefix}.lr", optim.lr, f"{ours}.lr")
    yield Mapped(f"{prefix}.lr_warmup_steps", optim.warmup_steps, f"{ours}.warmup_steps")
    yield Mapped(f"{prefix}.lr_scheduler_type", schedule, f"{ours}.schedule")
    yield Mapped(f"{prefix}.weight_decay", optim.weight_decay, f"{ours}.weight_decay")
    yield Mapped(f"{prefix}.betas", list(optim.betas), f"{ours}.betas")
    yield Mapped(f"{prefix}.override_optimizer_config", {"eps": optim.eps}, f"{ours}.eps")
    yield Mapped(f"{prefix}.clip_grad", optim.max_grad_norm, f"{ours}.max_grad_norm")


def _cluster(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    engine = config.engine
    nodes, each = nodes_of(config)
    yield Mapped("trainer.nnodes", nodes, "engine.ranks")
    yield Mapped("trainer.n_gpus_per_node", each, "engine.verl.gpus_per_node")
    yield Mapped("trainer.device", "cuda", "engine.device")
    yield Mapped("actor_rollout_ref.actor.strategy", "fsdp2")
    tokens = max(engine.tokens_per_micro_batch, config.data.max_prompt_tokens + config.rollout.max_new_tokens)
    yield Mapped("actor_rollout_ref.actor.use_dynamic_bsz", value=True)
    yield Mapped("actor_rollout_ref.actor.ppo_max_token_len_per_gpu", tokens, "engine.tokens_per_micro_batch")
    for role in ("actor", "ref"):
        yield from told_sharding(config, f"actor_rollout_ref.{role}.fsdp_config", learns=role == "actor")


def told_sharding(config: TrainConfig, prefix: str, *, learns: bool) -> Iterator[Mapped]:
    """The types of weights and arithmetic, and where they wait.

    Args:
        config: Of the run.
        prefix: Where verl's trainer has its FSDP engine.
        learns: It has an optimiser.
    """
    short, offload = _DTYPES[config.model.dtype], config.engine.verl.offload
    precision = {"param_dtype": short, "reduce_dtype": "fp32", "buffer_dtype": "fp32"}
    yield Mapped(f"{prefix}.model_dtype", "fp32" if learns else short, "model.dtype")
    yield Mapped(f"+{prefix}.mixed_precision", precision, "model.dtype")
    yield Mapped(f"{prefix}.param_offload", offload, "engine.verl.offload")
    if learns:
        yield Mapped(f"{prefix}.optimizer_offload", offload, "engine.verl.offload")


def _rollout(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    rollout, prefix = config.rollout, "actor_rollout_ref.rollout"
    yield Mapped(f"{prefix}.name", "vllm", "rollout.backend")
    yield Mapped(f"{prefix}.n", config.algorithm.group_size, "algorithm.group_size")
    yield Mapped(f"{prefix}.temperature", rollout.temperature, "rollout.temperature")
    yield Mapped(f"{prefix}.top_k", rollout.top_k or -1, "rollout.top_k")
    yield Mapped(f"{prefix}.top_p", rollout.top_p, "rollout.top_p")
    yield Mapped(f"{prefix}.dtype", config.model.dtype, "model.dtype")
    yield Mapped(f"{prefix}.gpu_memory_utilization", rollout.gpu_memory, "rollout.gpu_memory")
    yield Mapped(f"{prefix}.max_num_seqs", rollout.batch_size, "rollout.batch_size")
    length = config.data.max_prompt_tokens + rollout.max_new_tokens
    yield Mapped(f"{prefix}.max_model_len", length, "rollout.max_new_tokens")
    yield Mapped(
        f"{prefix}.tensor_model_parallel_size", config.engine.verl.tensor_parallel, "engine.verl.tensor_parallel"
    )
    yield Mapped(f"{prefix}.calculate_log_probs", value=True)
    if config.model.lora.rank:
        yield Mapped(f"{prefix}.load_format", "safetensors", "model.lora.rank")
        yield Mapped(f"{prefix}.layered_summon", value=True, ours="model.lora.rank")
    yield Mapped(f"{prefix}.val_kwargs.temperature", config.eval.temperature, "eval.temperature")
    yield Mapped(f"{prefix}.val_kwargs.do_sample", config.eval.temperature > 0, "eval.temperature")
    yield Mapped(f"{prefix}.agent.default_agent_loop", AGENT)
    yield Mapped(f"{prefix}.agent.agent_loop_config_path", str(files("rlvr.verl") / "agent_loops.yaml"))


def _rewards(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    yield Mapped("reward.num_workers", config.engine.verl.reward_workers, "engine.verl.reward_workers")
    yield Mapped("reward.reward_manager.source", "importlib")
    yield Mapped("reward.reward_manager.name", "RlvrRewardManager", "reward")
    yield Mapped("reward.reward_manager.module.path", "pkg://rlvr.verl.reward_manager")
    yield Mapped("+rlvr.folder", str(folder.absolute()), "scoring")


def _run(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    run, evaluates = config.run, _evaluates(config)
    yield Mapped("trainer.total_training_steps", run.steps, "run.steps")
    yield Mapped("trainer.total_epochs", 1, "run.steps")
    yield Mapped("trainer.save_freq", run.checkpoint_every or run.steps, "run.checkpoint_every")
    yield Mapped("trainer.max_actor_ckpt_to_keep", run.keep_checkpoints, "run.keep_checkpoints")
    yield Mapped("trainer.default_local_dir", str(folder.absolute() / "checkpoints"), "run.dir")
    yield Mapped("trainer.test_freq", (config.eval.every or run.steps) if evaluates else -1, "eval.every")
    yield Mapped("trainer.val_before_train", evaluates, "eval.tasks")
    yield Mapped("trainer.project_name", "rlvr")
    yield Mapped("trainer.experiment_name", folder.name, "run.name")
    yield Mapped("trainer.logger", ["console", "file"])
    # In the environment of the actors, since the one that logs may live on another node.
    environment = "+ray_kwargs.ray_init.runtime_env.env_vars"
    yield Mapped(f"{environment}.VERL_FILE_LOGGER_PATH", str(folder.absolute() / METRICS))
    if run.save_rollouts:
        yield Mapped("trainer.rollout_data_dir", str(folder.absolute() / "verl-rollouts"), "run.save_rollouts")


def nodes_of(config: TrainConfig) -> tuple[int, int]:
    """Nodes, and GPUs of each."""
    ranks, most = config.engine.ranks, config.engine.verl.gpus_per_node
    return (1, ranks) if ranks <= most else (-(-ranks // most), most)


def _evaluates(config: TrainConfig) -> bool:
    return bool(config.eval.tasks or any(one.env or one.eval or one.holdout for one in task_settings(config.data)))


def find_untold(config: TrainConfig, rewards: Mapping[str, Composable]) -> Iterator[Problem]:
    """Settings of ours that verl 0.9.1 has no words for.

    Args:
        config: Of the run.
        rewards: Every reward the run uses, by name, where they are known.

    >>> from rlvr.config.schema import AlgorithmConfig
    >>> config = TrainConfig(algorithm=AlgorithmConfig(redraws=1))
    >>> [str(problem) for problem in find_untold(config, {})]
    ["algorithm.redraws: the embedded engine's only; 0 keeps groups without contrast."]
    """
    algorithm = config.algorithm
    ranks, each = config.engine.ranks, config.engine.verl.gpus_per_node
    if config.stage != "grpo":
        text = (
            f"verl has nothing for `{config.stage}`; our own engine goes over several machines too (docs/cluster.md): "
            f"rlvr train recipe={config.recipe or 'RECIPE'} stage={config.stage} engine=embedded"
        )
        yield Problem("stage", text)
        return
    told = {
        "algorithm.advantage": (algorithm.advantage != "gdpo", "verl shows its estimators no parts of a reward."),
        "algorithm.reward_scale": (algorithm.reward_scale == "raw", "the embedded engine's only; verl's is raw."),
        "algorithm.redraws": (not algorithm.redraws, "the embedded engine's only; 0 keeps groups without contrast."),
        "scoring.canaries": (
            config.scoring.canaries != "stop" and not config.scoring.canary_file,
            "the embedded engine's only; `warn` is let pass, and scores none.",
        ),
        "data.curriculum.outside": (
            config.data.curriculum.outside == 1,
            "verl's tasks are drawn before the run; set 1.",
        ),
        "optim.schedule": (config.optim.schedule != "linear", "verl has no `linear`; write constant or cosine."),
        "sft.steps": (not config.sft.steps, "verl warms nothing up: train with stage=sft first, then sft.steps=0."),
        "eval.strict": (
            not config.eval.strict,
            "verl evaluates with the training reward; null, and `rlvr eval` later.",
        ),
        "eval.lenient": (
            not config.eval.lenient,
            "verl evaluates with the training reward; null, and `rlvr eval` later.",
        ),
        "engine.ranks": (ranks <= each or ranks % each == 0, f"`{ranks}` GPUs are no whole nodes of {each}."),
    }
    yield from (Problem(key, text) for key, (right, text) in told.items() if not right)
    for name, reward in rewards.items():
        if reward.compares:
            yield Problem("reward", f"`{name}` {COMPARES}")


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if is_sequence(value):
        return f"[{','.join(map(_written, value))}]"
    if is_object(value):
        return "{" + ",".join(f"{key}:{_written(each)}" for key, each in value.items()) + "}"
    if not isinstance(value, str) or _PLAIN.fullmatch(value):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
