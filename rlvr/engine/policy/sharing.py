"""Reading each prompt once in the update, however many of its completions share a micro-batch.

The completions of a group have the same prompt, and under causal attention the same keys and values for it. So the
prompts go through the model once, into a cache that is then repeated for the completions; gradients flow back through
it. Log-probabilities and gradients are those of the whole sequences up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

from rlvr.engine.policy.model import model_config

# Completions that look back into a cache need an attention mask, which is not free: sharing has to save this much.
_LEAST_SAVING: Final = 1 / 8


@dataclass(frozen=True, slots=True)
class SharedPrompts:
    """The rows of a micro-batch, with each of its n prompts once.

    Attributes:
        prompts: (n, P) ids, padded on the left, so that completions follow without a gap.
        padding: How many of them are padding, (n,); None where it is 0 for all.
        of_row: Each row's prompt, (b,).
        completions: (b, T) ids, padded on the right.
    """

    prompts: Tensor
    padding: Tensor | None
    of_row: Tensor
    completions: Tensor

    def predictions(self, model: nn.Module) -> list[tuple[Tensor, Tensor]]:
        """Next-token logits and the ids they are about: (b, 1, V) for the first tokens, (b, T - 1, V) for the others.

        They come apart because logits are the largest tensor of a step, and putting them together would copy it.
        """
        call: Any = model
        cache = DynamicCache(config=model_config(model))
        width = self.prompts.shape[1]
        mask = positions = None
        if self.padding is not None:
            columns = torch.arange(width + self.completions.shape[1] - 1, device=self.prompts.device)
            mask = (columns >= self.padding.unsqueeze(1)).long()
            positions = (columns - self.padding.unsqueeze(1)).clamp(min=0)
        ends = call(
            input_ids=self.prompts,
            attention_mask=None if mask is None else mask[:, :width],
            position_ids=None if positions is None else positions[:, :width],
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits
        found = [(ends[self.of_row], self.completions[:, :1])]
        if self.completions.shape[1] > 1:
            cache.batch_select_indices(self.of_row)
            others = call(
                input_ids=self.completions[:, :-1],
                attention_mask=None if mask is None else mask[self.of_row],
                position_ids=None if positions is None else positions[self.of_row, width:],
                past_key_values=cache,
                use_cache=True,
            ).logits
            found.append((others, self.completions[:, 1:]))
        return found


def share_prompts(
    prompts: Sequence[npt.NDArray[np.int64]], completions: Sequence[npt.NDArray[np.int64]], device: torch.device
) -> SharedPrompts | None:
    """Finds the prompts that rows have in common; None where knowing them saves too little.

    Args:
        prompts: Of each row.
        completions: Of each row.
        device: Where the tensors go.

    >>> a, b = np.array([5, 6, 7]), np.array([5, 6])
    >>> shared = share_prompts([a, a, b, a], [b, b, b, b], torch.device("cpu"))
    >>> shared.prompts.tolist(), shared.padding.tolist(), shared.of_row.tolist()
    ([[5, 6, 7], [0, 5, 6]], [0, 1], [0, 0, 1, 0])
    """
    places: dict[bytes, int] = {}
    of_row = [places.setdefault(prompt.tobytes(), len(places)) for prompt in prompts]
    width, length = max(map(len, prompts)), max(map(len, completions))
    if (len(prompts) - len(places)) * width < _LEAST_SAVING * len(prompts) * (width + length):
        return None
    unique = [np.frombuffer(key, dtype=np.int64) for key in places]
    padding = [width - len(prompt) for prompt in unique]
    left = np.zeros((len(unique), width), dtype=np.int64)
    for line, prompt, pad in zip(left, unique, padding, strict=True):
        line[pad:] = prompt
    right = np.zeros((len(completions), length), dtype=np.int64)
    for line, ids in zip(right, completions, strict=True):
        line[: len(ids)] = ids
    return SharedPrompts(
        prompts=torch.as_tensor(left).to(device),
        padding=torch.tensor(padding, device=device) if any(padding) else None,
        of_row=torch.tensor(of_row, device=device),
        completions=torch.as_tensor(right).to(device),
    )


def can_share_prompts(model: nn.Module) -> bool:
    """Whether gradients can flow through the model's cache: it must hold keys and values, and no state of another kind.

    Gradient checkpointing rules it out, since transformers then goes without a cache.
    """
    checkpointing: Any = getattr(model, "is_gradient_checkpointing", False)
    return attends_only(model) and not checkpointing


def attends_only(model: nn.Module) -> bool:
    """Whether all layers are attention over keys and values: none carries a state of another kind along a sequence."""
    layers = DynamicCache(config=model_config(model)).layers
    return all(type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers)
