"""Reward functions written for verl as rewards of ours."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable
from typing import Any, Final

from rlvr.errors import RewardDefinitionError
from rlvr.plain_reward import Isolation, is_async
from rlvr.reward import Reward, reward, wrapping
from rlvr.sample import Sample, is_mapping
from rlvr.signatures import written
from rlvr.verdict import Verdict

_ROLES: Final[dict[str, str]] = {
    "data_source": "data_source",
    "solution_str": "solution_str",
    "predict_str": "solution_str",
    "model_output": "solution_str",
    "ground_truth": "ground_truth",
    "extra_info": "extra_info",
}
"""What the arguments of verl's own functions are called."""

_IN_ORDER: Final[dict[int, tuple[str, ...]]] = {
    2: ("solution_str", "ground_truth"),
    3: ("data_source", "solution_str", "ground_truth"),
    4: ("data_source", "solution_str", "ground_truth", "extra_info"),
}
"""What arguments of other names are, by how many a function needs."""


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

    It is called with what it has arguments for: `data_source`, `solution_str` (the raw completion; `predict_str` and
    `model_output` are the same), `ground_truth` (the reference) and `extra_info` (the data). Arguments of other names
    are taken in verl's order: two are completion and reference, three begin with the data source, four end with the
    data. It may be async, and may return a number or a dictionary with `score`; further numbers in it become metrics,
    `pred` what was extracted.

    Args:
        compute_score: The function; its source is part of the reward's identity.
        name: See `reward`.
        data_source: What it is told where a sample's data has no `data_source`.
        range: See `reward`; many of verl's own run from -1 to 1.
        timeout: See `reward`.
        isolate: See `reward`; a process unless told otherwise, since nothing else ends such a function that hangs.
        version: See `reward`.

    Raises:
        RewardDefinitionError: It needs an argument that verl does not hand over either.

    >>> def compute_score(data_source, solution_str, ground_truth, extra_info=None):
    ...     return {"score": float(solution_str.endswith(ground_truth)), "length": len(solution_str)}
    >>> from_verl(compute_score, "demo.verl").check("so 42", reference="42").metrics
    {'length': 5.0}
    >>> from_verl(lambda response, answer: answer in response, "demo.two").check("so 42", reference="42").score
    1.0
    """
    arguments = _arguments(compute_score, name)
    declared = reward(
        name, version=version, range=range, timeout=timeout, isolate=isolate, depends=(compute_score, data_source)
    )

    def call(sample: Sample) -> Any:
        known: dict[str, Any] = {
            "data_source": sample.data.get("data_source", data_source),
            "solution_str": sample.completion,
            "ground_truth": sample.reference,
            "extra_info": dict(sample.data),
        }
        given = [(argument, known[role]) for argument, role in arguments.items()]
        positional = [value for argument, value in given if argument.kind is argument.POSITIONAL_ONLY]
        named = {argument.name: value for argument, value in given if argument.kind is not argument.POSITIONAL_ONLY}
        return compute_score(*positional, **named)

    if is_async(compute_score):

        async def later(sample: Sample) -> Verdict:
            return _verdict(await call(sample))

        return wrapping(declared(later), compute_score)

    def now(sample: Sample) -> Verdict:
        return _verdict(call(sample))

    return wrapping(declared(now), compute_score)


def _arguments(compute_score: Callable[..., Any], name: str) -> dict[inspect.Parameter, str]:
    """What each argument of a function is to be given; those with a default of their own may be left out.

    Raises:
        RewardDefinitionError: There is no telling what one of them is.
    """
    every = list(inspect.signature(compute_score).parameters.values())
    single = [one for one in every if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    needed = [one for one in single if one.default is one.empty]
    found = {one: _ROLES[one.name] for one in single if one.name in _ROLES}
    in_order = _IN_ORDER.get(len(needed))
    if not found and in_order:
        return dict(zip(needed, in_order, strict=True))
    strangers = [one for one in needed if one not in found]
    if len(strangers) == 1 and found and "solution_str" not in found.values():
        found[strangers[0]] = "solution_str"
        return found
    if any(one.kind is one.VAR_KEYWORD for one in every):  # as verl calls it, by all four names
        rest = [role for role in _IN_ORDER[4] if role not in found.values()]
        found |= {inspect.Parameter(role, inspect.Parameter.KEYWORD_ONLY): role for role in rest}
    if strangers or "solution_str" not in found.values():
        listed = ", ".join(f"`{one.name}`" for one in strangers) or "the completion"
        raise RewardDefinitionError(
            f"`{name}` is made of {written(compute_score)}, and verl hands over no {listed}.",
            hint="Its arguments are data_source, solution_str, ground_truth and extra_info, or some of them.",
        )
    return found


def _verdict(result: Any) -> Verdict:
    if not is_mapping(result):
        return Verdict(float(result))
    metrics = {key: float(value) for key, value in result.items() if key != "score" and isinstance(value, numbers.Real)}
    pred = result.get("pred")
    return Verdict(float(result["score"]), extracted=None if pred is None else str(pred), metrics=metrics)
