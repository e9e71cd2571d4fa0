"""Results as they are sent."""

from __future__ import annotations

import math
from typing import Any

import torch


def written(scores: torch.Tensor) -> list[dict[str, Any]]:
    """A result for each score."""
    numbers: list[float] = scores.float().tolist()  # pyright: ignore[reportUnknownVariableType]
    return [result(score) for score in numbers]


def result(score: float, **further: Any) -> dict[str, Any]:
    """A score, or that it is no number."""
    if not math.isfinite(score):
        return {"error": f"the metric's score is {score}; with half precision, try RLVR_METRIC_PRECISION=float32"}
    return {"score": score, **further}


def too_long(window: int, mt: int, src: int, ref: int = 0, *, each: bool) -> dict[str, Any]:
    """That texts do not fit: the window and their lengths, in tokens; 0 where a text is not too long.

    Args:
        window: Tokens that the model sees.
        mt: Of the translation.
        src: Of the source.
        ref: Of the reference.
        each: Whether the window is for each text alone, or for all together.
    """
    return {"too_long": {"window": window, "mt": mt, "src": src, "ref": ref, "each": each}}
