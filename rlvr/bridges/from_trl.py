"""Reward functions written for TRL as rewards of ours."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rlvr.errors import RewardDefinitionError
from rlvr.plain_reward import Isolation, is_async
from rlvr.reward import Reward, batch_reward, wrapping
from rlvr.sample import Sample, is_sequence
from rlvr.signatures import written
from rlvr.verdict import Status, Verdict

_UNKNOWN = ("completion_ids", "trainer_state", "environments")


def from_trl(
    function: Callable[..., Any],
    name: str,
    *,
    reference: str = "solution",
    conversational: bool | None = None,
    range: tuple[float, float] = (0.0, 1.0),
    batch_size: int = 32,
    timeout: float = 60.0,
    isolate: Isolation = "process",
    version: str = "1",
) -> Reward[Any]:
    """One of TRL's reward functions as a reward of ours, batched as TRL calls it.

    It is called by keyword, with `prompts`, `completions`, a list for each key of the samples' data and one of their
    references, as far as it has arguments for them. `None` for a completion becomes the status `abstained`. What it
    hands to `log_extra` becomes the explanation, what it hands to `log_metric` a metric of each sample of the batch.

    Args:
        function: Plain or async; an object that is called will do as well.
        name: See `reward`.
        reference: The column under which it reads the reference.
        conversational: Whether prompts and completions are messages; otherwise where the sample's prompt is a chat.
        range: See `reward`.
        batch_size: See `batch_reward`.
        timeout: Of a batch; see `batch_reward`.
        isolate: See `reward`; a process unless told otherwise, since nothing else ends such a function that hangs.
        version: See `reward`.

    Raises:
        RewardDefinitionError: It needs something that only TRL's trainer has (token ids, the trainer's state).

    >>> def matches(completions, solution, **kwargs):
    ...     return [float(text.endswith(end)) for text, end in zip(completions, solution)]
    >>> from_trl(matches, "demo.trl").check("so 42", reference="42").score
    1.0
    """
    accepted = _accepted(function, name)

    def call(samples: Sequence[Sample], logged: _Logged) -> Any:
        chat = conversational if conversational is not None else not isinstance(samples[0].prompt, str)
        keys = dict.fromkeys(key for sample in samples for key in sample.data)
        columns: dict[str, Any] = {key: [sample.data.get(key) for sample in samples] for key in keys}
        columns |= {
            reference: [sample.reference for sample in samples],
            "prompts": [_prompt(sample, chat=chat) for sample in samples],
            "completions": [_completion(sample, chat=chat) for sample in samples],
            "log_extra": logged.extra,
            "log_metric": logged.metric,
        }
        return function(**{key: value for key, value in columns.items() if accepted is None or key in accepted})

    depends = (function, reference, conversational)
    declared = batch_reward(
        name,
        batch_size=batch_size,
        version=version,
        range=range,
        timeout=timeout,
        isolate=isolate,
        depends=depends,
    )
    if is_async(function):

        async def later(samples: list[Sample]) -> list[Verdict | float]:
            logged = _Logged()
            return logged.verdicts(await call(samples, logged), len(samples))

        return wrapping(declared(later), function)

    def now(samples: list[Sample]) -> list[Verdict | float]:
        logged = _Logged()
        return logged.verdicts(call(samples, logged), len(samples))

    return wrapping(declared(now), function)


class _Logged:
    """What a function tells TRL beside its scores, kept for the verdicts."""

    def __init__(self) -> None:
        self._columns: dict[str, Sequence[object]] = {}
        self._metrics: dict[str, float] = {}

    def extra(self, column: str, values: Sequence[object]) -> None:
        self._columns[column] = values

    def metric(self, name: str, value: float) -> None:
        self._metrics[name] = float(value)

    def verdicts(self, result: Any, count: int) -> Any:
        """The verdicts on `count` samples; what is no list of that length goes on as it is, to be refused."""
        listed: Any = result.tolist() if hasattr(result, "tolist") else result
        scores = listed if is_sequence(listed) else ()
        return [self._verdict(score, i) for i, score in enumerate(scores)] if len(scores) == count else result

    def _verdict(self, score: Any, place: int) -> Any:
        told = "; ".join(f"{name}: {values[place]}" for name, values in self._columns.items() if place < len(values))
        if score is None:
            return Verdict.unscored(Status.ABSTAINED, told or "the function returned None")
        # Anything else but a number is refused where it is judged.
        if not isinstance(score, numbers.Real):
            return score
        return Verdict(float(score), explanation=told, metrics=self._metrics)


def _accepted(function: Callable[..., Any], name: str) -> set[str] | None:
    """The arguments that a function takes; None where it takes any.

    Raises:
        RewardDefinitionError: It needs one that a sample does not have.
    """
    parameters = inspect.signature(function).parameters.values()
    for one in parameters:
        if one.name in _UNKNOWN and one.default is one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
            raise RewardDefinitionError(
                f"`{name}` is made of {written(function)}, which needs `{one.name}`: only TRL's trainer has that.",
                hint="Give the argument a default that will do without, or write a reward of samples.",
            )
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return None
    return {one.name for one in parameters}


def _prompt(sample: Sample, *, chat: bool) -> str | list[dict[str, str]]:
    if isinstance(sample.prompt, str):
        return [{"role": "user", "content": sample.prompt}] if chat else sample.prompt
    return [{"role": turn.role, "content": turn.content} for turn in sample.prompt]


def _completion(sample: Sample, *, chat: bool) -> str | list[Mapping[str, str]]:
    return [{"role": "assistant", "content": sample.completion}] if chat else sample.completion
