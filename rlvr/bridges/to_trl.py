"""Our rewards in TRL: a reward or composition as one of `reward_funcs`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rlvr.bridges.unreferenced import UnreferencedSample, reads_reference
from rlvr.sample import THINK, Message, Prompt, Sample, opens_reasoning

if TYPE_CHECKING:
    from rlvr.compose import Composable
    from rlvr.verdict import Verdict

_NO_COLUMNS = {"prompts", "completions", "completion_ids", "trainer_state", "log_extra", "log_metric", "environments"}
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
_MAX_ERROR_RATE, _WINDOW = 0.02, 256


def as_trl(
    node: Composable,
    *,
    reference: str | None = "reference",
    tokenizer: Any = None,
    workers: int = 2,
    **rendering: Any,
) -> Callable[..., list[float | None]]:
    """A reward or composition as one of TRL's `reward_funcs`.

    What could not be scored is `None`, which TRL leaves out of the mean; deadlines, retries and the error budget hold
    as they do here. What TRL logs beside the scores, by its own `log_extra` and `log_metric`: `NAME/explanation` and
    `NAME/extracted` in its table of completions, and as metrics `NAME/unscored` (the share without a score), the mean
    score of each part of a composition, and the mean of each metric of the verdicts.

    A completion begins inside a reasoning block where the prompt ends in one: plain text and an assistant's turn to be
    continued say so themselves; of other chats the template knows, so hand over the `tokenizer`.

    Args:
        node: What to score with.
        reference: The column of the data set that holds the reference; all other columns are in `Sample.data`. A data
            set without the column serves rewards that read no reference; None says that there are no references, and
            `Sample.reference` is None.
        tokenizer: Of the model that is trained, for prompts that are chats.
        workers: Worker processes, for rewards that are isolated.
        rendering: What `GRPOConfig.chat_template_kwargs` holds, for the tokenizer's chat template.

    Returns:
        A function of `prompts`, `completions` and columns, named after the reward. It raises `KeyError` where the
        reward reads a reference that the data set does not have, and `ErrorBudgetError` as training here does.

    >>> from rlvr import get_reward
    >>> function = as_trl(get_reward("math.final_number"), reference="solution")
    >>> function(prompts=["1+1=", "1+2="], completions=["2", "5"], solution=["2", "3"])
    [1.0, 0.0]
    >>> function(prompts=["1+1=<think>"], completions=["Perhaps 2"], solution=["2"])
    [0.0]
    """
    from rlvr.scoring import ErrorBudget, Scorer

    scorer = Scorer(node, workers=workers, max_error_rate=1.0)
    budget = ErrorBudget(_MAX_ERROR_RATE, _WINDOW)

    def scores(prompts: Sequence[Any], completions: Sequence[Any], **given: Any) -> list[float | None]:
        columns = {name: column for name, column in given.items() if name not in _NO_COLUMNS}
        references: Sequence[Any] | None = None if reference is None else columns.pop(reference, None)
        ids = given.get("completion_ids")
        samples: list[Sample] = []
        for i, completion in enumerate(completions):
            data = {name: column[i] for name, column in columns.items()}
            known: dict[str, Any] = {
                "prompt": _prompt(prompts[i]),
                "data": data,
                "n_tokens": None if ids is None else len(ids[i]),
                "reasoning_open": opens_reasoning(_end(prompts[i], tokenizer, rendering)),
                "id": f"sample {i}",
            }
            known["completion"] = _text(completion, opened=known["reasoning_open"])
            if references is not None:
                samples.append(Sample(reference=references[i], **known))
            elif reference is None:
                samples.append(Sample(**known))
            else:  # its group by name, since the reference that would tell it cannot be read
                samples.append(UnreferencedSample(**known, group=repr((prompts[i], data))))
        verdicts = scorer.score(samples)
        if any(reads_reference(verdict) for verdict in verdicts):
            raise KeyError(
                f"The data set has no column `{reference}`, and the reward `{node.name}` reads the reference; there "
                f"are the columns: {', '.join(sorted(columns)) or 'none'}. Name the one: as_trl(reference=...)."
            )
        _log(node.name, verdicts, given.get("log_extra"), given.get("log_metric"))
        budget.record(node.name, samples, verdicts)
        return [verdict.score for verdict in verdicts]

    scores.__name__ = scores.__qualname__ = node.name
    return scores


def _log(
    name: str,
    verdicts: Sequence[Verdict],
    log_extra: Callable[[str, list[str]], None] | None,
    log_metric: Callable[[str, float], None] | None,
) -> None:
    if log_extra is not None:  # each column each time: TRL makes one table of all calls
        log_extra(f"{name}/explanation", [verdict.explanation for verdict in verdicts])
        log_extra(f"{name}/extracted", [verdict.extracted or "" for verdict in verdicts])
    if log_metric is None or not verdicts:
        return
    found: dict[str, list[float]] = {"unscored": [float(verdict.score is None) for verdict in verdicts]}
    for verdict in verdicts:
        parts = {part: one.score for part, one in verdict.components.items()}
        for key, value in (parts | dict(verdict.metrics)).items():
            if value is not None and math.isfinite(value):
                found.setdefault(key, []).append(value)
    for key, values in found.items():
        log_metric(f"{name}/{key}", math.fsum(values) / len(values))


def _text(completion: Any, *, opened: bool) -> str:
    """The text of a completion, which is plain or the messages that TRL generated."""
    if isinstance(completion, str):
        return completion
    messages: Sequence[Mapping[str, Any]] = completion
    return "\n".join(_said(message, opened=opened) for message in messages if message["role"] == "assistant")


def _said(message: Mapping[str, Any], *, opened: bool) -> str:
    """What a message says, with the reasoning back in front that a tokenizer's parser took out of it."""
    content = str(message.get("content") or "")
    thought = next((str(message[key]) for key in _THOUGHTS if message.get(key)), "")
    opening, closing = THINK
    return f"{'' if opened else opening}{thought}{closing}{content}" if thought else content


def _prompt(prompt: Any) -> Prompt:
    if isinstance(prompt, str):
        return prompt
    messages: Sequence[Mapping[str, Any]] = prompt
    return tuple(Message(str(message["role"]), str(message.get("content") or "")) for message in messages)


def _end(prompt: Any, tokenizer: Any, rendering: Mapping[str, Any]) -> str:
    """The text that a completion follows, as far as it is known."""
    if isinstance(prompt, str):
        return prompt
    messages: list[Mapping[str, Any]] = list(prompt)
    if messages and messages[-1]["role"] == "assistant":  # TRL has the model continue it
        return str(messages[-1].get("content") or "")
    if tokenizer is None:
        return ""
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **rendering))
