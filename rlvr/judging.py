"""The verdict boundary: runs a reward in this thread; whatever it returns or raises becomes a verdict.

Nothing here ends a reward that does not end by itself: deadlines are `rlvr.scoring`'s.
"""

from __future__ import annotations

import math
import numbers
import random
import threading
import time
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from rlvr.compose import Composable, Scoring
from rlvr.sample import Message, Sample, Task
from rlvr.verdict import Status, Verdict

if TYPE_CHECKING:
    from rlvr.environment import MultiTurnEnvironment
    from rlvr.reward import Reward

T = TypeVar("T")

_LONGEST_TEXT = 10_000
"""Characters kept of each text of a verdict: logs hold thousands of verdicts, and a completion may be a megabyte."""

_LONGEST_PAUSE = 30.0


def judge(reward: Reward[Any], sample: Sample) -> Verdict:
    """One sample's verdict, in this thread and without isolation.

    Exceptions become status `error` with their type, text and line, and so does a reward that calls `exit()`. Only
    `KeyboardInterrupt` passes through. An async reward is run to its end, a batched one gets a batch of one, a group
    reward a group of one.

    >>> from rlvr.reward import reward
    >>> @reward("demo.broken")
    ... def broken(sample): return 1 / 0
    >>> judge(broken, Sample("")).explanation
    'ZeroDivisionError: division by zero (broken, line 2)'
    """
    if reward.takes_many:
        return judge_together(reward, [sample])[0]
    start = time.perf_counter()
    try:
        verdict = normalise(_attempt(reward, sample), reward.range)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the boundary; asyncio's cancellation and `exit()` are no `Exception`
        verdict = Verdict.unscored(Status.ERROR, describe(error))
    return replace(verdict, elapsed=time.perf_counter() - start)


def reply_or_failure(env: MultiTurnEnvironment, task: Task, turns: Sequence[Message]) -> str | Verdict | None:
    """What an environment says next; where it fails, the verdict on the sample, which no reward can judge then.

    >>> class Broken:
    ...     def reply(self, task, turns): return 1 / 0
    >>> reply_or_failure(Broken(), Task("Go."), [Message("assistant", "Gone.")]).explanation
    'the environment failed: ZeroDivisionError: division by zero (reply, line 2)'
    """
    try:
        said: Any = env.reply(task, turns)
        if isinstance(said, str):
            said.encode()  # no tokenizer takes a text that is none
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the boundary
        return Verdict.unscored(Status.ERROR, f"the environment failed: {describe(error)}")
    if said is None or isinstance(said, str):
        return said
    why = f"its reply is {type(said).__name__}, neither a text nor None"
    return Verdict.unscored(Status.ERROR, f"the environment failed: {why}")


def judge_together(reward: Reward[Any], samples: Sequence[Sample]) -> list[Verdict]:
    """The verdicts of a batched or group reward on one batch or group, from one call of its function.

    When the call fails, a batch is tried again sample by sample, so that only the guilty have status `error`; of a
    group all have, since a ranking of the rest would mean something else.

    >>> from rlvr.reward import batch_reward
    >>> @batch_reward("demo.inverse")
    ... def inverse(samples): return [1 / len(sample.completion) for sample in samples]
    >>> [str(verdict.status) for verdict in judge_together(inverse, [Sample("ab"), Sample("")])]
    ['scored', 'error']
    """
    start = time.perf_counter()
    try:
        verdicts = _aligned(_attempt(reward, list(samples)), samples, reward)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the boundary
        if reward.spec.form == "batch" and len(samples) > 1:
            return [judge_together(reward, [sample])[0] for sample in samples]
        verdicts = [Verdict.unscored(Status.ERROR, describe(error))] * len(samples)
    share = (time.perf_counter() - start) / max(1, len(samples))
    return [replace(verdict, elapsed=share) for verdict in verdicts]


async def judge_async(reward: Reward[Any], samples: Sequence[Sample]) -> list[Verdict]:
    """The verdicts of an async reward from one call, on the running event loop, within the reward's deadline.

    Args:
        reward: An async one, of any form.
        samples: One sample, or one batch or group.
    """
    import asyncio  # 30 ms, which those who have no async reward need not pay

    start = time.perf_counter()
    many = reward.takes_many
    try:
        async with asyncio.timeout(reward.spec.timeout):
            result = await _attempt_async(reward, list(samples) if many else samples[0])
        verdicts = _aligned(result, samples, reward) if many else [normalise(result, reward.range)]
    except TimeoutError:
        late = time.perf_counter() - start >= reward.spec.timeout
        why = f"cancelled after {reward.spec.timeout:.1f} s" if late else "TimeoutError"
        verdicts = [Verdict.unscored(Status.TIMEOUT if late else Status.ERROR, why)] * len(samples)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary
        if reward.spec.form == "batch" and len(samples) > 1:
            alone = await asyncio.gather(*(judge_async(reward, [sample]) for sample in samples))
            return [verdict for (verdict,) in alone]
        verdicts = [Verdict.unscored(Status.ERROR, describe(error))] * len(samples)
    share = (time.perf_counter() - start) / max(1, len(samples))
    return [replace(verdict, elapsed=share) for verdict in verdicts]


def judge_all(node: Composable, samples: Sequence[Sample]) -> list[Verdict]:
    """Verdicts of any reward or composition, in this thread, without isolation or deadlines.

    For tests and notebooks. Training uses `rlvr.scoring.Scorer`, which adds processes and deadlines.

    >>> from rlvr.reward import reward
    >>> @reward("demo.loud")
    ... def loud(sample): return sample.completion.isupper()
    >>> [verdict.score for verdict in judge_all(0.5 * loud, [Sample("HO"), Sample("ho")])]
    [0.5, 0.0]
    """

    def score(leaf: Reward[Any], chosen: Sequence[Sample]) -> list[Verdict]:
        parts = portions(leaf, chosen)
        return in_place(parts, [judge_portion(leaf, [chosen[i] for i in part]) for part in parts])

    return node.evaluate(samples, Scoring(score))


def judge_portion(reward: Reward[Any], samples: Sequence[Sample]) -> list[Verdict]:
    """The verdicts of one call of a reward's function; see `portions`."""
    return judge_together(reward, samples) if reward.takes_many else [judge(reward, samples[0])]


def in_place(parts: Sequence[Sequence[int]], found: Sequence[Sequence[Verdict]]) -> list[Verdict]:
    """The verdicts of several portions, in the order of the samples that `portions` was given."""
    verdicts: dict[int, Verdict] = {}
    for part, row in zip(parts, found, strict=True):
        verdicts.update(zip(part, row, strict=True))
    return [verdicts[i] for i in range(len(verdicts))]


def portions(reward: Reward[Any], samples: Sequence[Sample]) -> list[list[int]]:
    """Which samples each call of the reward is about: one, a batch, or a group, by their places.

    >>> from rlvr.reward import batch_reward
    >>> @batch_reward("demo.pairs", batch_size=2)
    ... def pairs(samples): return [0.0 for _ in samples]
    >>> portions(pairs, [Sample("")] * 5)
    [[0, 1], [2, 3], [4]]
    """
    if reward.spec.form == "group":
        groups: dict[object, list[int]] = {}
        for i, sample in enumerate(samples):
            groups.setdefault(group_key(sample), []).append(i)
        return list(groups.values())
    size = reward.spec.batch_size if reward.spec.form == "batch" else 1
    return [list(range(i, min(i + size, len(samples)))) for i in range(0, len(samples), size)]


def group_key(sample: Sample) -> object:
    """What the samples of one group have in common: the name of the group, or else the task.

    >>> group_key(Sample("one", prompt="2 + 2 =")) == group_key(Sample("another", prompt="2 + 2 ="))
    True
    """
    return sample.group or (sample.prompt, repr(sample.reference), repr(sample.data))


def _attempt(reward: Reward[Any], given: Sample | list[Sample]) -> Any:
    """Calls the function, again after a pause where it failed in a way it declares to be passing."""
    if reward.is_async:
        return _finished(_attempt_async(reward, given))
    for pause in _pauses(reward):
        try:
            return reward.function(given)
        except reward.spec.retry_on:
            time.sleep(pause)
    return reward.function(given)


async def _attempt_async(reward: Reward[Any], given: Sample | list[Sample]) -> Any:
    import asyncio

    for pause in _pauses(reward):
        try:
            return await cast("Awaitable[Any]", reward.function(given))
        except reward.spec.retry_on:
            await asyncio.sleep(pause)
    return await cast("Awaitable[Any]", reward.function(given))


def _pauses(reward: Reward[Any]) -> list[float]:
    # Not all callers at once, and not all again at once: full jitter.
    return [random.uniform(0.0, min(_LONGEST_PAUSE, 0.5 * 2.0**k)) for k in range(reward.spec.retries)]


def _finished(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine to its end, in a thread of its own where this one already has an event loop."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    outcome: list[T | BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(coroutine))
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def _aligned(result: object, samples: Sequence[Sample], reward: Reward[Any]) -> list[Verdict]:
    if isinstance(result, str | Verdict) or (not isinstance(result, Sequence) and not hasattr(result, "__len__")):
        raise TypeError(f"returned {type(result).__name__}; it returns a list, a verdict for each of its samples")
    results = list(cast("Sequence[object]", result))
    if len(results) != len(samples):
        raise ValueError(f"returned {len(results)} verdicts for {len(samples)} samples")
    return [_normalised(item, reward.range) for item in results]


def _normalised(item: object, range: tuple[float, float]) -> Verdict:
    """One item of many: that it cannot be read must not cost the others their verdicts."""
    try:
        return normalise(item, range)
    except Exception as error:  # noqa: BLE001 - the boundary
        return Verdict.unscored(Status.ERROR, describe(error))


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
