"""Sampling completions from a transformers model with a KV cache.

What is drawn for a prompt depends on the weights, the seed and the prompt's place in the step, and on nothing else: not
on which prompts share its batch, nor on when others finish. So a resumed run, or one with another batch size, draws the
same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from rlvr.algorithms.entropy import log_probs_from_logits
from rlvr.engine.lists import integers
from rlvr.engine.rollout.cache import roomy_cache


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn.

    Attributes:
        max_new_tokens: Length limit, the stop token included.
        temperature: 0 takes the likeliest token.
        top_k: Keep the k likeliest tokens; 0 for all.
        top_p: Keep the likeliest tokens that together reach this probability.
        seed: Of all draws.
        places: Where in the step the prompts stand that are generated from, since draws follow from the place; empty
            for all of them in order.
    """

    max_new_tokens: int
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    places: tuple[int, ...] = ()

    def source(self, prompt: int) -> bytes:
        """What the draws for a prompt follow from: 8 bytes, far from those of any other place or seed."""
        place = self.places[prompt] if self.places else prompt
        return hashlib.blake2b(f"{self.seed}:{place}".encode(), digest_size=8).digest()


@dataclass(frozen=True, slots=True)
class Completion:
    """One sequence that was drawn.

    Attributes:
        index: `prompt * samples_per_prompt + sample`.
        ids: Token ids, (T,) int64, the stop token included.
        log_probs: Of those tokens at the sampling temperature, before top-k and top-p, (T,) float32.
        truncated: It met the length limit before a stop token.
        drawn: Which tokens the model wrote, (T,) bool; the others are an environment's, and their log-probability is 0.
            None where it wrote all of them.
        turns: How often the model spoke.
    """

    index: int
    ids: npt.NDArray[np.int64]
    log_probs: npt.NDArray[np.float32]
    truncated: bool
    drawn: npt.NDArray[np.bool_] | None = None
    turns: int = 1

    @property
    def drawn_log_probs(self) -> npt.NDArray[np.float32]:
        """Of the tokens that the model wrote."""
        return self.log_probs if self.drawn is None else self.log_probs[self.drawn]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What generation must know of the tokenizer.

    Attributes:
        size: Ids from here on stand for nothing, though the model may have rows for them; they are never drawn.
        stop: Ids that end a completion.
        pad: Fills the left of shorter prompts.
    """

    size: int
    stop: tuple[int, ...]
    pad: int


def generate(
    model: nn.Module,
    prompts: Sequence[Sequence[int]],
    *,
    samples_per_prompt: int,
    sampling: Sampling,
    vocabulary: Vocabulary,
    batch_size: int,
    done: Collection[int] = (),
) -> Iterator[list[Completion]]:
    """Draws completions, handing them out as soon as they are finished.

    Each prompt is read once, however many samples it gets. Prompts of like length share a batch; rows that have ended
    leave it, so that long completions do not pay for short ones.

    Args:
        model: A transformers causal language model; it is left in the mode it was in.
        prompts: Token ids.
        samples_per_prompt: The group size.
        sampling: How to draw.
        vocabulary: See `Vocabulary`.
        batch_size: Sequences generated together, rounded to whole prompts.
        done: Places of prompts that need none.
    """
    per_batch = max(1, batch_size // samples_per_prompt)
    by_length = sorted(set(range(len(prompts))).difference(done), key=lambda i: (len(prompts[i]), i))
    for start in range(0, len(by_length), per_batch):
        chosen = by_length[start : start + per_batch]
        rows = [i * samples_per_prompt + g for i in chosen for g in range(samples_per_prompt)]
        uniforms = None
        if sampling.temperature > 0:
            uniforms = torch.cat([_uniforms(sampling, i, samples_per_prompt) for i in chosen])
        batch = _Batch(model, [prompts[i] for i in chosen], rows, uniforms, sampling, vocabulary)
        yield from batch.run(samples_per_prompt)


def _uniforms(sampling: Sampling, prompt: int, samples: int) -> Tensor:
    generator = torch.Generator().manual_seed(int.from_bytes(sampling.source(prompt), "big") >> 1)
    # Below 1 by more than float32's rounding, so that the last token of the distribution is never overshot.
    return torch.rand(samples, sampling.max_new_tokens, generator=generator).mul_(1 - 1e-6)


class _Batch:
    """Sequences that are generated together."""

    def __init__(
        self,
        model: nn.Module,
        prompts: Sequence[Sequence[int]],
        rows: Sequence[int],
        uniforms: Tensor | None,
        sampling: Sampling,
        vocabulary: Vocabulary,
    ) -> None:
        self.model: Any = model
        self.device = next(model.parameters()).device
        self.sampling, self.vocabulary = sampling, vocabulary
        self.rows = torch.tensor(rows)
        self.uniforms = None if uniforms is None else uniforms.to(self.device)
        self.stop = torch.tensor(vocabulary.stop, device=self.device)
        self.width = max(len(prompt) for prompt in prompts)
        padding = [self.width - len(prompt) for prompt in prompts]
        filled = [[vocabulary.pad] * pad + list(prompt) for pad, prompt in zip(padding, prompts, strict=True)]
        self.prompts = torch.tensor(filled, device=self.device)
        self.padding = torch.tensor(padding, device=self.device) if any(padding) else None
        self.cache = roomy_cache(self.model.config, sampling.max_new_tokens)

    @torch.inference_mode()
    def run(self, samples_per_prompt: int) -> Iterator[list[Completion]]:
        training = self.model.training
        self.model.eval()
        try:
            yield from self._run(samples_per_prompt)
        finally:
            self.model.train(training)

    def _run(self, samples: int) -> Iterator[list[Completion]]:
        limit = self.sampling.max_new_tokens
        logits = self._forward(self.prompts, 0)
        if samples > 1:
            logits = logits.repeat_interleave(samples, 0)
            self.cache.batch_repeat_interleave(samples)
            if self.padding is not None:
                self.padding = self.padding.repeat_interleave(samples)
        ids = torch.zeros(len(self.rows), limit, dtype=torch.long, device=self.device)
        log_probs = torch.zeros(len(self.rows), limit, device=self.device)
        stopped = torch.zeros(len(self.rows), dtype=torch.bool, device=self.device)
        for step in range(limit):
            token, log_probs[:, step] = self._draw(logits, step)
            ids[:, step] = token
            stopped |= torch.isin(token, self.stop)
            last = step + 1 == limit
            ended = int(stopped.sum())
            # Dropping rows copies the cache, so it must save more than it costs.
            if last or ended == len(stopped) or 4 * ended >= len(stopped):
                leaving = torch.ones_like(stopped) if last else stopped
                yield self._completions(leaving, ids, log_probs, stopped, step + 1)
                if bool(leaving.all()):
                    return
                keep = (~leaving).nonzero().squeeze(1)
                ids, log_probs, stopped, token = ids[keep], log_probs[keep], stopped[keep], token[keep]
                self._keep(keep)
            logits = self._forward(token.unsqueeze(1), self.width + step)

    def _forward(self, ids: Tensor, seen: int) -> Tensor:
        """Next-token logits (B, V) after `seen` earlier positions."""
        positions = mask = None
        if self.padding is not None:
            columns = torch.arange(seen + ids.shape[1], device=self.device)
            mask = (columns >= self.padding.unsqueeze(1)).long()
            positions = (columns[seen:] - self.padding.unsqueeze(1)).clamp(min=0)
        output = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1, : self.vocabulary.size].float()

    def _draw(self, logits: Tensor, step: int) -> tuple[Tensor, Tensor]:
        if self.uniforms is None:
            token = logits.argmax(-1)
            return token, log_probs_from_logits(logits.unsqueeze(1), token.unsqueeze(1)).squeeze(1)
        scaled = logits if self.sampling.temperature == 1 else logits / self.sampling.temperature
        all_log_probs = scaled.log_softmax(-1)
        probabilities = truncate(all_log_probs.exp(), self.sampling.top_k, self.sampling.top_p)
        token = pick(probabilities, self.uniforms[:, step])
        return token, all_log_probs.gather(-1, token.unsqueeze(-1)).squeeze(-1)

    def _keep(self, keep: Tensor) -> None:
        self.cache.batch_select_indices(keep)
        self.rows = self.rows[keep.cpu()]
        if self.uniforms is not None:
            self.uniforms = self.uniforms[keep]
        if self.padding is not None:
            self.padding = self.padding[keep]

    def _completions(
        self, leaving: Tensor, ids: Tensor, log_probs: Tensor, stopped: Tensor, length: int
    ) -> list[Completion]:
        where = leaving.nonzero().squeeze(1)
        tokens = ids[where, :length].cpu()
        is_stop = torch.isin(tokens, self.stop.cpu())
        lengths = torch.where(is_stop.any(1), is_stop.int().argmax(1) + 1, length)
        scores = log_probs[where, :length].cpu().numpy()
        ended = integers(stopped[where])
        arrays = tokens.numpy()
        return [
            Completion(row, arrays[i, :n].copy(), scores[i, :n].copy(), not ended[i])
            for i, (row, n) in enumerate(zip(integers(self.rows[where.cpu()]), integers(lengths), strict=True))
        ]


def truncate(probabilities: Tensor, top_k: int, top_p: float) -> Tensor:
    """Keeps the k likeliest tokens and the nucleus of mass `top_p` (arXiv 1904.09751); not renormalised.

    Args:
        probabilities: (B, V).
        top_k: 0 for all.
        top_p: 1 for all.

    >>> truncate(torch.tensor([[0.5, 0.3, 0.2]]), top_k=0, top_p=0.6)
    tensor([[0.5000, 0.3000, 0.0000]])
    """
    if 0 < top_k < probabilities.shape[-1]:
        threshold = probabilities.topk(top_k, dim=-1).values[:, -1:]
        probabilities = probabilities.masked_fill(probabilities < threshold, 0)
    if top_p < 1:
        ordered, order = probabilities.sort(-1, descending=True)
        outside = ordered.cumsum(-1) - ordered >= top_p * ordered.sum(-1, keepdim=True)
        probabilities = probabilities.masked_fill(torch.zeros_like(outside).scatter(-1, order, outside), 0)
    return probabilities


def pick(probabilities: Tensor, uniforms: Tensor) -> Tensor:
    """Draws by inverting the cumulative distribution.

    Args:
        probabilities: (B, V), not necessarily normalised.
        uniforms: (B,) in [0, 1).

    >>> pick(torch.tensor([[0.5, 0.0, 0.5]]), torch.tensor([0.5]))
    tensor([2])
    """
    # Summed in float32, a vocabulary of 256k tokens would lose the tail.
    cumulative = probabilities.cumsum(-1, dtype=torch.float64 if probabilities.shape[-1] > 16384 else None)
    target = uniforms.to(cumulative.dtype).unsqueeze(-1) * cumulative[:, -1:]
    return torch.searchsorted(cumulative, target, right=True).squeeze(-1).clamp_(max=probabilities.shape[-1] - 1)
