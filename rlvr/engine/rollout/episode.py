"""A conversation of model and environment in tokens, the same in both engines.

What the model wrote stays as it was drawn and is never tokenised anew, so each turn is conditioned on exactly what came
before. What the environment says stands between, for the model to read and not to learn.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from rlvr.engine.policy.model import Tokenizer
from rlvr.engine.rollout.chat import Encoded
from rlvr.engine.rollout.generation import Completion
from rlvr.engine.rollout.prompts import (
    EncodedTask,
    decode,
    encode_completion,
    encode_demonstration,
    encode_reply,
    encode_task,
)
from rlvr.environment import DemonstratedEnvironment, MultiTurnEnvironment
from rlvr.errors import DataError
from rlvr.judging import reply_or_failure
from rlvr.sample import Message, Sample, Task, continued, sample_of
from rlvr.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said in an episode, as its reward and its verdict need it.

    Attributes:
        turns: Between the prompt and the last completion: the model's, without their reasoning, and the environment's.
        completion: The model's last turn, as it wrote it.
        n_tokens: Of everything after the prompt.
        truncated: The model's last turn did not end, or there was no room for a further one.
        reasoning_open: Before the last completion a reasoning block was open.
        failure: Why nobody can judge it; empty where somebody can.
    """

    turns: tuple[Message, ...]
    completion: str
    n_tokens: int
    truncated: bool
    reasoning_open: bool
    failure: str = ""

    def sample(self, task: Task, *, id: str, group: str) -> Sample:
        """As a reward sees it: all that was said before the last completion belongs to the prompt.

        >>> said = (Message("assistant", "5"), Message("user", "Less."))
        >>> talk = Conversation(said, "4", n_tokens=9, truncated=False, reasoning_open=False)
        >>> [message.content for message in talk.sample(Task("2 + 2 ="), id="", group="").prompt]
        ['2 + 2 =', '5', 'Less.']
        """
        return sample_of(
            task,
            self.completion,
            prompt=continued(task.prompt, self.turns),
            truncated=self.truncated,
            n_tokens=self.n_tokens,
            reasoning_open=self.reasoning_open,
            id=id,
            group=group,
        )

    def as_json(self) -> str:
        """As text, to travel from one process to another."""
        return json.dumps(asdict(self))

    @classmethod
    def of_json(cls, text: str) -> Conversation:
        """The inverse of `as_json`.

        >>> talk = Conversation((Message("user", "Go."),), "Gone.", 2, truncated=False, reasoning_open=False)
        >>> Conversation.of_json(talk.as_json()) == talk
        True
        """
        fields: dict[str, Any] = json.loads(text)
        fields["turns"] = tuple(Message(**turn) for turn in fields["turns"])
        return cls(**fields)


class Episode:
    """A conversation while it lasts.

    Args:
        tokenizer: Of the model.
        stop: Ids that end a turn of the model.
        task: With its prompt encoded, and its environment.
        budget: Tokens that may follow the prompt in all, those of the environment included.

    Attributes:
        ids: Tokens after the prompt.
        drawn: Which of them the model wrote.
        log_probs: Of those; 0 for the environment's.
        spoken: How often the model spoke.
        turns: What was said before its last turn, or before its next one.
    """

    def __init__(self, tokenizer: Tokenizer, stop: Sequence[int], task: EncodedTask, budget: int) -> None:
        self.task = task
        self.ids, self.drawn, self.log_probs = list[int](), list[bool](), list[float]()
        self.spoken, self.turns = 0, tuple[Message, ...]()
        self._tokenizer, self._stop, self._budget = tokenizer, stop, budget
        self._completion, self._failure = "", ""
        self._reasoning_open, self._truncated = task.reasoning_open, False

    @property
    def prompt(self) -> list[int]:
        """What the model reads before its next turn."""
        return [*self.task.ids, *self.ids]

    @property
    def room(self) -> int:
        """Tokens that may still follow."""
        return self._budget - len(self.ids)

    def add(self, ids: Sequence[int], log_probs: Sequence[float]) -> bool:
        """Takes a turn of the model, and what the environment says to it.

        Args:
            ids: What the model wrote, the token that ended it included; cut where there is no room for it.
            log_probs: Of these.

        Returns:
            Whether the model is to speak again.
        """
        ids, log_probs = ids[: self.room], log_probs[: self.room]
        self._extend(ids, log_probs, drawn=True)
        self.spoken += 1
        self._completion = decode(self._tokenizer, ids, self._stop)
        self._truncated = not ids or ids[-1] not in self._stop
        env = self.task.env
        if env is None or self._truncated or self.spoken >= env.max_turns:
            return False
        answer = Sample(self._completion, reasoning_open=self._reasoning_open).answer
        turns = (*self.turns, Message("assistant", answer or ""))
        said = reply_or_failure(env, self.task.task, turns)
        if isinstance(said, Verdict):
            self._failure = said.explanation
        if not isinstance(said, str):
            return False
        reply, opened = encode_reply(self._tokenizer, self.task.task, said, ids[-1])
        if len(reply) >= self.room:
            self._truncated = True
            return False
        self._extend(reply, [0.0] * len(reply), drawn=False)
        self.turns, self._reasoning_open = (*turns, Message("user", said)), opened
        return True

    def conversation(self) -> Conversation:
        """What was said so far, with the model's turn at its end."""
        return Conversation(
            turns=self.turns,
            completion=self._completion,
            n_tokens=len(self.ids),
            truncated=self._truncated,
            reasoning_open=self._reasoning_open,
            failure=self._failure,
        )

    def completion(self, index: int) -> Completion:
        """All that follows the prompt, as one completion."""
        return Completion(
            index=index,
            ids=np.array(self.ids, dtype=np.int64),
            log_probs=np.array(self.log_probs, dtype=np.float32),
            truncated=self._truncated,
            drawn=None if all(self.drawn) else np.array(self.drawn, dtype=np.bool_),
            turns=self.spoken,
        )

    def _extend(self, ids: Sequence[int], log_probs: Sequence[float], *, drawn: bool) -> None:
        self.ids += ids
        self.log_probs += log_probs
        self.drawn += [drawn] * len(ids)


def encode_example(tokenizer: Tokenizer, task: Task, max_tokens: int, env: MultiTurnEnvironment | None) -> Encoded:
    """A task with what is worth imitating: a conversation where its environment shows one, in the tokens of a rollout.

    Args:
        tokenizer: Of the model.
        task: With a demonstration, unless the environment shows one.
        max_tokens: Of the prompt.
        env: Answers; None where nobody does.

    Raises:
        DataError: There is no demonstration, or the environment fails.
    """
    if not isinstance(env, DemonstratedEnvironment):
        return encode_demonstration(tokenizer, task, max_tokens)
    stop = encode_completion(tokenizer, task, "")[-1:]
    episode = Episode(tokenizer, stop, replace(encode_task(tokenizer, task, max_tokens), env=env), sys.maxsize)
    goes_on = True
    while goes_on:
        ids = encode_completion(tokenizer, task, env.demonstrate(task, episode.turns))
        goes_on = episode.add(ids, [0.0] * len(ids))
    if failure := episode.conversation().failure:
        raise DataError(f"Task {task.id or task.prompt!r} cannot be shown: {failure}")
    learned = [False] * len(episode.task.ids) + episode.drawn
    return Encoded(np.array(episode.prompt, dtype=np.int64), np.array(learned, dtype=np.bool_))
