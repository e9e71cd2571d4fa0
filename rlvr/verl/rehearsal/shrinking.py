"""A model of the same architecture as another, a hundredth of its size in every direction: from `config.json` alone."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any, Final, cast

from rlvr.engine.policy.model import Tokenizer, eos_id
from rlvr.errors import ModelError

HEAD_WIDTH: Final = 32
"""The narrowest head that vLLM's CPU build attends with."""

_SIZES: Final = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
_MOST_LAYERS: Final = 6
_ENDS_AFTER: Final = 10.0
_SHARED: Final = 2.0


def shrink(config: dict[str, Any], vocabulary: int) -> dict[str, Any]:
    """The configuration of a small model of the same architecture.

    Kept are how many query heads share a key head, tied embeddings, caps on logits and attention scores, windows, the
    kinds of layers, positions and everything else that is no size.

    Args:
        config: Of the model, as its `config.json` has it.
        vocabulary: Rows of the embedding.

    Raises:
        ModelError: It is no dense decoder.

    >>> gemma = {"hidden_size": 2304, "num_hidden_layers": 26, "num_attention_heads": 8, "num_key_value_heads": 4,
    ...          "intermediate_size": 9216, "head_dim": 256, "query_pre_attn_scalar": 256, "vocab_size": 256000}
    >>> [*shrink(gemma, 300).values()]
    [64, 2, 2, 1, 128, 32, 32, 300]
    """
    lacking = [name for name in _SIZES if not isinstance(config.get(name), int)]
    if lacking or any("expert" in name for name in config):
        what = f"lacks {', '.join(lacking)}" if lacking else "is of a mixture of experts"
        raise ModelError(
            f"The model cannot be made small: its config.json {what}.",
            hint="A rehearsal knows dense decoders of texts, such as Gemma 2, Llama and Qwen 2.",
        )
    heads = int(config["num_attention_heads"])
    key_heads = int(config.get("num_key_value_heads") or heads)
    common = math.gcd(heads, key_heads)
    # One group of heads where several share a key head; two heads where none do.
    small_heads, small_key_heads = (heads // common, key_heads // common) if key_heads < heads else (2, 2)
    width = max(2 * HEAD_WIDTH, small_heads * HEAD_WIDTH)
    kinds: list[str] | None = config.get("layer_types")
    layers = _layers(kinds)
    small: dict[str, Any] = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": small_heads,
        "num_key_value_heads": small_key_heads,
        "intermediate_size": 2 * width,
        "vocab_size": vocabulary,
    }
    if kinds:
        small["layer_types"] = kinds[:layers]
    if config.get("head_dim"):
        small["head_dim"] = HEAD_WIDTH
    if scale := config.get("query_pre_attn_scalar"):
        head_width = config.get("head_dim") or config["hidden_size"] // heads
        small["query_pre_attn_scalar"] = max(1, round(scale * HEAD_WIDTH / head_width))
    if "max_window_layers" in config:
        small["max_window_layers"] = min(layers, int(config["max_window_layers"]))
    dropped = ("quantization_config", "dtype", "torch_dtype", "transformers_version")
    return {name: value for name, value in (config | small).items() if name not in dropped}


def _layers(kinds: list[str] | None) -> int:
    """Two, or as many as show each kind once."""
    if not kinds:
        return 2
    return min(_MOST_LAYERS, max(2, *(kinds.index(kind) + 1 for kind in set(kinds))))


def write_small_model(config: dict[str, Any], tokenizer: Tokenizer, target: Path, *, end: int, seed: int) -> int:
    """A folder that transformers, vLLM and verl load: random weights that write an end after ten tokens or so.

    Without that, random weights would run to the length limit whatever the tokenizer says, and a rehearsal could not
    tell whether an end is understood as one.

    Args:
        config: Of the model it stands for.
        tokenizer: Goes into the folder.
        target: To write to.
        end: The token that a model taught by the chat template, or by texts, would end with.
        seed: Of the weights.

    Returns:
        How many weights there are.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    target.mkdir(parents=True, exist_ok=True)
    special: Any = tokenizer
    ids = {name: getattr(special, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    small = shrink(config, len(tokenizer)) | ids
    (target / "config.json").write_text(json.dumps(small, indent=1), encoding="utf-8")
    loaders: Any = (AutoConfig, AutoModelForCausalLM)  # not annotated
    try:
        torch.manual_seed(seed)
        model: Any = loaders[1].from_config(loaders[0].from_pretrained(str(target), local_files_only=True))
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"No small model can be made of this config.json: {error}") from error
    model = model.float().eval()
    _teach_to_end(model, end, len(tokenizer))
    model.save_pretrained(str(target))
    cast("Any", tokenizer).save_pretrained(str(target))
    return sum(weight.numel() for weight in model.parameters())


def copy_stop_tokens(source: Path | None, target: Path, tokenizer: Tokenizer) -> None:
    """Generation settings as the recipe's folder has them, which is none where it has none."""
    file = target / "generation_config.json"
    if source is not None and (source / file.name).is_file():
        shutil.copyfile(source / file.name, file)
    else:
        file.write_text(json.dumps({"eos_token_id": eos_id(tokenizer)}), encoding="utf-8")


def _teach_to_end(model: Any, end: int, vocabulary: int) -> None:
    """Makes `end` as likely at every place as one in `_ENDS_AFTER`, without training.

    All embeddings get a common part, so that the last hidden states have one; the output row of `end` points there.
    """
    import torch

    inputs, outputs = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    wanted = math.log(vocabulary / (_ENDS_AFTER - 1))
    with torch.no_grad():
        common = torch.randn(inputs.shape[1])
        inputs.add_(common * (_SHARED * inputs.norm(dim=1).mean() / common.norm()))
        ids = torch.randint(0, vocabulary, (4, 16), generator=torch.Generator().manual_seed(0))
        direction = model(ids, output_hidden_states=True).hidden_states[-1].mean(dim=(0, 1))
        direction /= direction.norm()
        # Twice: where the embeddings are tied the rows that are scored move a little with the one that is set.
        for _ in range(2):
            logits = model(ids).logits
            rest = logits.logsumexp(-1).mean() - math.log(vocabulary)
            missing = wanted - (logits[..., end].mean() - rest)
            hidden = model(ids, output_hidden_states=True).hidden_states[-1] @ direction
            outputs[end] += direction * (missing / hidden.mean())
