# ruff: noqa: D102 - methods of `Composable` are documented there
"""`@reward`: what turns a plain function into a reward, and the boundary where what it returns becomes a verdict."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import math
import numbers
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import WRAPPER_ASSIGNMENTS, cached_property
from typing import Any, Generic, Literal, SupportsIndex, TypeVar, cast, get_args

from rlvr.compose import Composable, ScoreLeaf
from rlvr.errors import RewardDefinitionError, did_you_mean
from rlvr.identity import source_of
from rlvr.registry import importable, register, travel_by_value
from rlvr.sample import Json, Prompt, Sample
from rlvr.verdict import Status, Verdict

R_co = TypeVar("R_co", bound="Verdict | float | bool", covariant=True)

Isolation = Literal["inline", "process"]

_LONGEST_TEXT = 10_000
"""Characters kept of each text of a verdict: logs hold thousands of verdicts, and a completion may be a megabyte."""


@dataclass(frozen=True)
class RewardSpec:
    """What the scorer must know about a reward; the arguments of `@reward`, which explains them."""

    name: str
    version: str = "1"
    range: tuple[float, float] = (0.0, 1.0)
    timeout: float = 10.0
    isolate: Isolation = "inline"
    depends: tuple[object, ...] = ()


@dataclass(frozen=True, eq=False)
class Reward(Composable, Generic[R_co]):
    """A function `Sample -> Verdict | float | bool` with what the scorer must know about it; made by `@reward`.

    Calling it calls the function and returns what the function returns, nothing more: tests need no framework.
    `judge` and `check` give the normalised verdict.
    """

    function: Callable[[Sample], R_co]
    spec: RewardSpec

    def __post_init__(self) -> None:
        for name in WRAPPER_ASSIGNMENTS:
            if hasattr(self.function, name):
                object.__setattr__(self, name, getattr(self.function, name))
        object.__setattr__(self, "__wrapped__", self.function)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def range(self) -> tuple[float, float]:
        return self.spec.range

    def __call__(self, sample: Sample) -> R_co:
        return self.function(sample)

    def check(self, completion: str, reference: Json = None, prompt: Prompt = "", **known: Any) -> Verdict:
        """The verdict on a completion, for tests and notebooks; `known` are further fields of `Sample`.

        >>> @reward("demo.same")
        ... def same(sample): return sample.answer == sample.reference
        >>> same.check("4", reference="4").score
        1.0
        """
        return judge(self, Sample(completion, reference=reference, prompt=prompt, **known))

    @property
    def identity(self) -> str:
        """`name@version+hash`, the hash taken of the function's source and of what it declares to depend on.

        The values a function closes over count as its source. What it calls elsewhere does not: name that in `depends`.
        Taken once, so that a file edited during a run does not rename the reward that the run uses.
        """
        return self._identity

    @cached_property
    def _identity(self) -> str:
        text = "\n".join(source_of(part) for part in (self.function, *self.spec.depends))
        return f"{self.name}@{self.spec.version}+{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[object, ...]:
        """To another process by name where it can be imported there, else (with cloudpickle) by value."""
        module, path = self.function.__module__, getattr(self.function, "__qualname__", "")
        if not importable(module):
            travel_by_value(module)
        elif _attribute(sys.modules.get(module), path) is self:
            return _imported, (module, path)
        return _rebuilt, (self.function, replace(self.spec, depends=()), self.identity)

    def leaves(self) -> Iterator[Reward[Any]]:
        yield self

    def evaluate(self, samples: Sequence[Sample], score: ScoreLeaf) -> list[Verdict]:
        return score(self, samples)


def _attribute(found: object, path: str) -> object:
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def _imported(module: str, path: str) -> Reward[Any]:
    found = _attribute(importlib.import_module(module), path)
    if not isinstance(found, Reward):
        raise TypeError(f"{module}.{path} is a {type(found).__name__} here, no reward.")
    return cast("Reward[Any]", found)


def _rebuilt(function: Callable[[Sample], Verdict | float | bool], spec: RewardSpec, identity: str) -> Reward[Any]:
    made = Reward(function, spec)
    vars(made)["_identity"] = identity  # where the cached property keeps it
    return made


def reward(
    name: str,
    *,
    version: str = "1",
    range: tuple[float, float] = (0.0, 1.0),
    timeout: float = 10.0,
    isolate: Isolation = "inline",
    depends: Sequence[object] = (),
) -> Callable[[Callable[[Sample], R_co]], Reward[R_co]]:
    """Declares a function to be a reward and registers it under `name`.

    Args:
        name: Dotted, `domain.what`: `math.final_number`.
        version: Raise it when verdicts change on purpose.
        range: Lowest and highest score. A score outside, NaN or infinite becomes status `error`, never a clipped score.
        timeout: Seconds after which the process that runs the reward is killed (with `isolate="process"`).
        isolate: `"process"` for what can hang, crash or exhaust memory on text a model chose (parsers, solvers);
            `"inline"` for the rest.
        depends: Functions, classes, modules or strings whose change changes verdicts; they enter the identity.

    Raises:
        RewardDefinitionError: A name without a domain or taken by another function, an empty range, a deadline that is
            no positive number, a function that cannot be called with one sample.

    >>> @reward("demo.polite", range=(0.0, 1.0))
    ... def polite(sample: Sample) -> bool:
    ...     return "please" in (sample.answer or "")
    >>> polite(Sample("Yes, please."))
    True
    >>> polite.check("No.").score
    0.0
    """
    low, high = (float(end) for end in range)
    domain, dot, what = name.partition(".")
    if not (domain and dot and what) or any(letter.isspace() or letter in ":/" for letter in name):
        raise RewardDefinitionError(
            f"`{name}` is no name for a reward.", hint="Names are dotted, `domain.what`, such as `math.final_number`."
        )
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise RewardDefinitionError(f"The range of `{name}` is ({low}, {high}); it needs two finite ends, low < high.")
    if isolate not in get_args(Isolation):
        raise RewardDefinitionError(
            f"`{name}` asks for isolate={isolate!r}.{did_you_mean(str(isolate), get_args(Isolation))}"
        )
    if not (math.isfinite(timeout) and timeout > 0):
        raise RewardDefinitionError(f"The timeout of `{name}` is {timeout}; it is a positive number of seconds.")

    spec = RewardSpec(name, version, (low, high), float(timeout), isolate, tuple(depends))

    def declare(function: Callable[[Sample], R_co]) -> Reward[R_co]:
        _require_one_argument(name, function)
        made = Reward(function, spec)
        register(made)
        return made

    return declare


def judge(reward: Reward[Any], sample: Sample) -> Verdict:
    """The verdict boundary: runs a reward in this thread; whatever it returns or raises becomes a verdict.

    Exceptions become status `error` with their type, text and line, and so does a reward that calls `exit()`. Only
    `KeyboardInterrupt` passes through. Nothing here ends a reward that does not end by itself: see `rlvr.scoring`.

    >>> @reward("demo.broken")
    ... def broken(sample): return 1 / 0
    >>> judge(broken, Sample("")).explanation
    'ZeroDivisionError: division by zero (broken, line 2)'
    """
    start = time.perf_counter()
    try:
        verdict = normalise(reward(sample), reward.range)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the boundary; asyncio's cancellation and `exit()` are no `Exception`
        verdict = Verdict.unscored(Status.ERROR, describe(error))
    return replace(verdict, elapsed=time.perf_counter() - start)


def judge_all(node: Composable, samples: Sequence[Sample]) -> list[Verdict]:
    """Verdicts of any reward or composition, one sample after the other in this thread, without isolation.

    For tests and notebooks. Training uses `rlvr.scoring.Scorer`, which adds processes and deadlines.

    >>> @reward("demo.loud")
    ... def loud(sample): return sample.completion.isupper()
    >>> [verdict.score for verdict in judge_all(0.5 * loud, [Sample("HO"), Sample("ho")])]
    [0.5, 0.0]
    """
    return node.evaluate(samples, lambda leaf, chosen: [judge(leaf, sample) for sample in chosen])


def normalise(result: object, range: tuple[float, float]) -> Verdict:
    """What a reward returned, as a verdict whose score is a `float` within `range` and whose texts are bounded.

    Raises:
        TypeError, ValueError: A metric that is no number.

    >>> normalise(True, (0.0, 1.0)).score
    1.0
    >>> normalise(1.5, (0.0, 1.0)).explanation
    'the score 1.5 lies outside the declared range [0, 1]'
    """
    if isinstance(result, Verdict):
        verdict = _tidy(result)
        if result.status is not Status.SCORED:
            return verdict
        fault = _fault(result.score, range, "the score is a {}")
    else:
        verdict = Verdict(0.0)
        fault = _fault(result, range, "returned {}; a reward returns a Verdict, a float or a bool")
    if fault:
        return replace(verdict, score=None, status=Status.ERROR, explanation=fault)
    score: Any = result.score if isinstance(result, Verdict) else result
    return replace(verdict, score=float(score))


def _fault(score: Any, range: tuple[float, float], not_a_number: str) -> str:
    # numpy's numbers are `numbers.Real`, its booleans are not; strings that look like numbers must not pass.
    kind = cast("type[object]", type(score))
    if not isinstance(score, numbers.Real) and (kind.__module__, kind.__name__[:4]) != ("numpy", "bool"):
        return not_a_number.format(kind.__name__)
    value, (low, high) = float(score), range
    if not math.isfinite(value):
        return f"the score is {value}"
    return "" if low <= value <= high else f"the score {value:g} lies outside the declared range [{low:g}, {high:g}]"


def _tidy(verdict: Verdict) -> Verdict:
    def text(value: object) -> str:
        whole = value if isinstance(value, str) else str(value)
        return whole if len(whole) <= _LONGEST_TEXT else f"{whole[: _LONGEST_TEXT - 40]}… ({len(whole)} characters)"

    return replace(
        verdict,
        extracted=None if verdict.extracted is None else text(verdict.extracted),
        expected=None if verdict.expected is None else text(verdict.expected),
        explanation=text(verdict.explanation),
        metrics={str(name): float(value) for name, value in verdict.metrics.items()},
    )


def describe(error: BaseException) -> str:
    """Type, text and place of an exception on one line, whatever the exception does to stop that.

    >>> describe(ValueError("no number"))
    'ValueError: no number'
    """
    try:
        text = str(error)[:1000]
    except Exception as second:  # noqa: BLE001 - an exception whose own text fails must still become a verdict
        text = f"(its text cannot be read: {type(second).__name__})"
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f" ({frame.tb_frame.f_code.co_name}, line {frame.tb_lineno})" if frame is not None else ""
    return f"{type(error).__name__}: {text}{where}" if text else f"{type(error).__name__}{where}"


def _require_one_argument(name: str, function: Callable[..., object]) -> None:
    if inspect.iscoroutinefunction(function):
        raise RewardDefinitionError(
            f"`{name}` is an async function.", hint="A reward is a plain function of one sample; do the waiting inside."
        )
    try:
        inspect.signature(function).bind(None)
    except TypeError as error:
        raise RewardDefinitionError(
            f"`{name}` cannot be called with one sample: {error}.", hint="Write it as `def f(sample: Sample) -> float`."
        ) from None
