"""Bytes on one device: what holds the policy, what a forward and backward pass adds, what generation needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rlvr.plan.shape import ModelShape

GIB: Final = 2**30


@dataclass(frozen=True)
class Part:
    """A share of the memory.

    Attributes:
        name: What it is.
        bytes: On one device.
        why: How it was counted.
    """

    name: str
    bytes: int
    why: str


@dataclass(frozen=True)
class Training:
    """What the memory of an update follows from.

    Attributes:
        ranks: Devices that share weights, gradients and optimiser state.
        arithmetic: Bytes of a number in the forward pass: 2 for bfloat16.
        tokens: Padded tokens in one forward pass.
        predicted: Those of them whose logits are computed; all but the prompts, where only completions are learnt.
        checkpointing: Activations are computed again in the backward pass.
        reference: A frozen copy of the policy is held, sharded like it.
        trained: Weights that have gradients and optimiser state; all of them but with adapters.
        frozen: Bytes of a weight of the reference policy; the masters of the policy are float32.
    """

    ranks: int
    arithmetic: int
    tokens: int
    predicted: int
    checkpointing: bool
    reference: bool
    trained: int
    frozen: int = 4


def state(shape: ModelShape, training: Training) -> list[Part]:
    """Weights, gradients, optimiser state and reference policy, sharded over the ranks.

    AdamW keeps two float32 numbers a trained weight, gradients are float32 as the masters are.
    """
    n, ranks = shape.parameters, training.ranks
    share = f"of {n / 1e9:.2f}B weights / {ranks}" if ranks > 1 else f"of {n / 1e9:.2f}B weights"
    parts = [
        Part("weights", 4 * n // ranks, f"4 bytes {share}"),
        Part("gradients", 4 * training.trained // ranks, f"4 bytes of {training.trained / 1e9:.2f}B trained"),
        Part("optimiser", 8 * training.trained // ranks, f"AdamW, 8 bytes of {training.trained / 1e9:.2f}B trained"),
    ]
    if training.reference:
        parts.append(Part("reference policy", training.frozen * n // ranks, f"{training.frozen} bytes {share}"))
    if ranks > 1:
        piece = max(shape.layer_parameters, shape.embedding * (1 if shape.tied else 2))
        why = "the layer at work and the next, whole, in the type of the arithmetic"
        parts.append(Part("gathered weights", 2 * training.arithmetic * piece, why))
    return parts


def activations(shape: ModelShape, training: Training) -> list[Part]:
    """What a forward pass keeps for the backward pass, the logits apart from the layers.

    A decoder layer with a gated feed-forward part keeps, per token: the inputs of both norms and of both halves (4
    widths), queries and attention output (2), keys and values, and four vectors of the inner width. Attention without a
    score matrix (sdpa, flash) keeps nothing that grows with the square of the length.
    """
    a, tokens = training.arithmetic, training.tokens
    queries, keys = shape.heads * shape.head_width, 2 * shape.kv_heads * shape.head_width
    per_layer = 4 * shape.width + 2 * queries + keys + 4 * shape.inner
    if training.checkpointing:
        size = a * tokens * (shape.width * shape.layers + per_layer)
        why = f"{tokens:,} tokens: the input of {shape.layers} layers, and one layer whole"
    else:
        size = a * tokens * per_layer * shape.layers
        why = f"{tokens:,} tokens through {shape.layers} layers"
    copies = 4 if shape.capped_logits else 2
    cap = ", and twice more for the soft cap" if shape.capped_logits else ""
    logits = Part(
        "logits",
        copies * a * training.predicted * shape.vocabulary,
        f"{training.predicted:,} tokens x {shape.vocabulary:,} words and their gradient{cap}",
    )
    return [Part("activations", size, why), logits]


def generation(shape: ModelShape, *, sequences: int, tokens: int, arithmetic: int, devices: int = 1) -> list[Part]:
    """A rollout engine's weights and key-value cache, on each of the devices that share them.

    Args:
        shape: Of the model.
        sequences: Generated together.
        tokens: Prompt and completion of one, at most.
        arithmetic: Bytes of a number.
        devices: Tensor parallelism.
    """
    cache = 2 * shape.layers * shape.kv_heads * shape.head_width * arithmetic * sequences * tokens
    split = max(1, min(devices, shape.kv_heads))
    copy = "a whole copy" if devices == 1 else f"a copy over {devices} devices"
    return [
        Part("rollout weights", arithmetic * shape.parameters // devices, copy),
        Part("key-value cache", cache // split, f"{sequences:,} sequences of {tokens:,} tokens"),
    ]
