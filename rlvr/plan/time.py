"""Seconds of a step: arithmetic for the update, memory traffic for generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rlvr.plan.shape import ModelShape


@dataclass(frozen=True)
class Device:
    """An accelerator, by its data sheet.

    Attributes:
        name: How it is called.
        memory: Bytes.
        flops: Dense bfloat16 operations a second.
        bandwidth: Bytes of memory read a second.
    """

    name: str
    memory: int
    flops: float
    bandwidth: float


_GB: Final = 10**9
DEVICES: Final = {
    "a100-40": Device("NVIDIA A100 40 GB", 40 * _GB, 312e12, 1.555e12),
    "a100": Device("NVIDIA A100 80 GB", 80 * _GB, 312e12, 2.039e12),
    "h100": Device("NVIDIA H100 SXM 80 GB", 80 * _GB, 989e12, 3.35e12),
    "h200": Device("NVIDIA H200 SXM 141 GB", 141 * _GB, 989e12, 4.8e12),
    "b200": Device("NVIDIA B200 192 GB", 192 * _GB, 2250e12, 8.0e12),
    "rtx4090": Device("NVIDIA RTX 4090 24 GB", 24 * _GB, 165e12, 1.008e12),
}

TRAINING_SHARE: Final = 0.35
"""Of the device's peak that training is assumed to reach; what well-tuned FSDP runs of dense models report."""

READING_SHARE: Final = 0.5
"""Of the bandwidth that decoding is assumed to reach, scheduling and sampling included."""


def forward_flops(shape: ModelShape, tokens: int, length: int) -> float:
    """Operations of a forward pass: two for each weight a token meets, and attention over half the length on average.

    Args:
        shape: Of the model.
        tokens: In all.
        length: Of a sequence.
    """
    attention = 4 * shape.layers * shape.heads * shape.head_width * (length / 2)
    return tokens * (2.0 * shape.multiplied + attention)


def update_seconds(
    shape: ModelShape, device: Device, *, tokens: int, length: int, ranks: int, checkpointing: bool, looks: int = 0
) -> float:
    """Seconds of forward and backward over so many tokens.

    Args:
        shape: Of the model.
        device: Of each rank.
        tokens: Of the step, in all.
        length: Of a sequence.
        ranks: Devices that share the work.
        checkpointing: A second forward pass in the backward pass.
        looks: Further forward passes without gradient: old log-probabilities, reference policy.
    """
    passes = 3 + (1 if checkpointing else 0) + looks
    return passes * forward_flops(shape, tokens, length) / (ranks * device.flops * TRAINING_SHARE)


def generation_seconds(
    shape: ModelShape,
    device: Device,
    *,
    sequences: int,
    together: int,
    prompt: int,
    new: int,
    arithmetic: int,
    devices: int = 1,
    copies: int = 1,
) -> float:
    """Seconds to generate: prompts at the speed of arithmetic, then a token at a time at the speed of memory.

    Args:
        shape: Of the model.
        device: Of the rollout engine.
        sequences: In all.
        together: At a time, on one copy.
        prompt: Tokens of a prompt.
        new: Tokens of a completion, all of the same length.
        arithmetic: Bytes of a number.
        devices: Tensor parallelism of a copy.
        copies: Of the engine.
    """
    reading = forward_flops(shape, sequences * prompt, prompt) / (copies * devices * device.flops * TRAINING_SHARE)
    rounds = -(-sequences // (together * copies))
    cache = 2 * shape.layers * shape.kv_heads * shape.head_width * arithmetic
    each = arithmetic * shape.multiplied + cache * min(sequences, together) * (prompt + new / 2)
    return reading + rounds * new * each / (devices * device.bandwidth * READING_SHARE)
