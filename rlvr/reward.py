"""`@reward`, `@batch_reward`, `@group_reward`: what turns a plain function into a reward."""

from __future__ import annotations

import importlib
import inspect
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, SupportsIndex, TypedDict, TypeGuard, Unpack, get_args

from rlvr.compose import Composable
from rlvr.errors import RewardDefinitionError, did_you_mean
from rlvr.plain_reward import MEMORY, Form, Isolation, PlainReward, R, RewardSpec
from rlvr.registered import register
from rlvr.reward_file import importable, travel_by_value
from rlvr.sample import Sample
from rlvr.signatures import PEERS, bridge_for, written

if TYPE_CHECKING:
    from rlvr.identity import MadeOf
    from rlvr.identity.parsed import Stamp


@dataclass(frozen=True, eq=False)
class Reward(PlainReward[R], Composable):
    """A function with what the scorer must know about it; made by `@reward`, `@batch_reward` or `@group_reward`.

    Calling it calls the function and returns what the function returns, nothing more: tests need no framework.
    `judge` and `check` give the normalised verdict.
    """

    @property
    def identity(self) -> str:
        """`name@version+hash`, the hash taken of all code that the function reaches, and of `depends`.

        Code is the function's file and the local modules that it imports, wherever they do, as syntax trees: docstrings
        and comments do not count. So do the values a function closes over, and the versions of imported packages.
        Taken once, so that a file edited during a run does not rename the reward that the run uses.
        """
        return self._identity

    @cached_property
    def _identity(self) -> str:
        return f"{self.name}@{self.spec.version}+{self.made_of.hash}"

    @cached_property
    def made_of(self) -> MadeOf:
        """What the hash in the identity is taken of."""
        from rlvr.identity import made_of  # asked for once a reward is used, not when it is declared

        return made_of((self.function, *self.spec.depends))

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[object, ...]:
        """To another process by name where it can be imported there, else (with cloudpickle) by value."""
        module, path = self.function.__module__, getattr(self.function, "__qualname__", "")
        if not importable(module):
            travel_by_value(module)
        elif _attribute(sys.modules.get(module), path) is self:
            return _imported, (module, path, self.identity, self.made_of.stamps)
        return _rebuilt, (self.function, replace(self.spec, depends=()), self.identity)


def wrapping(made: Reward[R], function: Callable[..., Any]) -> Reward[R]:
    """The reward, whose function says that it calls another: errors name that one's lines, golden cases stand beside.

    Args:
        made: A reward whose function calls another with other arguments.
        function: The other.
    """
    made.function.__wrapped__ = function  # pyright: ignore[reportFunctionMemberAccess]
    return made


def is_reward(value: object) -> TypeGuard[Reward[Any]]:
    """Whether something is a reward, and no composition.

    >>> is_reward(reward)
    False
    """
    return isinstance(value, Reward)


def _attribute(found: object, path: str) -> object:
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def _imported(module: str, path: str, identity: str, stamps: Sequence[tuple[str, Stamp]]) -> Reward[Any]:
    found = _attribute(importlib.import_module(module), path)
    if not is_reward(found):
        raise TypeError(f"{module}.{path} is a {type(found).__name__} here, no reward.")
    from rlvr.identity import unchanged

    if unchanged(stamps):  # what this process loaded is what the other did, and is not hashed again
        vars(found).setdefault("_identity", identity)
    return found


def _rebuilt(function: Callable[[Any], Any], spec: RewardSpec, identity: str) -> Reward[Any]:
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
    concurrency: int | None = None,
    retries: int = 0,
    retry_on: tuple[type[Exception], ...] = (),
    memory: int = MEMORY,
    cache: bool | None = None,
    preload: Sequence[str] = (),
) -> Callable[[Callable[[Sample], R]], Reward[R]]:
    """Declares a function of one sample, plain or async, to be a reward and registers it under `name`.

    Args:
        name: Dotted, `domain.what`: `math.final_number`.
        version: Raise it when verdicts change on purpose.
        range: Lowest and highest score. A score outside, NaN or infinite becomes status `error`, never a clipped score.
        timeout: Seconds one call has, retries included. With `isolate="process"` the process is then killed; an async
            function is cancelled; a plain inline one cannot be ended, and a scorer warns of it once.
        isolate: `"process"` for what can hang, crash or exhaust memory on text a model chose (parsers, solvers);
            `"inline"` for the rest.
        depends: Data files (as `Path`) and values whose change changes verdicts; they enter the identity. Code that the
            function reaches by import is in it without being named.
        concurrency: Calls that a scorer has in flight at a time: by default 8 of an async function, one of a plain one.
            Calls of a plain inline function run in threads where it is more than one; the workers of an isolated one
            are the scorer's.
        retries: Further attempts where a service failed in a way that may pass: no connection, a broken one, no answer
            in time, status 408, 425, 429 or 5xx, as urllib, requests, httpx, aiohttp and openai raise them
            (`rlvr.passing_failures.is_passing`). By default none. The pauses between them double from half a second,
            each cut at random.
        retry_on: Further exceptions to ask again after; by default none.
        memory: MiB that a process reward may take beyond what its process takes when loaded; more is a `MemoryError`.
        cache: Whether equal samples are answered from memory; `None` for those that are isolated, async or batched.
            Switch it off where the same sample may get another score.
        preload: Modules that worker processes import before the first sample, so that it does not cost a deadline.

    Raises:
        RewardDefinitionError: A name without a domain or taken by another function, an empty range, a number that is
            not positive, a function that cannot be called with one sample.

    >>> @reward("demo.polite", range=(0.0, 1.0))
    ... def polite(sample: Sample) -> bool:
    ...     return "please" in (sample.answer or "")
    >>> polite(Sample("Yes, please."))
    True
    >>> polite.check("No.").score
    0.0
    """
    _require_name(name, "reward")
    low, high = range
    return _declare(
        RewardSpec(
            name,
            version,
            (low, high),
            timeout,
            isolate,
            tuple(depends),
            concurrency=concurrency,
            retries=retries,
            retry_on=retry_on,
            memory=memory,
            cache=cache,
            preload=tuple(preload),
        )
    )


class RewardSettings(TypedDict, total=False):
    """The settings of `reward`, for those that declare the other forms; `timeout` is a batch's or a group's."""

    version: str
    range: tuple[float, float]
    timeout: float
    isolate: Isolation
    depends: Sequence[object]
    concurrency: int | None
    retries: int
    retry_on: tuple[type[Exception], ...]
    memory: int
    cache: bool | None
    preload: Sequence[str]


def batch_reward(
    name: str, *, batch_size: int = 32, **settings: Unpack[RewardSettings]
) -> Callable[[Callable[[list[Sample]], R]], Reward[R]]:
    """Declares a function of up to `batch_size` samples, plain or async, that returns a list: a verdict for each.

    For models and services, which answer many questions as fast as one. A call that fails is repeated sample by sample.

    Args:
        name: Dotted, `domain.what`.
        batch_size: Most samples of one call.
        settings: Those of `reward`; `timeout` is a batch's, 60 seconds by default.

    Raises:
        RewardDefinitionError: As for `reward`; a batch without room for a sample.

    >>> @batch_reward("demo.longest", batch_size=16)
    ... def longest(samples: list[Sample]) -> list[float]:
    ...     return [min(1.0, len(sample.completion) / 100) for sample in samples]
    >>> longest.check("x" * 50).score
    0.5
    """
    _require_name(name, "batch_reward")
    if batch_size < 1:
        raise RewardDefinitionError(f"The batch_size of `{name}` is {batch_size}; a batch holds at least one sample.")
    return _declare(_spec(name, "batch", settings, batch_size=batch_size))


def group_reward(name: str, **settings: Unpack[RewardSettings]) -> Callable[[Callable[[list[Sample]], R]], Reward[R]]:
    """Declares a function of all samples of a group, plain or async, that returns a list: a verdict for each.

    For rankings and pairwise comparison. Samples are of one group when they have the same `Sample.group`, or, without
    one, the same prompt, reference and data. Nothing is remembered: a verdict depends on the whole group.

    Args:
        name: Dotted, `domain.what`.
        settings: Those of `reward`; `timeout` is a group's, 60 seconds by default.

    Raises:
        RewardDefinitionError: As for `reward`; `cache=True`.

    >>> @group_reward("demo.shortest")
    ... def shortest(samples: list[Sample]) -> list[bool]:
    ...     least = min(len(sample.completion) for sample in samples)
    ...     return [len(sample.completion) == least for sample in samples]
    >>> shortest([Sample("ab"), Sample("a")])
    [False, True]
    """
    _require_name(name, "group_reward")
    if settings.get("cache"):
        raise RewardDefinitionError(f"`{name}` cannot be cached: the verdicts of a group depend on all of it.")
    return _declare(replace(_spec(name, "group", settings), cache=False))


def _require_name(name: object, decorator: str) -> None:
    if isinstance(name, str):
        return
    called = getattr(name, "__name__", "")
    what = f"`@{decorator}` stands before `{called}` without a name" if callable(name) else f"{name!r} is no name"
    hint = f'Write it as `@{decorator}("shop.{called if called.isidentifier() else "price"}")`.'
    raise RewardDefinitionError(f"{what}; a reward needs one.", hint=hint)


def _spec(name: str, form: Form, settings: RewardSettings, *, batch_size: int = 1) -> RewardSpec:
    given = {"timeout": 60.0, **settings}
    for several in ("depends", "preload"):
        given[several] = tuple(settings.get(several, ()))
    return RewardSpec(name, form=form, batch_size=batch_size, **given)  # pyright: ignore[reportArgumentType]


def _declare(spec: RewardSpec) -> Callable[[Callable[..., R]], Reward[R]]:
    low, high = (float(end) for end in spec.range)
    name = spec.name
    domain, dot, what = name.partition(".")
    if not (domain and dot and what) or any(letter.isspace() or letter in ":/" for letter in name):
        raise RewardDefinitionError(
            f"`{name}` is no name for a reward.", hint="Names are dotted, `domain.what`, such as `math.final_number`."
        )
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise RewardDefinitionError(f"The range of `{name}` is ({low}, {high}); it needs two finite ends, low < high.")
    if spec.isolate not in get_args(Isolation):
        raise RewardDefinitionError(
            f"`{name}` asks for isolate={spec.isolate!r}.{did_you_mean(str(spec.isolate), get_args(Isolation))}"
        )
    if not (math.isfinite(spec.timeout) and spec.timeout > 0):
        raise RewardDefinitionError(f"The timeout of `{name}` is {spec.timeout}; it is a positive number of seconds.")
    for what, number, least in (
        ("concurrency", spec.concurrency or 1, 1),
        ("retries", spec.retries, 0),
        ("memory", spec.memory, 1),
    ):
        if number < least:
            raise RewardDefinitionError(f"The {what} of `{name}` is {number}; the least is {least}.")
    spec = replace(spec, range=(low, high), timeout=float(spec.timeout))

    def declare(function: Callable[..., R]) -> Reward[R]:
        _require_one_argument(spec, function)
        made = Reward(function, spec)
        register(made)
        return made

    return declare


def _require_one_argument(spec: RewardSpec, function: Callable[..., object]) -> None:
    if bridge := bridge_for(function):
        raise RewardDefinitionError(
            f"`{spec.name}` is written for {PEERS[bridge]}, and no function of "
            f"{'one sample' if spec.form == 'sample' else 'samples'}: {written(function)}.",
            hint=f'Declare it as `rlvr.bridges.{bridge}({getattr(function, "__name__", "function")}, "{spec.name}")`.',
        )
    try:
        inspect.signature(function).bind(None)
    except TypeError as error:
        what, how = ("one sample", "sample: Sample) -> float")
        if spec.form != "sample":
            what, how = f"the samples of a {spec.form}", "samples: list[Sample]) -> list[float]"
        raise RewardDefinitionError(
            f"`{spec.name}` cannot be called with {what}: {error}.", hint=f"Write it as `def f({how}`."
        ) from None
