"""What the arguments of a reward function say about the library that it was written for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Final, Literal

Bridge = Literal["from_trl", "from_verl"]

PEERS: Final[dict[Bridge, str]] = {"from_trl": "TRL", "from_verl": "verl"}
"""Whose functions each bridge takes."""

TRUTHS: Final = ("ground_truth", "ground_truths")
"""How verl calls the reference, of one completion and of several; no function of verl's goes without."""


def bridge_for(function: Callable[..., object]) -> Bridge | None:
    """The bridge that makes a reward of a function with a foreign signature; None for a function of samples.

    >>> def formatted(completions, **kwargs): ...
    >>> def compute_score(data_source, solution_str, ground_truth, extra_info=None): ...
    >>> def price(sample): ...
    >>> bridge_for(formatted), bridge_for(compute_score), bridge_for(price)
    ('from_trl', 'from_verl', None)
    """
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # some built-in functions have none that could be read
        return None
    if len(parameters) < 2:
        return None
    # TRL hands over more than any function wants, so that its own all take `**kwargs`; a lone list may be of samples.
    if "completions" in parameters:
        return "from_trl"
    return "from_verl" if any(name in parameters for name in TRUTHS) else None


def written(function: Callable[..., object]) -> str:
    """A function's name and arguments as they are written, without types.

    >>> def compute_score(solution_str: str, ground_truth: str, *, strict: bool = True) -> float: ...
    >>> written(compute_score)
    'compute_score(solution_str, ground_truth, *, strict=True)'
    """
    signature = inspect.signature(function)
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()]
    bare = signature.replace(parameters=plain, return_annotation=inspect.Signature.empty)
    return f"{getattr(function, '__name__', type(function).__name__)}{bare}"
