"""From logits to what the losses need: log-probability of the token, entropy, collision probability.

The logits of a batch are the largest tensor of a training step, so no function ever holds another one like it but the
gradient: all go through the rows in pieces that fit a cache, and compute the softmax again in the backward pass.
Forward and backward on one CPU core beside `F.cross_entropy`: even where the logits fit the cache (2048 x 2048: 17 ms
against 15), faster beyond (8192 x 2048: 66 against 159; 1024 x 32 k in bf16: 140 against 445); the entropy beside the
usual `logsumexp - sum(p * logits)`: 36 against 41, 113 against 531, 281 against 1155. Arithmetic is fp32, or fp64 if
the logits are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

# Elements of one piece: 1 MiB of fp32 stays in the cache of a core; a GPU wants few and large kernels (256 MiB).
_PIECE_CPU = 1 << 18
_PIECE_GPU = 1 << 26


def log_probs_from_logits(logits: Tensor, tokens: Tensor, temperature: float = 1.0) -> Tensor:
    """Log-probability of each token under its logits.

    `log_softmax(logits / temperature)` at the token, as verl's `logprobs_from_logits`.

    Args:
        logits: (B, T, V) of any floating type; position t holds the prediction *of* token t. Shift and cut
            the hidden states rather than the logits: a view that is not contiguous is copied.
        tokens: (B, T) int64 ids in 0..V-1; padding may be any valid id, not -100.
        temperature: That of sampling, so that the policy trained is the policy sampled.

    Returns:
        (B, T) nats, float32 (float64 for float64 logits), with gradient.

    Raises:
        ValueError: The shapes differ or the temperature is not positive.

    >>> log_probs_from_logits(torch.zeros(1, 2, 4), torch.tensor([[0, 3]]))
    tensor([[-1.3863, -1.3863]])
    """
    if logits.shape[:-1] != tokens.shape:
        raise ValueError(f"Logits of shape {tuple(logits.shape)} do not fit tokens of shape {tuple(tokens.shape)}.")
    _check_temperature(temperature)
    flat = _token_log_prob(logits.flatten(0, -2), tokens.flatten(), temperature)
    return flat.view(tokens.shape)


def entropy_from_logits(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """Entropy of each next-token distribution.

    As verl's `entropy_from_logits`, but a token that is ruled out by a logit of -inf counts 0 where verl gives NaN.

    Args:
        logits: (B, T, V) of any floating type.
        temperature: That of sampling.

    Returns:
        (B, T) nats, float32 (float64 for float64 logits), with gradient.

    Raises:
        ValueError: The temperature is not positive.

    >>> entropy_from_logits(torch.zeros(1, 2, 4))
    tensor([[1.3863, 1.3863]])
    """
    _check_temperature(temperature)
    flat = _entropy(logits.flatten(0, -2), temperature)
    return flat.view(logits.shape[:-1])


@torch.no_grad()
def collision_log_probs(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """Log of the chance that two tokens drawn from one distribution are the same: `log sum_v p_v^2`.

    Also the log of the probability that a drawn token is expected to have; never above 0. It is summed in logs, where
    squares of probabilities would underflow.

    Args:
        logits: (B, T, V) of any floating type.
        temperature: That of sampling.

    Returns:
        (B, T) nats, float32 (float64 for float64 logits), without gradient.

    Raises:
        ValueError: The temperature is not positive.

    >>> collision_log_probs(torch.zeros(1, 2, 4))
    tensor([[-1.3863, -1.3863]])
    """
    _check_temperature(temperature)
    flat = logits.flatten(0, -2)
    result = flat.new_empty(len(flat), dtype=_precise(flat))
    for rows in _pieces(flat):
        result[rows] = _scaled(flat[rows], temperature).log_softmax(-1).mul_(2.0).logsumexp(-1)
    return result.view(logits.shape[:-1])


class _Context(FunctionCtx):
    """What autograd passes between the two directions, as torch leaves it undeclared."""

    saved_tensors: tuple[Tensor, ...]
    temperature: float


class _TokenLogProb(torch.autograd.Function):
    @staticmethod
    def forward(ctx: _Context, logits: Tensor, tokens: Tensor, temperature: float) -> Tensor:
        ctx.save_for_backward(logits, tokens)
        ctx.temperature = temperature
        result = logits.new_empty(len(logits), dtype=_precise(logits))
        for rows in _pieces(logits):
            log_probs = _scaled(logits[rows], temperature).log_softmax(-1)
            result[rows] = log_probs.gather(-1, tokens[rows].unsqueeze(-1)).squeeze(-1)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: _Context, *grads: Tensor) -> tuple[Tensor, None, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        (grad,) = grads
        logits, tokens = ctx.saved_tensors
        result = torch.empty_like(logits)
        for rows in _pieces(logits):
            scale = (grad[rows] / ctx.temperature).unsqueeze(-1)
            part = _scaled(logits[rows], ctx.temperature).softmax(-1).mul_(-scale)
            result[rows] = part.scatter_add_(-1, tokens[rows].unsqueeze(-1), scale)
        return result, None, None


class _Entropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: _Context, logits: Tensor, temperature: float) -> Tensor:
        result = logits.new_empty(len(logits), dtype=_precise(logits))
        for rows in _pieces(logits):
            log_probs = _finite_log_softmax(logits[rows], temperature)
            result[rows] = -log_probs.exp().mul_(log_probs).sum(-1)
        ctx.save_for_backward(logits, result)
        ctx.temperature = temperature
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: _Context, *grads: Tensor) -> tuple[Tensor, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        (grad,) = grads
        logits, entropy = ctx.saved_tensors
        result = torch.empty_like(logits)
        for rows in _pieces(logits):
            log_probs = _finite_log_softmax(logits[rows], ctx.temperature)
            # dH/dz = -p (log p + H)
            part = log_probs.exp().mul_(log_probs.add_(entropy[rows].unsqueeze(-1)))
            result[rows] = part.mul_((-grad[rows] / ctx.temperature).unsqueeze(-1))
        return result, None


# torch leaves `apply` untyped.
_token_log_prob = cast("Callable[[Tensor, Tensor, float], Tensor]", _TokenLogProb.apply)  # pyright: ignore[reportUnknownMemberType]
_entropy = cast("Callable[[Tensor, float], Tensor]", _Entropy.apply)  # pyright: ignore[reportUnknownMemberType]


def _pieces(logits: Tensor) -> Iterator[slice]:
    size = _PIECE_CPU if logits.device.type == "cpu" else _PIECE_GPU
    step = max(1, size // logits.shape[-1])
    return (slice(start, start + step) for start in range(0, len(logits), step))


def _precise(logits: Tensor) -> torch.dtype:
    return torch.float64 if logits.dtype is torch.float64 else torch.float32


def _scaled(rows: Tensor, temperature: float) -> Tensor:
    precise = rows.to(_precise(rows))
    return precise if temperature == 1.0 else precise / temperature


def _finite_log_softmax(rows: Tensor, temperature: float) -> Tensor:
    # 0 * -inf is NaN, 0 * (the lowest number) is 0.
    log_probs = _scaled(rows, temperature).log_softmax(-1)
    return log_probs.clamp_(min=torch.finfo(log_probs.dtype).min)


def _check_temperature(temperature: float) -> None:
    if temperature <= 0:
        raise ValueError(f"`temperature` must be positive, got {temperature}.")
