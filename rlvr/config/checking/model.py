"""Whether the model's folder is there and complete, and reads as many tokens as the run needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from rlvr.config.paths import PACKAGE, resolve_folder
from rlvr.config.problem import Problem
from rlvr.config.schema import SUPERVISED, TrainConfig
from rlvr.errors import ConfigError

_TOKENIZER_FILES = ("tokenizer*.json", "vocab.*", "*.model", "*.tiktoken", "tekken.json")
_TEMPLATE_FILES = ("chat_template.jinja", "chat_template.json", "additional_chat_templates/*.jinja")


def check_model(config: TrainConfig) -> Iterator[Problem]:
    """Problems with `model.path` and `model.init`, and with the lengths of prompt and completion."""
    key, text = named_model(config)
    path, init = config.model.path, config.model.init
    if path and init:
        yield Problem(
            "model.path", f"the model comes from model.init={init} already; add `model.init=null` to use {path}."
        )
        return
    if not text:
        what = "set it to the folder of a model, or `model.init` to one with a `config.json` to start at random."
        yield Problem(key, what)
        return
    try:
        folder = resolve_folder(text)
    except ConfigError as error:
        yield Problem(key, error.problems[0])
        return
    found = _read_model(folder, text)
    if isinstance(found, str):
        yield Problem(key, found)
        return
    if not has_tokenizer(folder):
        what = f"{folder} has no tokenizer. Save it beside the model: `tokenizer.save_pretrained({str(folder)!r})`."
        yield Problem(key, what)
    if found.get("attn_logit_softcapping") and config.model.attention == "sdpa":
        text = "`sdpa` leaves out the cap on attention scores that this model was trained with; use eager, or "
        yield Problem("model.attention", f"{text}flash_attention_2 where it is installed.")
    yield from _check_context(config, found)


def named_model(config: TrainConfig) -> tuple[str, str | None]:
    """The key that names the model, and what it says."""
    model = config.model
    return ("model.init", model.init) if model.init and not model.path else ("model.path", model.path)


def has_file(folder: Path, patterns: tuple[str, ...]) -> bool:
    """Whether a folder has a file that matches one of the patterns."""
    return any(True for pattern in patterns for _ in folder.glob(pattern))


def has_tokenizer(folder: Path) -> bool:
    """Whether a folder has files of a tokenizer."""
    return has_file(folder, _TOKENIZER_FILES)


def has_chat_template(folder: Path) -> bool:
    """Whether the tokenizer in a folder can render chat messages."""
    settings = read_json(folder / "tokenizer_config.json")
    inside = isinstance(settings, dict) and bool(settings.get("chat_template"))
    return inside or has_file(folder, _TEMPLATE_FILES)


def read_json(file: Path) -> dict[str, Any] | str:
    """The object in a file, or why there is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        return f"{file} cannot be read: {error.strerror}."
    except ValueError as error:
        return f"{file} is no JSON: {error}."
    return cast("dict[str, Any]", content) if isinstance(content, dict) else f"{file} holds no object."


def _read_model(folder: Path, text: str) -> dict[str, Any] | str:
    if not folder.is_dir():
        looks_like_hub = text.count("/") == 1 and not text.startswith((PACKAGE, "/", ".", "~"))
        hint = f" Download it first: `hf download {text} --local-dir DIR`." if looks_like_hub else ""
        return f"there is no folder `{text}` (looked in {Path.cwd()}).{hint}"
    file = folder / "config.json"
    if not file.is_file():
        return f"{folder} has no config.json, so it is no folder of a Hugging Face model."
    return read_json(file)


def _supervised_lengths(config: TrainConfig) -> Iterator[tuple[str, int]]:
    if config.stage == "cpt":
        yield "cpt.sequence_tokens", config.cpt.sequence_tokens
    elif config.data.mixture and (config.stage == "sft" or config.sft.steps):
        yield "sft.max_tokens", config.sft.max_tokens


def _check_context(config: TrainConfig, model: dict[str, Any]) -> Iterator[Problem]:
    inner: dict[str, Any] = model.get("text_config") or model  # models that also see or hear nest it
    context = inner.get("max_position_embeddings")
    if not isinstance(context, int):
        return
    for key, wanted in _supervised_lengths(config):
        if wanted > context:
            yield Problem(key, f"`{wanted}` is more than the {context} tokens the model reads.")
    prompt, new = config.data.max_prompt_tokens, config.rollout.max_new_tokens
    if prompt + new > context and not (config.stage in SUPERVISED and config.data.mixture):
        text = f"`{new}` with data.max_prompt_tokens={prompt} is {prompt + new}; the model reads {context} tokens."
        yield Problem("rollout.max_new_tokens", f"{text} Lower one of the two.")
