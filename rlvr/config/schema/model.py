"""The policy."""

from __future__ import annotations

from dataclasses import dataclass, field

from rlvr.config.schema.allowed import FROM_ZERO, POSITIVE, choice, number


@dataclass
class LoraConfig:
    """Low-rank adapters (arXiv 2106.09685) instead of all weights; `rlvr export` writes merged weights and the adapter.

    Attributes:
        rank: Of the adapters; 0 trains all weights.
        alpha: Adapters are scaled by alpha / rank.
        targets: Which layers get one: `all-linear` (but for the output layer), or the ends of their names with commas
            between, such as `q_proj,v_proj`.
    """

    rank: int = number(0, FROM_ZERO)
    alpha: float = number(32.0, POSITIVE)
    targets: str = "all-linear"


@dataclass
class ModelConfig:
    """Where the policy comes from.

    Attributes:
        path: Folder of a Hugging Face causal language model with its tokenizer.
        init: Instead of `path`: folder with a `config.json` and tokenizer files to initialise at random; one inside an
            installed package is written `pkg://package.module`.
        shape: Folder with the model's `config.json` alone, so that `rlvr plan` works before the weights are there.
        dtype: Type of the arithmetic: float32 or bfloat16. Weights and optimiser state are float32 either way.
        attention: Attention implementation, by transformers' names: sdpa, eager, flash_attention_2.
        gradient_checkpointing: Recompute activations in the backward pass, to save memory.
        lora: See `LoraConfig`.
    """

    path: str | None = None
    init: str | None = None
    shape: str | None = None
    dtype: str = choice("float32", ("float32", "bfloat16"))
    attention: str = "sdpa"
    gradient_checkpointing: bool = False
    lora: LoraConfig = field(default_factory=LoraConfig)
