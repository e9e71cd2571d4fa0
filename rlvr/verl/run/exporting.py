"""verl's FSDP checkpoints: which is the newest, and the policy in it as a Hugging Face folder.

`verl.model_merger` writes such a folder too. It rounds every weight to bfloat16, whatever the model's type; here they
are written as the embedded engine writes them, and reloaded and compared.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor

from rlvr.config import from_yaml
from rlvr.engine.lists import integers
from rlvr.engine.policy.export import write_export
from rlvr.engine.policy.model import load_tokenizer, model_folder
from rlvr.errors import CheckpointError
from rlvr.observe.run_folder import RunFolder

_TRACKER: Final = "latest_checkpointed_iteration.txt"
_PEFT: Final = "base_model.model."


def newest_checkpoint(folder: RunFolder) -> tuple[int, Path] | None:
    """Step and folder of the newest whole checkpoint, the one that verl resumes from; nothing where there is none."""
    tracker = folder.checkpoints_dir / _TRACKER
    if not tracker.is_file():
        return None
    step = int(tracker.read_text(encoding="utf-8"))
    path = folder.checkpoints_dir / f"global_step_{step}"
    return (step, path) if path.is_dir() else None


def export(path: Path, target: Path) -> int:
    """Writes the policy of a run's newest checkpoint as a Hugging Face folder; returns the step it is from.

    Args:
        path: Folder of the run.
        target: Folder to write.

    Raises:
        CheckpointError: There is no checkpoint, the target is not empty, or the reloaded logits differ.
    """
    folder = RunFolder.open(path)
    found = newest_checkpoint(folder)
    if found is None:
        raise CheckpointError(f"{path} has no checkpoint yet.")
    step, place = found
    config = from_yaml(folder.config_path)
    tokenizer = load_tokenizer(model_folder(config.model))
    write_export(whole_weights(place / "actor" if (place / "actor").is_dir() else place), config, tokenizer, target)
    return step


def whole_weights(folder: Path) -> dict[str, Tensor]:
    """The weights of a policy, joined from the parts of its ranks.

    Args:
        folder: Of the policy within a checkpoint: a file `model_world_size_W_rank_R.pt` of each rank.

    Raises:
        CheckpointError: A file is missing or cannot be read.
    """
    # It warns that there is no process group, and none is meant to be.
    logging.getLogger("torch.distributed.device_mesh").setLevel(logging.ERROR)
    ranks = json.loads((folder / "fsdp_config.json").read_text(encoding="utf-8"))["world_size"]
    parts = [_read(folder / f"model_world_size_{ranks}_rank_{rank}.pt") for rank in range(ranks)]
    return {name.removeprefix(_PEFT): _joined([part.pop(name) for part in parts]) for name in list(parts[0])}


def _read(path: Path) -> dict[str, Any]:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, UnpicklingError) as error:
        raise CheckpointError(f"The checkpoint {path} cannot be read: {error}") from error


def _joined(parts: list[Any]) -> Tensor:
    """One weight. With replicas (`fsdp_size` below the number of GPUs) the ranks of one replica hold all of it."""
    first = parts[0]
    if not isinstance(first, DTensor):
        return first
    placement: Any = first.placements[-1]
    if not placement.is_shard():
        return first.to_local()
    mesh = first.device_mesh.mesh
    members = integers(mesh.reshape(-1, mesh.shape[-1])[0])
    return torch.cat([parts[rank].to_local() for rank in members], dim=placement.dim)
