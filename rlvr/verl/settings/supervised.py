"""Our supervised stages in the words of verl's supervised trainer, and what it takes and does not do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from rlvr.config.problem import Problem
from rlvr.config.schema import CptConfig, SftConfig, TrainConfig
from rlvr.config.task_sources import task_settings
from rlvr.data.source import read_sources
from rlvr.verl.settings.mapping import Mapped, nodes_of, told_model, told_optim, told_sharding


def supervised_mapping(config: TrainConfig, folder: Path) -> list[Mapped]:
    """What verl's supervised trainer is told, `engine.verl.overrides` apart.

    Args:
        config: Of a run of the stage `cpt` or `sft`.
        folder: Of the run; on all nodes the same.
    """
    return [mapped for part in (_data, _model, _cluster, _run) for mapped in part(config, folder)]


def starter(config: TrainConfig) -> list[str]:
    """The words before the overrides: torchrun on one node, Ray where there are several."""
    nodes, each = nodes_of(config)
    if nodes > 1:
        return [sys.executable, "-m", "verl.trainer.sft_trainer_ray"]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={each}"]
    return [*torchrun, "-m", "verl.trainer.sft_trainer"]


def settings_of(config: TrainConfig) -> CptConfig | SftConfig:
    """Those of the stage."""
    return config.cpt if config.stage == "cpt" else config.sft


def packs(config: TrainConfig) -> bool:
    """Whether rows lie behind each other without padding.

    They restart at position 0, by which transformers keeps them apart, whatever the attention.
    """
    return config.stage == "cpt" or config.sft.packing or config.model.attention.startswith("flash_attention")


def longest(config: TrainConfig) -> int:
    """Tokens of the longest row that a micro-batch must hold; demonstrations are measured when they are written."""
    if config.stage == "cpt":
        return config.cpt.sequence_tokens
    return config.sft.max_tokens if config.data.mixture else 0


def holds_out(config: TrainConfig) -> bool:
    """Whether there are held-out texts to evaluate on."""
    if config.data.mixture:
        return any(source.holdout for source in read_sources(config.data.mixture))
    return bool(config.eval.tasks or any(one.env or one.eval or one.holdout for one in task_settings(config.data)))


def _data(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    data, stage = folder.absolute() / "data", config.stage
    texts = "data.mixture" if config.data.mixture else "data.tasks"
    yield Mapped("data.train_files", str(data / "train.parquet"), texts)
    yield Mapped("data.val_files", str(data / "eval.parquet") if holds_out(config) else None, texts)
    yield Mapped("data.custom_cls.path", "pkg://rlvr.verl.data.text_rows")
    yield Mapped("data.custom_cls.name", "TextRows")
    yield Mapped("data.train_batch_size", settings_of(config).batch_size, f"{stage}.batch_size")
    yield Mapped("data.pad_mode", "no_padding")
    yield Mapped("data.use_dynamic_bsz", value=True)
    tokens = max(config.engine.tokens_per_micro_batch, longest(config))
    yield Mapped("data.max_token_len_per_gpu", tokens, "engine.tokens_per_micro_batch")


def _model(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    flash = config.model.attention.startswith("flash_attention")
    ours = "sft.packing" if config.stage == "sft" and not flash else "model.attention" if flash else ""
    yield from told_model(config, folder, "model", Mapped("use_remove_padding", packs(config), ours))
    yield from told_optim(settings_of(config).optim, "optim", f"{config.stage}.optim")


def _cluster(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    nodes, each = nodes_of(config)
    yield Mapped("trainer.nnodes", nodes, "engine.ranks")
    yield Mapped("trainer.n_gpus_per_node", each, "engine.verl.gpus_per_node")
    yield Mapped("trainer.device", "cuda", "engine.device")
    yield Mapped("engine.strategy", "fsdp2")
    yield from told_sharding(config, "engine", learns=True)
    yield Mapped("engine.seed", config.run.seed, "run.seed")


def _run(config: TrainConfig, folder: Path) -> Iterator[Mapped]:
    run, steps = config.run, settings_of(config).steps
    yield Mapped("trainer.total_training_steps", steps, f"{config.stage}.steps")
    yield Mapped("trainer.total_epochs", 1, f"{config.stage}.steps")
    yield Mapped("trainer.save_freq", run.checkpoint_every or steps, "run.checkpoint_every")
    yield Mapped("trainer.max_ckpt_to_keep", run.keep_checkpoints, "run.keep_checkpoints")
    yield Mapped("trainer.default_local_dir", str(folder.absolute() / "checkpoints"), "run.dir")
    yield Mapped("trainer.test_freq", (config.eval.every or steps) if holds_out(config) else -1, "eval.every")
    yield Mapped("trainer.project_name", "rlvr")
    yield Mapped("trainer.experiment_name", folder.name, "run.name")
    yield Mapped(
        "trainer.logger", ["console", "file", *(["tensorboard"] if run.tensorboard else [])], "run.tensorboard"
    )


def find_unsupervised(config: TrainConfig) -> Iterator[Problem]:
    """Settings of ours that verl's supervised trainer has no words for.

    >>> [str(problem) for problem in find_unsupervised(TrainConfig(stage="sft", sft=SftConfig(until=0.5)))]
    ["sft.until: verl's supervised trainer generates nothing, so it cannot look at a reward; null goes all steps."]
    """
    stage, given = config.stage, settings_of(config)
    ranks, each = config.engine.ranks, config.engine.verl.gpus_per_node
    later = "verl's supervised trainer generates nothing; null, and `rlvr eval` later."
    told = {
        f"{stage}.optim.schedule": (
            given.optim.schedule != "linear",
            "verl has no `linear`; write constant or cosine.",
        ),
        "sft.until": (
            stage == "cpt" or config.sft.until is None,
            "verl's supervised trainer generates nothing, so it cannot look at a reward; null goes all steps.",
        ),
        "eval.strict": (not config.eval.strict, later),
        "eval.lenient": (not config.eval.lenient, later),
        "eval.keep_best": (
            not (config.eval.keep_best and config.eval.every and holds_out(config)),
            "verl keeps its newest checkpoints, whatever their loss; write false.",
        ),
        "engine.ranks": (ranks <= each or ranks % each == 0, f"`{ranks}` GPUs are no whole nodes of {each}."),
        f"{stage}.batch_size": (
            given.batch_size % ranks == 0,
            f"`{given.batch_size}` rows do not divide among {ranks} GPUs, and verl would leave the rest out.",
        ),
    }
    yield from (Problem(key, text) for key, (right, text) in told.items() if not right)


def find_supervised_hazards(tree: DictConfig, model: dict[str, Any]) -> list[Problem]:
    """What is wrong with a configuration of verl's supervised trainer that composes.

    Args:
        tree: verl's configuration, composed.
        model: The model's `config.json`; empty where it is not known.

    >>> from rlvr.verl.settings.composed import SUPERVISED, compose
    >>> [str(hazard) for hazard in find_supervised_hazards(compose(["trainer.save_freq=0"], SUPERVISED), {})]
    ['trainer.save_freq: `0` ends verl in a division by zero after the first step; -1 saves at the end only.']
    """
    return list(_hazards(tree, model.get("text_config") or model))


def _hazards(tree: DictConfig, model: dict[str, Any]) -> Iterator[Problem]:
    gpus = tree.trainer.nnodes * tree.trainer.n_gpus_per_node
    for name in ("save_freq", "test_freq"):
        if tree.trainer[name] == 0:
            what = "saves at the end only" if name == "save_freq" else "evaluates at the end only"
            text = f"`0` ends verl in a division by zero after the first step; -1 {what}."
            yield Problem(f"trainer.{name}", text)
    if tree.engine.fsdp_size == 1 and gpus > 1:
        text = f"`1` on {gpus} GPUs: each trains by itself, without gradients of the others."
        yield Problem("engine.fsdp_size", text)
    if tree.model.use_fused_kernels and model.get("final_logit_softcapping"):
        text = "the fused kernels leave out this model's cap on its logits: wrong log-probabilities."
        yield Problem("model.use_fused_kernels", text)
    spread, heads = tree.engine.ulysses_sequence_parallel_size, model.get("num_attention_heads")
    if spread > 1 and isinstance(heads, int) and heads % spread:
        text = f"`{spread}` does not divide the model's {heads} attention heads."
        yield Problem("engine.ulysses_sequence_parallel_size", text)
    overridden = tree.model.override_config
    for name, rate in model.items():
        if "dropout" in name and isinstance(rate, float) and overridden.get(name, rate):
            yield Problem(
                f"model.override_config.{name}",
                f"the model's config.json says {rate:g}, which verl trains with and the embedded engine does not; "
                f"engine.verl.overrides=['+model.override_config.{name}=0.0'].",
            )
