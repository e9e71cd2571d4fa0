"""Low-rank adapters (arXiv 2106.09685, by peft): put into a model, merged into its weights, written and read.

They go into the model itself, so that a policy with adapters is generated from, sharded and saved like any other. A
weight W with adapter A (r, in) and B (out, r) stands for W + alpha / r * B A.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from rlvr.config.schema import LoraConfig
from rlvr.errors import ModelError

_NAME: Final = "default"
_BASE: Final = ".base_layer"
_A, _B = f".lora_A.{_NAME}.weight", f".lora_B.{_NAME}.weight"


def add_adapters(model: nn.Module, config: LoraConfig, *, seed: int) -> None:
    """Puts adapters into a model, in place, and freezes everything else; at first they change nothing.

    Args:
        model: A transformers causal language model.
        config: Rank, scale and targets.
        seed: Of their first values: the same on all ranks.

    Raises:
        ModelError: The model has no layer of that name.
    """
    import peft

    torch.manual_seed(seed)
    try:
        peft.inject_adapter_in_model(_peft_config(config), model)
    except ValueError as error:
        raise ModelError(
            f"model.lora.targets={config.targets} does not fit the model: {error}",
            hint="`all-linear` fits any; otherwise write the ends of layers' names, such as q_proj,v_proj.",
        ) from error


def merged_weights(weights: Mapping[str, Tensor], config: LoraConfig) -> Mapping[str, Tensor]:
    """Weights by their names in the model without adapters, adapters added to them.

    Args:
        weights: Of a policy; without adapters they come back as they are.
        config: Gives the scale.

    >>> weights = {"up.base_layer.weight": torch.eye(2), "up.lora_A.default.weight": torch.ones(1, 2),
    ...     "up.lora_B.default.weight": torch.ones(2, 1)}
    >>> merged_weights(weights, LoraConfig(rank=1, alpha=2.0))["up.weight"]
    tensor([[3., 2.],
            [2., 3.]])
    """
    merged: dict[str, Tensor] = {}
    for name, value in weights.items():
        if name.endswith((_A, _B)):
            continue
        layer, base, _ = name.rpartition(f"{_BASE}.weight")
        if base:
            scale = config.alpha / config.rank
            value = value + scale * weights[layer + _B] @ weights[layer + _A]  # noqa: PLW2901
        merged[name.replace(f"{_BASE}.", ".")] = value
    return merged


def save_adapter(
    base: nn.Module, weights: Mapping[str, Tensor], config: LoraConfig, folder: Path, *, name: str
) -> None:
    """Writes a folder that peft loads.

    Args:
        base: The model without adapters; it is changed.
        weights: Of the policy.
        config: Of its adapters.
        folder: Made.
        name: Of the base model, for those who load the adapter.
    """
    peft: Any = import_module("peft")
    wrapped: Any = peft.get_peft_model(base, _peft_config(config))
    wrapped.peft_config[_NAME].base_model_name_or_path = name
    own = {f"base_model.model.{key}": value for key, value in weights.items() if key.endswith((_A, _B))}
    wrapped.load_state_dict(own, strict=False)
    wrapped.save_pretrained(str(folder))
    (folder / "README.md").unlink(missing_ok=True)


def load_adapter(base: nn.Module, folder: Path) -> Any:
    """The model with the adapter in a folder; the base is changed."""
    import peft

    call: Any = base
    return peft.PeftModel.from_pretrained(call, str(folder))


def _peft_config(config: LoraConfig) -> Any:
    import peft

    targets = [part.strip() for part in config.targets.split(",")]
    return peft.LoraConfig(
        task_type="CAUSAL_LM",
        r=config.rank,
        lora_alpha=config.alpha,  # pyright: ignore[reportArgumentType] - a fraction does as well
        target_modules=targets[0] if targets == ["all-linear"] else targets,
    )
