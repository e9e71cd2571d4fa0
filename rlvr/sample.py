"""What a reward sees: a task, its messages, and one completion of it. Frozen data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeGuard

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What a tasks file can hold for a reference or in `data`."""


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value that was read is a JSON object.

    >>> is_object({"min": 3}), is_object([3])
    (True, False)
    """
    return isinstance(value, dict)


def is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is a mapping of any class.

    >>> from types import MappingProxyType
    >>> is_mapping(MappingProxyType({"min": 3})), is_mapping("min")
    (True, False)
    """
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a value that was read is a list.

    >>> is_list([3]), is_list((3,))
    (True, False)
    """
    return isinstance(value, list)


def is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value is a list or a tuple; a text is none.

    >>> is_sequence([3]), is_sequence((3,)), is_sequence("3")
    (True, True, False)
    """
    return isinstance(value, list | tuple)


THINK: Final = ("<think>", "</think>")
"""The tags around a reasoning block, unless a task says otherwise."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat.

    >>> Message("user", "What is 2 + 2?").content
    'What is 2 + 2?'
    """

    role: str
    content: str


Prompt: TypeAlias = str | tuple[Message, ...]
"""Plain text, given to the model as it is, or chat messages, rendered by the model's own template."""


def prompt_text(prompt: Prompt) -> str:
    """A prompt as one text: what its messages say, without their roles.

    >>> prompt_text((Message("system", "Be brief."), Message("user", "2 + 2 =")))
    'Be brief.\\n2 + 2 ='
    """
    return prompt if isinstance(prompt, str) else "\n".join(message.content for message in prompt)


def continued(prompt: Prompt, turns: Sequence[Message]) -> Prompt:
    """A prompt and what was said after it; what was asked plainly becomes a user's message.

    >>> continued("2 + 2 =", [Message("assistant", "5"), Message("user", "Less.")])[0]
    Message(role='user', content='2 + 2 =')
    """
    if not turns:
        return prompt
    return (*((Message("user", prompt),) if isinstance(prompt, str) else prompt), *turns)


def opens_reasoning(text: str, tags: tuple[str, str] = THINK) -> bool:
    """Whether what a model reads ends inside a reasoning block, so that its completion begins there.

    A tag that a sentence only mentions opens nothing: the one that opens stands at the end, or ends its line.

    >>> opens_reasoning("<|assistant|><think>\\n"), opens_reasoning("<think></think>")
    (True, False)
    >>> opens_reasoning("Begin with <think> and end with a number. 6 * 7 =")
    False
    """
    opening, closing = tags
    _, opened, rest = text.rpartition(opening)
    return bool(opened) and closing not in rest and (not rest.strip() or rest.lstrip(" \t")[0] in "\r\n")


@dataclass(frozen=True, slots=True)
class Task:
    """A prompt, what a right answer is, and which reward knows the difference.

    Args:
        prompt: Plain text, or chat messages for the model's chat template.
        reference: The answer key; its form is the reward's business (`"72"`, `{"instruction_id_list": [...]}`).
        data: Whatever else the reward needs: language pair, source text, tolerance.
        reward: Name of the reward, when the tasks of one file do not share one.
        demonstration: A completion worth imitating, for supervised steps.
        candidates: Completions by others, good and bad, for stages that learn from preferences.
        id: Names the task in logs and errors.
    """

    prompt: Prompt
    reference: Json = None
    data: Mapping[str, Json] = field(default_factory=dict[str, Json])
    reward: str | None = None
    demonstration: str | None = None
    candidates: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion of a task, as a reward sees it.

    `completion` is raw. `answer` is what remains after the reasoning block, and `None` while that block is unclosed:
    an answer inside unfinished reasoning is no answer.

    Args:
        completion: The text the model generated, unchanged.
        reference: The task's answer key.
        prompt: The task's prompt; of a conversation with the messages that came before the completion.
        data: The task's further data.
        truncated: The completion ended at the length limit and not by the model's own decision.
        n_tokens: Length of the completion in tokens, where it is known; of a conversation all that follows the prompt.
        reasoning_open: The prompt already opened the reasoning block (many chat templates end in `<think>`).
        reasoning_tags: Opening and closing tag of the reasoning block.
        id: Names the sample in logs and errors.
        group: Equal for the samples of one group; for rewards that compare them.

    >>> Sample("<think>6 * 7</think> The answer is 42.", reference="42").answer
    ' The answer is 42.'
    >>> Sample("<think>Perhaps 42", reference="42").answer is None
    True
    >>> Sample("6 * 7</think>42", reasoning_open=True).answer
    '42'

    Raises:
        ValueError: A reasoning tag is empty.
    """

    completion: str
    reference: Json = None
    prompt: Prompt = ""
    data: Mapping[str, Json] = field(default_factory=dict[str, Json])
    truncated: bool = False
    n_tokens: int | None = None
    reasoning_open: bool = False
    reasoning_tags: tuple[str, str] = THINK
    id: str = ""
    group: str = ""
    answer: str | None = field(init=False)

    def __post_init__(self) -> None:
        if not all(self.reasoning_tags):
            raise ValueError(f"reasoning_tags are {self.reasoning_tags!r}; both must be nonempty.")
        answer = _after_reasoning(self.completion, self.reasoning_tags, opened=self.reasoning_open)
        object.__setattr__(self, "answer", answer)

    def seen(self) -> list[Any]:
        """All that a reward can see of the sample, as plain data; `id` and `group` only name it.

        >>> Sample("4", reference="4", id="sum-1").seen()
        ['4', '4', '', {}, False, None, False, ('<think>', '</think>')]
        """
        return self._seen(self.reference)

    def _seen(self, reference: Json) -> list[Any]:
        prompt = self.prompt if isinstance(self.prompt, str) else [[turn.role, turn.content] for turn in self.prompt]
        rest = (self.truncated, self.n_tokens, self.reasoning_open, self.reasoning_tags)
        return [self.completion, reference, prompt, self.data, *rest]


def sample_of(task: Task, completion: str, **known: bool | int | str | Prompt | None) -> Sample:
    """The sample that one completion of `task` makes; `known` are further fields of `Sample`.

    >>> sample_of(Task("2 + 2 =", reference="4"), "4", n_tokens=1).reference
    '4'
    """
    given: dict[str, Any] = {"reference": task.reference, "prompt": task.prompt, "data": task.data, **known}
    return Sample(completion, **given)


def _after_reasoning(completion: str, tags: tuple[str, str], *, opened: bool) -> str | None:
    opening, closing = tags
    _, closed, rest = completion.rpartition(closing)
    if opening in rest or (opened and not closed):
        return None
    return rest
