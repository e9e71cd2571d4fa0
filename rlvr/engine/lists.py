"""Tensors and arrays as lists, with the types that torch and numpy leave out."""

from __future__ import annotations

from typing import Any, cast


def integers(values: Any) -> list[int]:
    """A one-dimensional tensor or array as a list.

    >>> import torch
    >>> integers(torch.tensor([3, 4]))
    [3, 4]
    """
    return cast("list[int]", values.tolist())


def floats(values: Any) -> list[float]:
    """A one-dimensional tensor or array as a list."""
    return cast("list[float]", values.tolist())
