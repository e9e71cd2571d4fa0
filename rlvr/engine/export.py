"""Export: the policy as a Hugging Face folder, reloaded and compared before it is called done."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, GenerationConfig

from rlvr.engine.distributed import full_weights
from rlvr.engine.model import cast_weights, load_model, model_folder
from rlvr.engine.policy import Policy
from rlvr.errors import CheckpointError

TOLERANCE = 1e-4
GENERATION = "generation_config.json"


def export_policy(policy: Policy, folder: Path) -> None:
    """Writes weights (in `model.dtype`), configuration, tokenizer and chat template; all ranks gather, rank 0 writes.

    Raises:
        CheckpointError: The folder exists and is not empty, or the reloaded model's logits differ.
    """
    weights = full_weights(policy.model)
    if policy.rank:
        return
    if folder.exists() and any(folder.iterdir()):
        raise CheckpointError(f"{folder} is not empty.", hint="Name a folder that does not exist yet.")
    whole: Any = load_model(policy.config.model, seed=0, device=torch.device("cpu"))
    whole.load_state_dict(dict(weights))
    cast_weights(whole, policy.compute_dtype)
    beside = folder.parent / f".{folder.name}.partial"
    shutil.rmtree(beside, ignore_errors=True)
    try:
        _save(whole, beside, model_folder(policy.config.model))
        policy.tokenizer.save_pretrained(str(beside))
        difference = compare(whole, beside)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise CheckpointError(f"{folder} could not be written: {error}") from error
    if difference > TOLERANCE:
        shutil.rmtree(beside)
        source = model_folder(policy.config.model)
        raise CheckpointError(
            f"The exported model's logits differ from the policy's by {difference:.2g}.",
            hint=f"Something of {source} does not survive save_pretrained; the export was removed.",
        )
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)


def _save(model: Any, folder: Path, source: Path) -> None:
    settings = source / GENERATION
    if settings.is_file():
        # They stay as they were: they may name further stop tokens, or something that transformers refuses to save.
        model.generation_config = GenerationConfig()
    model.save_pretrained(str(folder))
    if settings.is_file():
        shutil.copyfile(settings, folder / GENERATION)


@torch.no_grad()
def compare(model: Any, folder: Path) -> float:
    """The largest difference between the logits of a model and of what its folder holds, relative to their size.

    Args:
        model: A transformers model.
        folder: What was saved of it.
    """
    reloaded: Any = AutoModelForCausalLM.from_pretrained(str(folder), local_files_only=True, dtype=model.dtype)
    size = int(model.config.get_text_config().vocab_size)
    ids = torch.randint(0, size, (2, 8), generator=torch.Generator().manual_seed(0))
    was, training = model.eval()(input_ids=ids).logits.float(), model.training
    now = reloaded.eval()(input_ids=ids).logits.float()
    model.train(training)
    return float((was - now).abs().max() / was.abs().max().clamp(min=1e-6))
