"""How completions are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from rlvr.config.packaged import choices
from rlvr.config.schema.allowed import COUNT, FROM_ZERO, Range, choice, number


@dataclass
class RolloutConfig:
    """How completions are drawn.

    Attributes:
        backend: Which engine generates: `transformers` (with a KV cache), or `vllm` in an actor of its own.
        max_new_tokens: Length limit of a completion.
        temperature: Of sampling; the policy's log-probabilities are taken at the same temperature.
        top_k: Keep the k likeliest tokens; 0 for all.
        top_p: Keep the likeliest tokens that together reach this probability.
        batch_size: Sequences generated together; a batch is scored while the next one is generated.
        gpu_memory: Share of a GPU's memory that vLLM takes, for weights and KV cache.
        sleep: vLLM gives that memory back between generations; for a GPU that it shares with the policy.
    """

    backend: str = choice("transformers", partial(choices, "rollout"))
    max_new_tokens: int = number(256, COUNT)
    temperature: float = number(1.0, Range(0, above=True, hint="Training needs samples that differ."))
    top_k: int = number(0, FROM_ZERO)
    top_p: float = number(1.0, Range(0, 1, above=True))
    batch_size: int = number(256, COUNT)
    gpu_memory: float = number(0.85, Range(0, 1, above=True))
    sleep: bool = False
