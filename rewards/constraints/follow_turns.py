"""Conversations whose constraints grow: each turn of the user adds some, and all of them hold from then on.

The reference of a conversation names the user's turns and what holds after each:
`{"turns": [{"prompt": ..., "instruction_id_list": [...], "kwargs": [...]}, ...]}`, as Multi-IF has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rlvr import Message, Sample, Status, Task, Verdict, reward
from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.constraints.follow import judge
from rlvr.sample import is_list, is_mapping

_SCOPES = ("turn", "conversation")
_FORM = 'It is {"turns": [{"prompt": ..., "instruction_id_list": [...], "kwargs": [...]}]}.'


@reward("instructions.follow_turns", isolate="process")
def follow_turns(sample: Sample) -> Verdict:
    """Each answer of a conversation follows the constraints that hold at its turn.

    Args:
        sample: `reference` holds the turns. The messages of the prompt hold the answers so far, the completion is the
            next one. `data` is that of `instructions.follow`, and `scope`: `turn`, the default, scores the last answer,
            which all constraints so far ask for; `conversation` the mean over all answers. The verdict on each is in
            the metrics: `turn1`, and `turn1/strict/keywords:existence`.

    Raises:
        DataError: Reference or data cannot be read, or there are more answers than turns (status `error`).

    >>> turns = [{"prompt": "Rain?", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}]
    >>> said = "Clouds gather over the sea and let their water fall on the hills whenever the air cools down."
    >>> follow_turns.check(said, reference={"turns": turns}, prompt="Rain?").metrics["turn1"]
    1.0
    """
    turns = read_turns(sample.reference)
    scope = sample.data.get("scope") or "turn"
    if scope not in _SCOPES:
        raise DataError(f"`scope` is {scope!r}.{did_you_mean(str(scope), _SCOPES)}", hint="`turn` or `conversation`.")
    messages = sample.prompt if isinstance(sample.prompt, tuple) else (Message("user", sample.prompt),)
    answers = [message.content for message in messages if message.role == "assistant"]
    if len(answers) >= len(turns):
        raise DataError(f"{len(answers) + 1} answers, and the reference has {len(turns)} turns.")
    asked = [message.content for message in messages if message.role != "assistant"]
    verdicts = [
        judge(answer, dict(turn), "\n".join(asked), sample.data)
        for answer, turn in zip((*answers, sample.answer), turns, strict=False)
    ]
    return _together(verdicts, str(scope))


def read_turns(reference: object) -> list[Mapping[str, Any]]:
    """The turns of a reference.

    Raises:
        DataError: It has none.

    >>> read_turns({"turns": [{"prompt": "Hi.", "instruction_id_list": [], "kwargs": []}]})[0]["prompt"]
    'Hi.'
    """
    turns = reference.get("turns") if is_mapping(reference) else None
    if not is_list(turns) or not turns:
        raise DataError("The reference has no `turns`.", hint=_FORM)
    for number, turn in enumerate(turns, start=1):
        if not is_mapping(turn) or not isinstance(turn.get("prompt"), str):
            raise DataError(f"Turn {number} of the reference has no `prompt`.", hint=_FORM)
    return turns


def growing(turns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Turns that name only what they add, with all that holds at each.

    >>> one = {"prompt": "Hi.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
    >>> [turn["instruction_id_list"] for turn in growing([one, {**one, "instruction_id_list": ["startend:quotation"]}])]
    [['punctuation:no_comma'], ['punctuation:no_comma', 'startend:quotation']]
    """
    ids, kwargs, grown = list[str](), list[Any](), list[dict[str, Any]]()
    for turn in turns:
        ids, kwargs = [*ids, *turn["instruction_id_list"]], [*kwargs, *turn["kwargs"]]
        grown.append({"prompt": turn["prompt"], "instruction_id_list": ids, "kwargs": kwargs})
    return grown


def next_turn(task: Task, answer: str) -> Task | None:
    """The task of the next turn, once the current one is answered; `None` after the last.

    >>> turns = [{"prompt": text, "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]} for text in "ab"]
    >>> first = Task((Message("user", "a"),), {"turns": turns}, reward="instructions.follow_turns", id="7")
    >>> [message.content for message in next_turn(first, "Yes.").prompt], next_turn(next_turn(first, "Yes."), "No.")
    (['a', 'Yes.', 'b'], None)
    """
    turns = read_turns(task.reference)
    messages = task.prompt if isinstance(task.prompt, tuple) else (Message("user", task.prompt),)
    at = 1 + sum(message.role == "assistant" for message in messages)
    if at >= len(turns):
        return None
    prompt = (*messages, Message("assistant", answer), Message("user", str(turns[at]["prompt"])))
    return replace(task, prompt=prompt)


def _together(verdicts: Sequence[Verdict], scope: str) -> Verdict:
    metrics = dict[str, float]()
    for number, verdict in enumerate(verdicts, start=1):
        if verdict.score is not None:
            metrics[f"turn{number}"] = verdict.score
            metrics |= {f"turn{number}/{name}": value for name, value in verdict.metrics.items()}
    scores = [one.score for one in verdicts[0 if scope == "conversation" else -1 :] if one.score is not None]
    said = "; ".join(f"turn {number}: {one.explanation}" for number, one in enumerate(verdicts, start=1))
    if not scores:
        return Verdict.unscored(Status.ABSTAINED, said)
    return Verdict(sum(scores) / len(scores), explanation=said, metrics=metrics)
