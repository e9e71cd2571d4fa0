"""Prompts as token ids: plain text as it is, chat messages through the model's own template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from rlvr.engine.policy.model import Tokenizer, eos_id, text_ids, turn_end
from rlvr.engine.rollout.chat import Encoded, render_chat, render_reply
from rlvr.environment import MultiTurnEnvironment
from rlvr.errors import DataError
from rlvr.sample import Task, opens_reasoning


@dataclass(frozen=True, slots=True)
class EncodedTask:
    """A task with its prompt as the model reads it.

    Attributes:
        task: The task.
        ids: Token ids of the prompt.
        reasoning_open: The rendered prompt ends inside a reasoning block.
        source: Name of the source it was drawn from; empty where the run has only one.
        index: Its index there.
        env: Answers what the model says; None where a task is a single completion.
    """

    task: Task
    ids: tuple[int, ...]
    reasoning_open: bool
    source: str = ""
    index: int = 0
    env: MultiTurnEnvironment | None = None


def encode_task(tokenizer: Tokenizer, task: Task, max_tokens: int) -> EncodedTask:
    """Renders and tokenises a prompt.

    Raises:
        DataError: The prompt is empty or longer than `max_tokens`; cutting it would change the task.
        ModelError: Chat messages for a tokenizer without a chat template.
    """
    text = render(tokenizer, task)
    # A template writes its own beginning-of-sequence token; plain text gets the tokenizer's usual one.
    plain = isinstance(task.prompt, str)
    ids = text_ids(tokenizer, text, special=plain)
    if plain and ids and ids[-1] == tokenizer.eos_token_id:
        ids = ids[:-1]
    if not ids:
        raise DataError(f"The prompt of task {task.id or text!r} has no tokens.")
    if len(ids) > max_tokens:
        raise DataError(
            f"The prompt of task {task.id or text[:30]!r} has {len(ids)} tokens, the limit is {max_tokens}.",
            hint="Raise data.max_prompt_tokens, or take the task out of the file.",
        )
    return EncodedTask(task, tuple(ids), opens_reasoning(text))


def encode_reply(tokenizer: Tokenizer, task: Task, reply: str, last: int) -> tuple[list[int], bool]:
    """What stands between two turns of the model when an environment says something: plain text, or a user's turn.

    Args:
        tokenizer: Of the model.
        task: Whose prompt is plain or a chat.
        reply: What the environment says.
        last: The token that ended the model's turn. What the template ends a turn with is added where that is another.

    Returns:
        Token ids, and whether they open a reasoning block.

    Raises:
        DataError: The template refuses a user's turn after the assistant's.
    """
    text = reply if isinstance(task.prompt, str) else render_reply(tokenizer, reply)
    ids = text_ids(tokenizer, text)
    end = () if isinstance(task.prompt, str) else turn_end(tokenizer)
    if end and last == end[-1] and tuple(ids[: len(end)]) == end:
        ids = ids[len(end) :]
    return ids, opens_reasoning(text)


def render(tokenizer: Tokenizer, task: Task) -> str:
    """The prompt as one text, chat messages rendered with the generation prompt at the end."""
    if isinstance(task.prompt, str):
        return task.prompt
    return render_chat(tokenizer, task.prompt, open_turn=True, name=f"Task {task.id!r}")


def encode_demonstration(tokenizer: Tokenizer, task: Task, max_tokens: int) -> Encoded:
    """The prompt as the model is asked it, and the demonstration to be learned with its end.

    A plain prompt's demonstration ends with the end-of-sequence token, a chat's with what ends the assistant's turn.

    Raises:
        DataError: The task has no demonstration.
    """
    if task.demonstration is None:
        raise DataError(
            f"Task {task.id or task.prompt!r} has no demonstration to imitate.",
            hint='Supervised steps need `"demonstration"` in each row of the tasks file.',
        )
    prompt = encode_task(tokenizer, task, max_tokens)
    completion = encode_completion(tokenizer, task, task.demonstration)
    learned = [False] * len(prompt.ids) + [True] * len(completion)
    return Encoded(np.array([*prompt.ids, *completion], dtype=np.int64), np.array(learned, dtype=np.bool_))


def encode_completion(tokenizer: Tokenizer, task: Task, text: str) -> list[int]:
    """A completion that somebody wrote, with its end: of the text after a plain prompt, of the turn in a chat."""
    end = () if isinstance(task.prompt, str) else turn_end(tokenizer)
    return [*text_ids(tokenizer, text), *(end or (eos_id(tokenizer),))]


def decode(tokenizer: Tokenizer, ids: Sequence[int], stop: Sequence[int]) -> str:
    """A completion's text: the stop token that ended it is left out, other special tokens stay visible to rewards."""
    kept = ids[:-1] if ids and ids[-1] in stop else ids
    return cast("str", tokenizer.decode(list(kept), skip_special_tokens=False, clean_up_tokenization_spaces=False))
