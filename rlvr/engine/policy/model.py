"""Loading and saving the policy: a Hugging Face folder in, a Hugging Face folder out."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import jinja2
import torch
from safetensors import SafetensorError
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedTokenizerBase

from rlvr.config.paths import resolve_folder
from rlvr.config.schema import ModelConfig
from rlvr.errors import ModelError

Tokenizer: TypeAlias = PreTrainedTokenizerBase

# from_pretrained and from_config are not annotated.
_AUTO_CONFIG: Any = AutoConfig
_AUTO_MODEL: Any = AutoModelForCausalLM
_AUTO_TOKENIZER: Any = AutoTokenizer

DTYPES: Final = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def model_folder(config: ModelConfig) -> Path:
    """The folder that `model.path` or `model.init` names."""
    return resolve_folder(config.path or config.init or "")


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a model folder, with an end-of-sequence token.

    Raises:
        ModelError: The folder has no usable tokenizer, or one that cannot end a completion.
    """
    try:
        tokenizer: Any = _AUTO_TOKENIZER.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise ModelError(
            f"{folder} has no tokenizer that transformers can load: {error}",
            hint="Save it beside the weights: `tokenizer.save_pretrained(folder)`.",
        ) from error
    if tokenizer.eos_token_id is None:
        raise ModelError(
            f"The tokenizer in {folder} has no end-of-sequence token, so no completion could end.",
            hint="Set `eos_token` in tokenizer_config.json.",
        )
    return tokenizer


def load_model(config: ModelConfig, *, seed: int, device: torch.device) -> nn.Module:
    """The policy's weights, in float32, from a folder or drawn at random.

    Args:
        config: Which folder, and how to hold it.
        seed: Of the random initialisation, with `model.init`.
        device: Where the weights go.

    Raises:
        ModelError: The folder holds no causal language model that transformers can load.
    """
    folder = model_folder(config)
    dtype = torch.float32
    try:
        if config.path is None:
            architecture: Any = _AUTO_CONFIG.from_pretrained(str(folder), local_files_only=True)
            architecture.dtype = dtype
            torch.manual_seed(seed)
            model: Any = _AUTO_MODEL.from_config(architecture, attn_implementation=config.attention, dtype=dtype)
        else:
            model, found = _AUTO_MODEL.from_pretrained(
                str(folder),
                local_files_only=True,
                dtype=dtype,
                attn_implementation=config.attention,
                output_loading_info=True,
            )
            _check_complete(found["missing_keys"], folder)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{folder} holds no causal language model that can be loaded: {error}") from error
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    # transformers hides dropout behind train(); with it on, the ratio of an on-policy update would not be 1.
    disable_dropout(model)
    return model.to(device)


def _check_complete(missing: Collection[str], folder: Path) -> None:
    # transformers draws them at random and only warns.
    if missing:
        names = ", ".join(sorted(missing)[:3]) + (", ..." if len(missing) > 3 else "")
        raise ModelError(f"{folder} lacks {len(missing)} of the model's weights: {names}.")


def disable_dropout(model: nn.Module) -> None:
    """Sets every dropout rate to 0, as PPO-style ratios need the policy that generated."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        # Attention takes its rate as an argument, from an attribute such as `attention_dropout`.
        for name, value in list(vars(module).items()):
            if "dropout" in name and isinstance(value, float):
                setattr(module, name, 0.0)


def cast_weights(model: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Changes the type of the weights, in place, and of nothing else.

    `model.to(dtype)` would round the frequencies of rotary embeddings too, which are off by whole turns then.
    """
    for parameter in model.parameters():
        parameter.data = parameter.data.to(dtype)
    return model


def check_vocabulary(model: nn.Module, tokenizer: Tokenizer, folder: Path) -> None:
    """Refuses a tokenizer with more tokens than the model has embeddings.

    A model may have more rows than the tokenizer has tokens (padding to a multiple of 64 is common); generation and
    training leave those out.

    Raises:
        ModelError: Some token has no embedding.
    """
    rows = int(model_config(model).get_text_config().vocab_size)
    if len(tokenizer) > rows:
        raise ModelError(
            f"The tokenizer in {folder} has {len(tokenizer)} tokens and the model {rows} embeddings.",
            hint="Resize the embeddings (`model.resize_token_embeddings(len(tokenizer))`) and save the model again.",
        )


def model_config(model: nn.Module) -> Any:
    """The transformers configuration of a model (untyped there), also of one that is sharded."""
    return model.config


def stop_ids(folder: Path, tokenizer: Tokenizer) -> tuple[int, ...]:
    """The ids that end a completion: those that the folder lists, and what its chat template ends a turn with.

    Chat models often end a turn with another token than the tokenizer's `eos_token`; missing it makes every completion
    run to the length limit.
    """
    return tuple(sorted({*listed_stop_ids(folder, tokenizer), *turn_end(tokenizer)[-1:]}))


def listed_stop_ids(folder: Path, tokenizer: Tokenizer) -> tuple[int, ...]:
    """The ids that end a completion by the tokenizer and the generation settings; other programs know no others."""
    listed: Any = None
    if (folder / "generation_config.json").is_file():
        generation: Any = GenerationConfig.from_pretrained(str(folder), local_files_only=True)
        listed = generation.eos_token_id
    ids: list[int] = [listed] if isinstance(listed, int) else list(listed or ())
    return tuple(sorted({eos_id(tokenizer), *ids}))


def turn_end(tokenizer: Tokenizer) -> tuple[int, ...]:
    """What the chat template writes behind an assistant's turn, up to its last special token; nothing if it has none.

    Gemma's base models end a text with one token and chats with another, which their settings do not name.
    """
    probe = "rlvr-probe"
    chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": probe}]
    if not tokenizer.chat_template:
        return ()
    try:
        text = chat_text(tokenizer, chat)
    except jinja2.TemplateError:
        return ()
    _, found, behind = text.rpartition(probe)
    ids = text_ids(tokenizer, behind) if found and behind else []
    special = special_ids(tokenizer)
    last = max((i for i, token in enumerate(ids) if token in special), default=-1)
    return tuple(ids[: last + 1])


def special_ids(tokenizer: Tokenizer) -> frozenset[int]:
    """Tokens that are no text."""
    added: Any = tokenizer.added_tokens_decoder
    return frozenset({int(token) for token, it in added.items() if it.special} | {eos_id(tokenizer)})


def eos_id(tokenizer: Tokenizer) -> int:
    """The tokenizer's end-of-sequence token, which `load_tokenizer` made sure of."""
    return cast("int", tokenizer.eos_token_id)


def text_ids(tokenizer: Tokenizer, text: str, *, special: bool = False) -> list[int]:
    """A text's tokens; with `special` also those that the tokenizer puts around a text."""
    return cast("list[int]", tokenizer(text, add_special_tokens=special)["input_ids"])


def chat_text(tokenizer: Tokenizer, chat: list[dict[str, str]], *, open_turn: bool = False) -> str:
    """A chat as the tokenizer's template writes it, with the beginning of the model's turn where it is `open_turn`.

    Raises:
        TemplateError: The template refuses the chat.
    """
    return cast("str", tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=open_turn))


def parameter_count(model: nn.Module) -> int:
    """How many weights, tied ones once."""
    return sum(parameter.numel() for parameter in model.parameters())
