"""What becomes of answers that run out of room."""

from __future__ import annotations

import torch
from torch import Tensor


def overlong_penalty(lengths: Tensor, *, max_length: int, buffer: int, factor: float = 1.0) -> Tensor:
    """Soft punishment of long answers, to be added to the reward: it grows over the last `buffer` tokens.

    Equation 13 of DAPO (arXiv 2503.14476). Agrees with verl's `dapo` reward manager up to `max_length`; beyond, which
    only happens where prompts and tools count too, verl goes on falling and this stays at `-factor`, as in the paper.

    Args:
        lengths: (B,) tokens of each completion, any integer or float type.
        max_length: Tokens at which a completion is cut off.
        buffer: Tokens before `max_length` over which the punishment grows from 0 to `factor`.
        factor: The largest punishment, in units of the reward.

    Returns:
        (B,) float32 in [-factor, 0].

    Raises:
        ValueError: `buffer` is not in 1..max_length, or `factor` is negative.

    >>> overlong_penalty(torch.tensor([10, 80, 90, 100]), max_length=100, buffer=20)
    tensor([ 0.0000,  0.0000, -0.5000, -1.0000])
    """
    if not 0 < buffer <= max_length:
        raise ValueError(f"`buffer` must lie in 1..max_length ({max_length}), got {buffer}.")
    if factor < 0:
        raise ValueError(f"`factor` is the size of a punishment and cannot be negative, got {factor}.")
    room = (max_length - buffer - lengths.float()) / buffer
    return factor * room.clamp(-1.0, 0.0)


def mask_truncated(mask: Tensor, truncated: Tensor) -> Tensor:
    """Take truncated samples out of the loss: whether they would have been right is not known.

    Overlong filtering of DAPO (arXiv 2503.14476, section 3.4). Advantages are not touched; to take such samples out of
    the baseline of their group as well, give `valid=~truncated` to the advantage.

    Args:
        mask: (B, T) bool.
        truncated: (B,) bool, true where the completion was cut off.

    Returns:
        (B, T) bool, with the rows of truncated samples all false.

    Raises:
        ValueError: One of the two is not bool, or their numbers of samples differ.

    >>> mask_truncated(torch.ones(2, 3, dtype=torch.bool), torch.tensor([True, False]))
    tensor([[False, False, False],
            [ True,  True,  True]])
    """
    if mask.dtype is not torch.bool or truncated.dtype is not torch.bool:
        raise ValueError(f"`mask` and `truncated` must be bool, got {mask.dtype} and {truncated.dtype}.")
    if truncated.shape != mask.shape[:1]:
        raise ValueError(f"`truncated` of shape {tuple(truncated.shape)} does not fit {mask.shape[0]} samples.")
    return mask & ~truncated.unsqueeze(-1)
