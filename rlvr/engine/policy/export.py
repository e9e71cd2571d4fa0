"""Export: the policy as a Hugging Face folder, reloaded and compared before it is called done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, GenerationConfig

from rlvr.config.schema import TrainConfig
from rlvr.engine.policy.distributed import full_weights
from rlvr.engine.policy.lora import load_adapter, merged_weights, save_adapter
from rlvr.engine.policy.model import (
    DTYPES,
    Tokenizer,
    cast_weights,
    listed_stop_ids,
    load_model,
    model_folder,
    turn_end,
)
from rlvr.engine.policy.policy import Policy
from rlvr.errors import CheckpointError

TOLERANCE = 1e-4
GENERATION = "generation_config.json"
ADAPTER = "adapter"
"""Where an export puts the adapter of a policy that was trained with one; beside it lie the merged weights."""


def export_policy(policy: Policy, folder: Path) -> None:
    """Writes weights (in `model.dtype`), configuration, tokenizer and chat template; all ranks gather, rank 0 writes.

    Raises:
        CheckpointError: The folder exists and is not empty, or the reloaded model's logits differ.
    """
    weights = full_weights(policy.model)
    if policy.rank == 0:
        write_export(weights, policy.config, policy.tokenizer, folder)


def write_export(weights: Mapping[str, Tensor], config: TrainConfig, tokenizer: Tokenizer, folder: Path) -> None:
    """Writes whole weights, adapters beside them and merged into them, as `export_policy` does.

    Args:
        weights: By their names in the model that was trained.
        config: Of the run.
        tokenizer: Of the policy.
        folder: To write.

    Raises:
        CheckpointError: The folder exists and is not empty, or the reloaded model's logits differ.
    """
    if folder.exists() and any(folder.iterdir()):
        raise CheckpointError(f"{folder} is not empty.", hint="Name a folder that does not exist yet.")
    whole: Any = load_model(config.model, seed=0, device=torch.device("cpu"))
    whole.load_state_dict(dict(merged_weights(weights, config.model.lora)))
    cast_weights(whole, DTYPES[config.model.dtype])
    beside = folder.parent / f".{folder.name}.partial"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        _save(whole, beside, model_folder(config.model))
        tokenizer.save_pretrained(str(beside))
        _list_turn_end(tokenizer, beside)
        difference = compare(whole, beside)
        if config.model.lora.rank:
            difference = max(difference, _save_adapter(config, weights, whole, beside / ADAPTER))
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise CheckpointError(f"{folder} could not be written: {error}") from error
    if difference > TOLERANCE:
        shutil.rmtree(beside)
        source = model_folder(config.model)
        raise CheckpointError(
            f"The exported model's logits differ from the policy's by {difference:.2g}.",
            hint=f"Something of {source} does not survive save_pretrained; the export was removed.",
        )
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)


def _list_turn_end(tokenizer: Tokenizer, folder: Path) -> None:
    """Adds the end of a chat turn to the tokens that end a completion, for programs that read no chat template."""
    file, end = folder / GENERATION, turn_end(tokenizer)[-1:]
    listed = listed_stop_ids(folder, tokenizer)
    if end and end[0] not in listed:
        settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        settings["eos_token_id"] = sorted({*listed, *end})
        file.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _save_adapter(config: TrainConfig, weights: Mapping[str, Tensor], merged: Any, folder: Path) -> float:
    """Writes the adapter beside the merged weights; how far the two are from each other, relative to their size."""
    base: Any = load_model(config.model, seed=config.run.seed, device=torch.device("cpu"))
    save_adapter(base, weights, config.model.lora, folder, name=str(model_folder(config.model).absolute()))
    base = load_model(config.model, seed=config.run.seed, device=torch.device("cpu"))
    loaded = load_adapter(base, folder)
    dtype = DTYPES[config.model.dtype]
    cast_weights(loaded, dtype)
    # In bfloat16 the merged weights are rounded once more than base and adapter are.
    return _difference(merged, loaded) if dtype == torch.float32 else 0.0


def _save(model: Any, folder: Path, source: Path) -> None:
    settings = source / GENERATION
    if settings.is_file():
        # They stay as they were: they may name further stop tokens, or something that transformers refuses to save.
        model.generation_config = GenerationConfig()
    model.save_pretrained(str(folder))
    if settings.is_file():
        shutil.copyfile(settings, folder / GENERATION)


def compare(model: Any, folder: Path) -> float:
    """The largest difference between the logits of a model and of what its folder holds, relative to their size.

    Args:
        model: A transformers model.
        folder: What was saved of it.
    """
    # Under the same attention: sdpa, the default, leaves out the cap that Gemma 2 puts on attention scores.
    attention: str = model.config._attn_implementation
    reloaded: Any = AutoModelForCausalLM.from_pretrained(
        str(folder), local_files_only=True, dtype=model.dtype, attn_implementation=attention
    )
    return _difference(model, reloaded)


@torch.no_grad()
def _difference(model: Any, other: Any) -> float:
    size = int(model.config.get_text_config().vocab_size)
    ids = torch.randint(0, size, (2, 8), generator=torch.Generator().manual_seed(0))
    was, training = model.eval()(input_ids=ids).logits.float(), model.training
    now = other.eval()(input_ids=ids).logits.float()
    model.train(training)
    return float((was - now).abs().max() / was.abs().max().clamp(min=1e-6))
