"""The optimiser."""

from __future__ import annotations

from dataclasses import dataclass

from rlvr.config.schema.allowed import FROM_ZERO, POSITIVE, Range, choice, number


@dataclass
class OptimConfig:
    """AdamW, with warm-up.

    Attributes:
        lr: Learning rate after warm-up.
        warmup_steps: Steps of linear warm-up.
        schedule: What follows warm-up: constant, linear or cosine (both to 0 at the last step).
        weight_decay: Decoupled weight decay.
        betas: AdamW's two decay rates.
        eps: AdamW's epsilon.
        max_grad_norm: Gradients are scaled down to this norm.
    """

    lr: float = number(1e-6, POSITIVE)
    warmup_steps: int = number(0, FROM_ZERO)
    schedule: str = choice("constant", ("constant", "linear", "cosine"))
    weight_decay: float = number(0.0, FROM_ZERO)
    betas: tuple[float, float] = number((0.9, 0.999), Range(0, 1, below=True))
    eps: float = number(1e-8, POSITIVE)
    max_grad_norm: float = number(1.0, POSITIVE)
