"""Small tokenizers of three families, for models whose own is not at hand: one character or byte a token.

What matters to a run is the same as in the real ones: which special tokens there are, which of them begins a text and
ends a turn, and what the chat template writes and refuses. How many tokens a text has is not.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# `tokenizers` ships stubs without annotations.

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers, processors
from tokenizers import Tokenizer as RawTokenizer
from transformers import PreTrainedTokenizerFast

from rlvr.engine.policy.model import Tokenizer
from rlvr.errors import ModelError


@dataclass(frozen=True)
class Family:
    """What a family's tokenizers have in common.

    Attributes:
        special: Special tokens, in the order of their ids.
        bos: Begins a text; empty for none.
        eos: Ends a text.
        pad: Fills up.
        template: Of chats.
        pieces: Whether words begin with a mark for the space before them, as SentencePiece has it; bytes otherwise.
    """

    special: tuple[str, ...]
    bos: str
    eos: str
    pad: str
    template: str
    pieces: bool = False


_GEMMA: Final = Family(
    special=("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"),
    bos="<bos>",
    eos="<eos>",
    pad="<pad>",
    pieces=True,
    template="{{ bos_token }}{% for message in messages %}{% if message.role == 'system' %}"
    "{{ raise_exception('this template has no system role') }}{% endif %}"
    "<start_of_turn>{{ 'model' if message.role == 'assistant' else message.role }}\n"
    "{{ message.content | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}",
)
_QWEN: Final = Family(
    special=("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    bos="",
    eos="<|im_end|>",
    pad="<|endoftext|>",
    template="{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
)
_LLAMA: Final = Family(
    special=("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    bos="<|begin_of_text|>",
    eos="<|eot_id|>",
    pad="<|end_of_text|>",
    template="{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n"
    "{{ message.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}",
)
FAMILIES: Final = {"gemma": _GEMMA, "qwen": _QWEN, "llama": _LLAMA}
"""By the beginning of `model_type`."""


def stand_in(model_type: str) -> Tokenizer:
    """A tokenizer like those of a kind of model.

    Args:
        model_type: As `config.json` has it.

    Raises:
        ModelError: Nothing is known of its tokenizers.

    >>> tokenizer = stand_in("qwen2")
    >>> len(tokenizer), tokenizer.eos_token, tokenizer.decode(tokenizer("Grüße!")["input_ids"])
    (259, '<|im_end|>', 'Grüße!')
    """
    family = next((known for name, known in FAMILIES.items() if model_type.startswith(name)), None)
    if family is None:
        raise ModelError(
            f"Nothing is known here of the tokenizers of `{model_type}`.",
            hint=f"Put the model's tokenizer beside its config.json; stand-ins there are for {', '.join(FAMILIES)}.",
        )
    raw = _pieces(family) if family.pieces else _bytes(family)
    raw.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in family.special])
    if family.bos:
        begin = (family.bos, raw.token_to_id(family.bos))
        raw.post_processor = processors.TemplateProcessing(
            single=f"{family.bos} $A", pair=f"{family.bos} $A $B", special_tokens=[begin]
        )
    made: Any = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token=family.bos or None,
        eos_token=family.eos,
        pad_token=family.pad,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    made.chat_template = family.template
    return made


def _pieces(family: Family) -> RawTokenizer:
    """As SentencePiece: characters, with a mark for spaces, and bytes for what is none of them."""
    characters = [chr(code) for code in range(ord("!"), ord("~") + 1)]
    tokens = [*family.special, *(f"<0x{byte:02X}>" for byte in range(256)), "\n", "▁", *characters]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    raw = RawTokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>", byte_fallback=True))
    raw.normalizer = normalizers.Replace(" ", "▁")
    raw.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return raw


def _bytes(family: Family) -> RawTokenizer:
    alphabet = cast("list[str]", pre_tokenizers.ByteLevel.alphabet())
    tokens = [*family.special, *sorted(alphabet)]
    raw = RawTokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    return raw
