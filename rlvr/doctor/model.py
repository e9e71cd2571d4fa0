"""Whether a model's folder fits together: tokenizer, embeddings, chat template, and the tokens that end a turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jinja2 import TemplateError

from rlvr.config.checking.model import read_json
from rlvr.doctor.finding import Finding, State
from rlvr.errors import ModelError
from rlvr.sample import THINK

_GROUP: Final = "model"
_WORD: Final = "Yes"
_EMBEDDINGS: Final = ("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight")


def check_model_folder(folder: Path) -> Iterator[Finding]:
    """Findings about a Hugging Face folder; imports transformers and torch, and loads no weights.

    Args:
        folder: With `config.json`, a tokenizer and the weights.
    """
    config = read_json(folder / "config.json")
    if isinstance(config, str):
        yield Finding(_GROUP, "config", State.BROKEN, config, "hf download OWNER/MODEL --local-dir DIR")
        return
    from rlvr.engine.policy.model import listed_stop_ids, load_tokenizer

    try:
        tokenizer: Any = load_tokenizer(folder)
    except ModelError as error:
        yield Finding(_GROUP, "tokenizer", State.BROKEN, error.message, error.hint)
        return
    inner: dict[str, Any] = config.get("text_config") or config
    yield _embeddings(folder, len(tokenizer), inner.get("vocab_size"))
    stop = listed_stop_ids(folder, tokenizer)
    yield _end(folder, tokenizer)
    yield _padding(folder, tokenizer)
    if not tokenizer.chat_template:
        detail = "none: prompts must be texts, not chat messages"
        yield Finding(_GROUP, "chat template", State.MISSING, detail, f"Write {folder / 'chat_template.jinja'}")
        return
    yield from _template(folder, tokenizer, stop)


def _embeddings(folder: Path, tokens: int, rows: object) -> Finding:
    """The weights decide; the configuration only says what they should be."""
    found = _embedding_rows(folder) or rows
    if not isinstance(found, int):
        return Finding(
            _GROUP, "embeddings", State.WARNING, "neither config.json nor the weights say how many there are"
        )
    if found != rows:
        detail = f"the weights have {found} embeddings, config.json says {rows}"
        return Finding(_GROUP, "embeddings", State.BROKEN, detail, f"Set vocab_size in {folder / 'config.json'}")
    if tokens > found:
        detail = f"{tokens} tokens in the tokenizer, {found} embeddings: some tokens have none"
        fix = "In Python: model.resize_token_embeddings(len(tokenizer)); model.save_pretrained(folder)"
        return Finding(_GROUP, "embeddings", State.BROKEN, detail, fix)
    return Finding(_GROUP, "embeddings", State.OK, f"{found} for {tokens} tokens")


def _embedding_rows(folder: Path) -> int | None:
    """Read off the headers of the safetensors files; no tensor is loaded."""
    from safetensors import SafetensorError, safe_open

    for file in sorted(folder.glob("*.safetensors")):
        try:
            opened: Any = safe_open(file, framework="np")
            with opened as tensors:
                for name in tensors.keys():  # noqa: SIM118 - no mapping
                    if name.endswith(_EMBEDDINGS):
                        return int(tensors.get_slice(name).get_shape()[0])
        except (SafetensorError, OSError):
            return None
    return None


def _end(folder: Path, tokenizer: Any) -> Finding:
    own = f"{tokenizer.eos_token!r} ({tokenizer.eos_token_id})"
    path = folder / "generation_config.json"
    if not path.is_file():
        detail = f"{own}, the tokenizer's; there is no generation_config.json to name others"
        return Finding(_GROUP, "end of sequence", State.NOTE, detail)
    known = read_json(path)
    listed: Any = known.get("eos_token_id") if isinstance(known, dict) else None
    ids: list[int] = [listed] if isinstance(listed, int) else listed or []
    if tokenizer.eos_token_id in ids:
        return Finding(_GROUP, "end of sequence", State.OK, f"{own}; generation ends at {', '.join(map(str, ids))}")
    detail = f"{own} is the tokenizer's, and generation_config.json ends at {', '.join(map(str, ids)) or 'none'}"
    fix = f"Add {tokenizer.eos_token_id} to eos_token_id in {path}"
    return Finding(_GROUP, "end of sequence", State.WARNING, detail, fix)


def _padding(folder: Path, tokenizer: Any) -> Finding:
    if tokenizer.pad_token_id is None:
        fix = f"Set pad_token in {folder / 'tokenizer_config.json'}"
        return Finding(_GROUP, "padding", State.NOTE, "none; rlvr needs none, other engines may", fix)
    if tokenizer.pad_token_id == tokenizer.eos_token_id:
        detail = "the same as the end of sequence; rlvr does not mind, other trainers may mask the end out of the loss"
        return Finding(_GROUP, "padding", State.NOTE, detail)
    return Finding(_GROUP, "padding", State.OK, f"{tokenizer.pad_token!r} ({tokenizer.pad_token_id})")


def _template(folder: Path, tokenizer: Any, stop: tuple[int, ...]) -> Iterator[Finding]:
    question = {"role": "user", "content": "Is it?"}
    try:
        prompt: str = tokenizer.apply_chat_template([question], tokenize=False, add_generation_prompt=True)
        answered = [question, {"role": "assistant", "content": _WORD}]
        turn: str = tokenizer.apply_chat_template(answered, tokenize=False)
    except (TemplateError, ValueError, TypeError) as error:
        detail = f"does not render a question and its answer: {type(error).__name__}: {error}"
        yield Finding(_GROUP, "chat template", State.BROKEN, detail, f"Mend the template in {folder}")
        return
    yield Finding(_GROUP, "chat template", State.OK, f"renders; a question begins {prompt[:40]!r}")
    yield _turn_end(folder, tokenizer, turn.rpartition(_WORD)[2], stop)
    opening, closing = THINK
    if prompt.rfind(opening) > prompt.rfind(closing):
        detail = f"the template opens {opening}: completions begin inside the reasoning, and rewards know it"
        yield Finding(_GROUP, "reasoning", State.NOTE, detail)


def _turn_end(folder: Path, tokenizer: Any, after: str, stop: tuple[int, ...]) -> Finding:
    ids: list[int] = tokenizer(after, add_special_tokens=False)["input_ids"]
    if not after.strip() or not ids:
        detail = "the template writes nothing after an answer, so demonstrations do not show where it ends"
        return Finding(
            _GROUP, "end of turn", State.WARNING, detail, f"Have the template in {folder} end with eos_token"
        )
    token = tokenizer.convert_ids_to_tokens(ids[0])
    if ids[0] in stop:
        return Finding(_GROUP, "end of turn", State.OK, f"{token!r} ({ids[0]}) ends a turn, and generation")
    detail = f"{token!r} ({ids[0]}) ends a turn; generation ends at {', '.join(map(str, stop))} and would run on"
    fix = f"Add {ids[0]} to eos_token_id in {folder / 'generation_config.json'}"
    return Finding(_GROUP, "end of turn", State.BROKEN, detail, fix)
