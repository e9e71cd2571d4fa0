"""Rewards of ours in TRL, and reward functions written for verl here."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from rlvr.reward import Isolation, Reward, reward
from rlvr.sample import Message, Prompt, Sample
from rlvr.verdict import Verdict

if TYPE_CHECKING:
    from rlvr.compose import Composable

_TRLS_OWN = {"prompts", "completions", "completion_ids", "trainer_state", "log_extra", "log_metric", "environments"}


def as_trl(node: Composable, *, reference: str = "reference", workers: int = 2) -> Callable[..., list[float | None]]:
    """A reward or composition as one of TRL's `reward_funcs`.

    What could not be scored is `None`, which TRL leaves out of the mean; deadlines, retries and the error budget hold
    as they do here.

    Args:
        node: What to score with.
        reference: The column of the data set that holds the reference; all other columns are in `Sample.data`.
        workers: Worker processes, for rewards that are isolated.

    Returns:
        A function of `prompts`, `completions` and columns, named after the reward.

    >>> from rlvr import get_reward
    >>> function = as_trl(get_reward("math.final_number"), reference="solution")
    >>> function(prompts=["1+1=", "1+2="], completions=["2", "5"], solution=["2", "3"])
    [1.0, 0.0]
    """
    from rlvr.scoring import Scorer

    scorer = Scorer(node, workers=workers)

    def scores(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        known = {name: column for name, column in columns.items() if name not in _TRLS_OWN}
        references = known.pop(reference, None)
        if references is None:
            raise KeyError(
                f"The data set has no column `{reference}` for the reward `{node.name}`; it has "
                f"{', '.join(sorted(known)) or 'none'}. Name the column: as_trl(reference=...)."
            )
        ids = columns.get("completion_ids")
        samples = [
            Sample(
                _text(completion),
                reference=references[i],
                prompt=_prompt(prompts[i]),
                data={name: column[i] for name, column in known.items()},
                n_tokens=None if ids is None else len(ids[i]),
                id=f"sample {i}",
            )
            for i, completion in enumerate(completions)
        ]
        return [verdict.score for verdict in scorer.score(samples)]

    scores.__name__ = scores.__qualname__ = node.name
    return scores


def from_verl(
    compute_score: Callable[..., Any],
    name: str,
    *,
    data_source: str = "",
    range: tuple[float, float] = (0.0, 1.0),
    timeout: float = 30.0,
    isolate: Isolation = "process",
    version: str = "1",
) -> Reward[Any]:
    """A plain `compute_score` function of verl's as a reward of ours.

    It is called as verl's naive reward manager calls it: `data_source`, `solution_str` (the raw completion),
    `ground_truth` (the reference) and `extra_info` (the data), by keyword. It may be async, and may return a number or
    a dictionary with `score`; further numbers in it become metrics, `pred` what was extracted.

    Args:
        compute_score: The function; its source is part of the reward's identity.
        name: See `reward`.
        data_source: What it is told where a sample's data has no `data_source`.
        range: See `reward`; many of verl's own run from -1 to 1.
        timeout: See `reward`.
        isolate: See `reward`; a process unless told otherwise, since nothing else ends such a function that hangs.
        version: See `reward`.

    >>> def compute_score(data_source, solution_str, ground_truth, extra_info=None):
    ...     return {"score": float(solution_str.endswith(ground_truth)), "length": len(solution_str)}
    >>> from_verl(compute_score, "demo.verl").check("so 42", reference="42").metrics
    {'length': 5.0}
    """
    declared = reward(
        name, version=version, range=range, timeout=timeout, isolate=isolate, depends=(compute_score, data_source)
    )

    def call(sample: Sample) -> Any:
        return compute_score(
            data_source=sample.data.get("data_source", data_source),
            solution_str=sample.completion,
            ground_truth=sample.reference,
            extra_info=dict(sample.data),
        )

    if inspect.iscoroutinefunction(compute_score):

        async def later(sample: Sample) -> Verdict:
            return _verdict(await cast("Awaitable[Any]", call(sample)))

        return declared(later)

    def now(sample: Sample) -> Verdict:
        return _verdict(call(sample))

    return declared(now)


def _verdict(result: Any) -> Verdict:
    if not isinstance(result, Mapping):
        return Verdict(float(result))
    row = cast("Mapping[str, Any]", result)
    metrics = {key: float(value) for key, value in row.items() if key != "score" and isinstance(value, numbers.Real)}
    pred = row.get("pred")
    return Verdict(float(row["score"]), extracted=None if pred is None else str(pred), metrics=metrics)


def _text(completion: Any) -> str:
    """The text of a completion, which is plain or the messages that TRL generated."""
    if isinstance(completion, str):
        return completion
    messages = cast("Sequence[Mapping[str, Any]]", completion)
    return "\n".join(str(message.get("content") or "") for message in messages if message["role"] == "assistant")


def _prompt(prompt: Any) -> Prompt:
    if isinstance(prompt, str):
        return prompt
    messages = cast("Sequence[Mapping[str, Any]]", prompt)
    return tuple(Message(str(message["role"]), str(message.get("content") or "")) for message in messages)
