"""Chats as token ids, through the model's own template, with a mask of what the assistant says.

Where the template marks it itself (`{% generation %}`), its marks are taken. Elsewhere a turn begins where the template
ends when asked to open it, and ends with the last special token that the template writes behind it: the end of the turn
is learned, the line break that follows it is not. That the beginnings are beginnings is checked, in text and in tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import jinja2
import numpy as np
import numpy.typing as npt

from rlvr.engine.policy.model import Tokenizer, chat_text, eos_id, special_ids, text_ids
from rlvr.errors import DataError, ModelError
from rlvr.sample import Message, is_object

_GENERATION = re.compile(r"\{%-?\s*generation\s*-?%\}")
_PROBE = "rlvr-probe"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as token ids.

    Attributes:
        ids: (T,).
        learned: (T,) bool, true for the tokens that are in the loss.
    """

    ids: npt.NDArray[np.int64]
    learned: npt.NDArray[np.bool_]


def render_chat(tokenizer: Tokenizer, messages: Sequence[Message], *, open_turn: bool, name: str = "") -> str:
    """The chat as one text.

    A template that knows no system role (Gemma 2's refuses it) gets the system message at the beginning of the first
    user turn.

    Args:
        tokenizer: With a chat template.
        messages: In their order.
        open_turn: End where the assistant begins to speak.
        name: Of the task or row, for errors.

    Raises:
        ModelError: There is no template.
        DataError: The template refuses the messages.
    """
    template = _template(tokenizer, name)
    chat = [{"role": message.role, "content": message.content} for message in messages]
    if chat and chat[0]["role"] == "system" and not _knows_system(_Hashed(tokenizer, template)):
        system, *chat = chat
        if not chat or chat[0]["role"] != "user":
            raise DataError(f"{name or 'A chat'}: the model's template has no system role, and no user turn follows.")
        chat[0] = {"role": "user", "content": f"{system['content']}\n\n{chat[0]['content']}"}
    try:
        return chat_text(tokenizer, chat, open_turn=open_turn)
    except jinja2.TemplateError as error:
        raise DataError(f"{name or 'A chat'}: the model's chat template refuses it: {error}") from error


def render_reply(tokenizer: Tokenizer, reply: str) -> str:
    """What the template writes from the end of an assistant's turn to the beginning of the next, a user's between them.

    Of a short chat, since what a model said before stays as it said it: a template that would write earlier turns
    differently (Qwen3's leaves their reasoning out) is not asked to.

    Raises:
        ModelError: There is no template.
        DataError: The template refuses such a chat, or leaves out what the assistant said.
    """
    chat = (Message("user", "?"), Message("assistant", _PROBE), Message("user", reply))
    _, found, behind = render_chat(tokenizer, chat, open_turn=True, name="A conversation").partition(_PROBE)
    if not found:
        raise DataError("The model's chat template leaves out what the assistant said before the last user turn.")
    return behind


def encode_chat(
    tokenizer: Tokenizer, messages: Sequence[Message], *, last_turn: bool = False, name: str = ""
) -> Encoded:
    """A whole chat, with what the assistant says to be learned.

    Args:
        tokenizer: With a chat template.
        messages: In their order; what comes before the first assistant turn is context.
        last_turn: Learn the last assistant turn only.
        name: Of the row, for errors.

    Raises:
        DataError: The assistant says nothing, or the template writes earlier turns differently once others follow.
    """
    turns = [i for i, message in enumerate(messages) if message.role == "assistant" and i > 0]
    if not turns:
        raise DataError(f"{name or 'A chat'}: the assistant says nothing in it, so there is nothing to learn.")
    turns = turns[-1:] if last_turn else turns
    messages = messages[: turns[-1] + 1]
    if _GENERATION.search(_template(tokenizer, name)):
        encoded = _by_marks(tokenizer, messages, last_turn=last_turn)
    else:
        encoded = _by_prefixes(tokenizer, messages, turns, name)
    if not encoded.learned.any():
        raise DataError(f"{name or 'A chat'}: nothing of it is learned; the template marks no assistant turn in it.")
    return encoded


def _by_prefixes(tokenizer: Tokenizer, messages: Sequence[Message], turns: Sequence[int], name: str) -> Encoded:
    whole = render_chat(tokenizer, messages, open_turn=False, name=name)
    cuts: list[int] = []
    for turn in turns:
        for part in (
            render_chat(tokenizer, messages[:turn], open_turn=True, name=name),
            render_chat(tokenizer, messages[: turn + 1], open_turn=False, name=name),
        ):
            if not whole.startswith(part) or (cuts and len(part) < cuts[-1]):
                raise DataError(
                    f"{name or 'A chat'}: the model's chat template writes a turn differently once others follow it "
                    f"(message {turn + 1}), so what is learned would not be what the model will be asked for.",
                    hint="Learn the last turn only (`turns: last`), or use a template with {% generation %} marks.",
                )
            cuts.append(len(part))
    ids: list[int] = []
    learned: list[bool] = []
    special = special_ids(tokenizer)
    for number, (start, end) in enumerate(pairwise([0, *cuts])):
        piece = _continue(tokenizer, whole[:start], whole[start:end], len(ids))
        if number + 1 == len(cuts) and not special & set(piece):
            piece = [*piece, eos_id(tokenizer)]  # the template ends no turn: the model could not know when to stop
        # Of a turn its special end is learned, and what the template writes behind that is not.
        length = max((i + 1 for i, token in enumerate(piece) if token in special), default=len(piece))
        ids += piece
        learned += [number % 2 == 1 and i < length for i in range(len(piece))]
    return Encoded(np.array(ids, dtype=np.int64), np.array(learned, dtype=np.bool_))


def _continue(tokenizer: Tokenizer, before: str, text: str, seen: int) -> list[int]:
    """The tokens of `text` behind `before`, which has `seen`: as in the whole, where it begins with the same tokens.

    Else (a line break at the seam makes one token with the next) as a text of its own, which is how the model will
    meet it: it continues a prompt whose tokens are there.
    """
    joined, prefix = _tokens(tokenizer, before + text), _tokens(tokenizer, before)
    return joined[seen:] if joined[:seen] == prefix and len(prefix) == seen else _tokens(tokenizer, text)


def _by_marks(tokenizer: Tokenizer, messages: Sequence[Message], *, last_turn: bool) -> Encoded:
    caller: Any = tokenizer
    chat = [{"role": message.role, "content": message.content} for message in messages]
    found: Any = caller.apply_chat_template(chat, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
    learned = np.array(found["assistant_masks"], dtype=np.bool_)
    if last_turn and learned.any():
        # The last run of true.
        end = int(np.flatnonzero(learned)[-1]) + 1
        gaps = np.flatnonzero(~learned[:end])
        learned[: int(gaps[-1]) + 1 if len(gaps) else 0] = False
    return Encoded(np.array(found["input_ids"], dtype=np.int64), learned)


def _template(tokenizer: Tokenizer, name: str) -> str:
    caller: Any = tokenizer
    template: Any = caller.chat_template
    if is_object(template):
        template = template.get("default")
    if not template:
        raise ModelError(
            f"{name or 'A chat'} has chat messages, and the model's tokenizer has no chat template.",
            hint="Give the prompt as a string, or add a chat_template to the tokenizer.",
        )
    return template


@dataclass(frozen=True)
class _Hashed:
    """A tokenizer with its template as the key of a cache."""

    tokenizer: Tokenizer
    template: str

    def __hash__(self) -> int:
        return hash(self.template)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and self.template == other.template


@lru_cache(maxsize=8)
def _knows_system(hashed: _Hashed) -> bool:
    chat = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "?"}]
    try:
        return _PROBE in chat_text(hashed.tokenizer, chat)
    except jinja2.TemplateError:
        return False


def _tokens(tokenizer: Tokenizer, text: str) -> list[int]:
    # A template writes its own beginning-of-sequence token.
    return text_ids(tokenizer, text) if text else []
