"""What every module here does with a mask: hide what lies outside it, and average over what lies inside.

Padding may hold anything, NaN included. Multiplying by a mask does not hide that (0 * NaN is NaN, in the value and in
the gradient); replacing does, and it must happen before the arithmetic, not after.
"""

from __future__ import annotations

import torch
from torch import Tensor


def hide(values: Tensor, mask: Tensor) -> Tensor:
    """Put zero wherever `mask` is false, in the value and in the gradient.

    Args:
        values: (B, T) floats; anything at all where the mask is false.
        mask: (B, T) bool.

    Returns:
        (B, T), differentiable in `values`.

    Raises:
        ValueError: The mask is not bool or the shapes differ.

    >>> hide(torch.tensor([[1.0, float("nan")]]), torch.tensor([[True, False]]))
    tensor([[1., 0.]])
    """
    if mask.dtype is not torch.bool:
        raise ValueError(f"The mask must be bool, got {mask.dtype}; write `mask.bool()`.")
    if values.shape != mask.shape:
        raise ValueError(f"Values of shape {tuple(values.shape)} do not fit a mask of shape {tuple(mask.shape)}.")
    return values.masked_fill(~mask, 0.0)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Average over the tokens inside the mask, for metrics.

    Args:
        values: (B, T) floats.
        mask: (B, T) bool.

    Returns:
        Scalar, detached; 0 where the mask is empty.

    Raises:
        ValueError: The mask is not bool or the shapes differ.

    >>> masked_mean(torch.tensor([[1.0, 3.0, 99.0]]), torch.tensor([[True, True, False]]))
    tensor(2.)
    """
    return hide(values.detach(), mask).sum() / mask.sum().clamp(min=1)


def masked_max(values: Tensor, mask: Tensor) -> Tensor:
    """Largest value inside the mask, for metrics of quantities that cannot be negative.

    Args:
        values: (B, T) floats, none negative inside the mask.
        mask: (B, T) bool.

    Returns:
        Scalar, detached; 0 where the mask is empty.

    Raises:
        ValueError: The mask is not bool or the shapes differ.

    >>> masked_max(torch.tensor([[1.0, 3.0, 99.0]]), torch.tensor([[True, True, False]]))
    tensor(3.)
    """
    hidden = hide(values.detach(), mask)
    return hidden.max() if hidden.numel() else hidden.new_zeros(())
