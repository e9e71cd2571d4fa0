"""The numbers of a model that memory and time follow from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlvr.errors import ModelError


@dataclass(frozen=True)
class ModelShape:
    """A decoder's sizes.

    Attributes:
        name: Its architecture.
        parameters: All weights; an embedding that is also the output layer counts once.
        embedding: Weights of one embedding, vocabulary times width.
        tied: Whether the output layer is the embedding.
        width: Of the residual stream.
        layers: Decoder layers.
        heads: Query heads.
        kv_heads: Key and value heads.
        head_width: Width of a head.
        inner: Width inside the feed-forward part.
        vocabulary: Rows of the embedding.
        capped_logits: Whether the logits go through a soft cap, which holds further tensors of their size.
        context: Tokens the model reads.
    """

    name: str
    parameters: int
    embedding: int
    tied: bool
    width: int
    layers: int
    heads: int
    kv_heads: int
    head_width: int
    inner: int
    vocabulary: int
    capped_logits: bool
    context: int

    @property
    def layer_parameters(self) -> int:
        """Weights of one decoder layer, the largest piece that is gathered at a time beside the embeddings."""
        return (self.parameters - self.embedding * (1 if self.tied else 2)) // self.layers

    @property
    def multiplied(self) -> int:
        """Weights that a token is multiplied with: all but the looked-up embedding, and the output layer once."""
        return self.layer_parameters * self.layers + self.embedding


def shape_of(folder: Path) -> ModelShape:
    """The shape of the model in a Hugging Face folder; only its `config.json` is needed.

    The weights are counted by building the model without memory for them, so any architecture that transformers knows
    is counted exactly.

    Raises:
        ModelError: The folder has no configuration of a causal language model.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    loaders: Any = (AutoConfig, AutoModelForCausalLM)  # from_pretrained and from_config are not annotated
    try:
        config = loaders[0].from_pretrained(str(folder), local_files_only=True)
        with torch.device("meta"):
            model = loaders[1].from_config(config)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(
            f"{folder} holds no configuration of a causal language model: {error}",
            hint="A plan needs the model's config.json: set model.path to its folder.",
        ) from error
    text = config.get_text_config()
    heads = int(text.num_attention_heads)
    return ModelShape(
        name=type(model).__name__,
        parameters=sum(weight.numel() for weight in model.parameters()),
        embedding=int(text.vocab_size) * int(text.hidden_size),
        tied=bool(text.tie_word_embeddings),
        width=int(text.hidden_size),
        layers=int(text.num_hidden_layers),
        heads=heads,
        kv_heads=int(getattr(text, "num_key_value_heads", None) or heads),
        head_width=int(getattr(text, "head_dim", None) or text.hidden_size // heads),
        inner=int(text.intermediate_size),
        vocabulary=int(text.vocab_size),
        capped_logits=bool(getattr(text, "final_logit_softcapping", None)),
        context=int(text.max_position_embeddings),
    )
