"""Tensors and arrays as lists, with the types that torch and numpy leave out."""

from __future__ import annotations

from typing import Any


def integers(values: Any) -> list[int]:
    """A one-dimensional tensor or array as a list.

    >>> import torch
    >>> integers(torch.tensor([3, 4]))
    [3, 4]
    """
    return values.tolist()


def floats(values: Any) -> list[float]:
    """A one-dimensional tensor or array as a list."""
    return values.tolist()
