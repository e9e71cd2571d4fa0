"""The verdict boundary: runs a reward in this thread; whatever it returns or raises becomes a verdict.

Nothing here ends a reward that does not end by itself: deadlines are `rlvr.scoring`'s.
"""

from __future__ import annotations

import inspect
import math
import numbers
import os
import random
import threading
import time
from collections.abc import Awaitable, Coroutine, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from rlvr.passing_failures import is_passing
from rlvr.plain_reward import PlainReward, RewardNode, Scoring
from rlvr.sample import Message, Sample, Task
from rlvr.verdict import Status, Verdict

if TYPE_CHECKING:
    from rlvr.environment import MultiTurnEnvironment

T = TypeVar("T")

_LONGEST_TEXT = 10_000
"""Characters kept of each text of a verdict: logs hold thousands of verdicts, and a completion may be a megabyte."""

_LONGEST_PAUSE = 30.0


def judge(node: RewardNode, sample: Sample) -> Verdict:
    """One sample's verdict from a reward or a composition, in this thread and without isolation.

    Exceptions become status `error` with their type, text and place, and so does a reward that calls `exit()`. Only
    `KeyboardInterrupt` passes through. An async reward is run to its end, a batched one gets a batch of one, a group
    reward a group of one.

    >>> from rlvr.reward import reward
    >>> @reward("demo.broken")
    ... def broken(sample): return 1 / 0
    >>> judge(broken, Sample("")).explanation
    'ZeroDivisionError: division by zero (broken, line 2)'
    """
    return judge_all(node, [sample])[0]


def judge_one(reward: PlainReward[Any], sample: Sample) -> Verdict:
    """The verdict of one call of a plain reward's function; see `judge`."""
    if reward.takes_many:
        return judge_together(reward, [sample])[0]
    start = time.perf_counter()
    try:
        verdict = normalise(_attempt(reward, sample), reward.range)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the boundary; asyncio's cancellation and `exit()` are no `Exception`
        verdict = Verdict.unscored(Status.ERROR, describe(error, reward))
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


def judge_together(reward: PlainReward[Any], samples: Sequence[Sample]) -> list[Verdict]:
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
        verdicts = [Verdict.unscored(Status.ERROR, describe(error, reward))] * len(samples)
    share = (time.perf_counter() - start) / max(1, len(samples))
    return [replace(verdict, elapsed=share) for verdict in verdicts]


async def judge_async(reward: PlainReward[Any], samples: Sequence[Sample]) -> list[Verdict]:
    """The verdicts of an async reward from one call, on the running event loop, within the reward's deadline.

    Args:
        reward: An async one, of any form.
        samples: One sample, or one batch or group.
    """
    import asyncio  # 30 ms, which those who have no async reward need not pay

    start = time.perf_counter()
    many = reward.takes_many
    deadline = asyncio.timeout(reward.spec.timeout)
    try:
        async with deadline:
            result = await _attempt_async(reward, list(samples) if many else samples[0])
        verdicts = _aligned(result, samples, reward) if many else [normalise(result, reward.range)]
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise
    except BaseException as error:  # noqa: BLE001 - the boundary
        if deadline.expired():
            why = f"cancelled after {reward.spec.timeout:.1f} s"
            verdicts = [Verdict.unscored(Status.TIMEOUT, why)] * len(samples)
        elif reward.spec.form == "batch" and len(samples) > 1:
            alone = await asyncio.gather(*(judge_async(reward, [sample]) for sample in samples))
            return [verdict for (verdict,) in alone]
        else:
            verdicts = [Verdict.unscored(Status.ERROR, describe(error, reward))] * len(samples)
    share = (time.perf_counter() - start) / max(1, len(samples))
    return [replace(verdict, elapsed=share) for verdict in verdicts]


def judge_all(node: RewardNode, samples: Sequence[Sample]) -> list[Verdict]:
    """Verdicts of any reward or composition, in this thread, without isolation or deadlines.

    For tests and notebooks. Training uses `rlvr.scoring.Scorer`, which adds processes and deadlines.

    >>> from rlvr.reward import reward
    >>> @reward("demo.loud")
    ... def loud(sample): return sample.completion.isupper()
    >>> [verdict.score for verdict in judge_all(0.5 * loud, [Sample("HO"), Sample("ho")])]
    [0.5, 0.0]
    """

    def score(leaf: PlainReward[Any], chosen: Sequence[Sample]) -> list[Verdict]:
        parts = portions(leaf, chosen)
        return in_place(parts, [judge_portion(leaf, [chosen[i] for i in part]) for part in parts])

    return node.evaluate(samples, Scoring(score))


def judge_portion(reward: PlainReward[Any], samples: Sequence[Sample]) -> list[Verdict]:
    """The verdicts of one call of a reward's function; see `portions`."""
    return judge_together(reward, samples) if reward.takes_many else [judge_one(reward, samples[0])]


def in_place(parts: Sequence[Sequence[int]], found: Sequence[Sequence[Verdict]]) -> list[Verdict]:
    """The verdicts of several portions, in the order of the samples that `portions` was given."""
    verdicts: dict[int, Verdict] = {}
    for part, row in zip(parts, found, strict=True):
        verdicts.update(zip(part, row, strict=True))
    return [verdicts[i] for i in range(len(verdicts))]


def portions(reward: PlainReward[Any], samples: Sequence[Sample]) -> list[list[int]]:
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


def _attempt(reward: PlainReward[Any], given: Sample | list[Sample]) -> Any:
    """Calls the function, again after a pause where it failed in a way that may pass; waits for what is async in it."""
    if reward.is_async:
        return _finished(_attempt_async(reward, given))
    attempt = 1
    while True:
        try:
            result = reward.function(given)
            break
        except Exception as error:
            if not _is_asked_again(reward, error, attempt):
                raise
        time.sleep(_pause(attempt))
        attempt += 1
    # A plain function may hand on what an async one returned.
    return _finished(_awaited(result)) if inspect.isawaitable(result) else result


async def _attempt_async(reward: PlainReward[Any], given: Sample | list[Sample]) -> Any:
    import asyncio

    attempt = 1
    while True:
        try:
            return await reward.function(given)
        except Exception as error:
            if not _is_asked_again(reward, error, attempt):
                raise
        await asyncio.sleep(_pause(attempt))
        attempt += 1


def _is_asked_again(reward: PlainReward[Any], error: Exception, attempt: int) -> bool:
    if not reward.spec.retries or not (isinstance(error, reward.spec.retry_on) or is_passing(error)):
        return False
    if attempt > reward.spec.retries:
        error.add_note(f"{attempt} attempts")
        return False
    return True


def _pause(attempt: int) -> float:
    # Not all callers at once, and not all again at once: full jitter.
    return random.uniform(0.0, min(_LONGEST_PAUSE, 0.5 * 2.0 ** (attempt - 1)))


async def _awaited(result: Awaitable[T]) -> T:
    return await result


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


def _aligned(result: Any, samples: Sequence[Sample], reward: PlainReward[Any]) -> list[Verdict]:
    kind = type(result).__name__
    what = f"returned {kind}; it returns a list, a verdict for each of its samples, in their order"
    if isinstance(result, str | bytes | bytearray | Verdict | Mapping | Set):
        raise TypeError(what)
    if hasattr(result, "tolist"):  # tensors and arrays, wherever they live
        result = result.tolist()
    if not isinstance(result, Sequence) and not hasattr(result, "__len__"):
        raise TypeError(what)
    results = list(cast("Sequence[object]", result))
    if len(results) != len(samples):
        raise ValueError(f"returned {len(results)} verdicts for {len(samples)} samples")
    return [_normalised(item, reward) for item in results]


def _normalised(item: object, reward: PlainReward[Any]) -> Verdict:
    """One item of many: that it cannot be read must not cost the others their verdicts."""
    try:
        return normalise(item, reward.range)
    except Exception as error:  # noqa: BLE001 - the boundary
        return Verdict.unscored(Status.ERROR, describe(error, reward))


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
        verdict = _tidy(result.within(range))
        if verdict.status is not Status.SCORED:
            return verdict
        score, not_a_number = _plain(verdict.score), "the score is a {}"
    else:
        verdict = Verdict(0.0)
        score, not_a_number = _plain(result), "returned {}; a reward returns a Verdict, a float or a bool"
    fault = _fault(score, range, not_a_number)
    if fault:
        return replace(verdict, score=None, status=Status.ERROR, explanation=fault)
    return replace(verdict, score=float(score))


def _plain(score: Any) -> Any:
    """What a tensor or an array of no dimension holds, and numpy's booleans, which are no numbers of Python's."""
    if isinstance(score, numbers.Real) or getattr(score, "shape", None) != () or not hasattr(score, "item"):
        return score
    return score.item()


def _fault(score: Any, range: tuple[float, float], not_a_number: str) -> str:
    # Strings that look like numbers must not pass.
    if not isinstance(score, numbers.Real):
        return not_a_number.format(type(score).__name__)
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


def describe(error: BaseException, reward: PlainReward[Any] | None = None) -> str:
    """Type, text and place of an exception on one line, whatever the exception does to stop that.

    The place is the last line of the author's own code that led to it, and not the one in a library that raised it.

    Args:
        error: What was raised.
        reward: By the function of which reward.

    >>> describe(ValueError("no number"))
    'ValueError: no number'
    """
    try:
        text = "; ".join(part[:1000] for part in (str(error), *getattr(error, "__notes__", ())) if part)
    except Exception as second:  # noqa: BLE001 - an exception whose own text fails must still become a verdict
        text = f"(its text cannot be read: {type(second).__name__})"
    place = _place(error, reward)
    where = f" ({place})" if place else ""
    return f"{type(error).__name__}: {text}{where}" if text else f"{type(error).__name__}{where}"


_LIBRARY: Final = os.path.dirname(os.__file__)  # noqa: PTH120 - a text to compare with
_OURS: Final = os.path.dirname(__file__)  # noqa: PTH120
_SOMEBODYS: Final = "somebody's own"


def _place(error: BaseException, reward: PlainReward[Any] | None) -> str:
    """Function, file and line where the author's own code was last."""
    own = {_SOMEBODYS, _OURS if reward is None else _home(_file(inspect.unwrap(reward.function)))}
    place, frame = "", error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        file = code.co_filename
        if _home(file) in own and file != __file__:
            is_file = file.endswith(".py")  # what was typed into an interpreter has none
            at = f"{Path(file).name}:{frame.tb_lineno}" if is_file else f"line {frame.tb_lineno}"
            place = f"{code.co_name}, {at}"
        frame = frame.tb_next
    return place


def _file(function: object) -> str:
    """The file of a function, or of the class of an object that stands for one."""
    for one in (function, getattr(type(function), "__call__", None)):  # noqa: B004
        if isinstance(one, FunctionType | MethodType):
            return one.__code__.co_filename
    return ""


def _home(file: str) -> str:
    """Whose code a file holds: that of one installed package, ours, Python's own, or else somebody's own."""
    before, installed, after = file.replace("dist-packages", "site-packages").rpartition("/site-packages/")
    if installed:
        return f"{before}{installed}{after.partition('/')[0]}"
    if file.startswith(f"{_OURS}/"):
        return _OURS
    return _LIBRARY if file.startswith((f"{_LIBRARY}/", "<frozen ")) else _SOMEBODYS
