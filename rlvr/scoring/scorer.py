"""`Scorer`: what training calls to have samples judged."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, get_args

from rlvr.compose import Composable
from rlvr.errors import ConfigError, RewardFailedError, did_you_mean
from rlvr.reward import Reward, judge
from rlvr.sample import Sample
from rlvr.scoring.budget import ErrorBudget
from rlvr.scoring.outcome import FAILED, OnError
from rlvr.scoring.pool import Pool
from rlvr.scoring.stats import Recorder, RewardStats
from rlvr.verdict import Verdict


class Scorer:
    """Runs a reward or a composition over samples; nothing a sample contains can hang or crash the caller.

    Rewards declared with `isolate="process"` run in worker processes that are killed at the reward's deadline and
    replaced; the others run in the calling thread. It works from any thread, event loop, Ray actor or daemonic process;
    after a fork the child gets workers of its own.

    A worker is sent the reward once, pickled (by name where it can be imported, by value where it was defined in a
    script, a notebook or a file given by path), then one pickled sample at a time. It answers in JSON, which is checked
    like any return value of a reward: nothing that comes back is unpickled.

    Args:
        reward: What to score with.
        workers: Worker processes; started when first needed, none where every reward is inline.
        on_error: See `OnError`. `"raise"` ends `score` at the first failure; the other two leave failed verdicts in
            place for `settle` to deal with.
        max_error_rate: Share of the last `window` samples that may fail; see `ErrorBudget`.
        window: Samples over which that share is taken.

    Raises:
        ConfigError: An argument out of its range.
        RewardDefinitionError: A reward cannot be sent to a worker process.

    >>> from rlvr import get_reward
    >>> with Scorer(get_reward("text.exact")) as scorer:
    ...     scorer.score([Sample("Paris", reference="Paris"), Sample("Rome", reference="Paris")])[1].explanation
    "'Rome' is not 'Paris'"
    """

    def __init__(
        self,
        reward: Composable,
        *,
        workers: int = 2,
        on_error: OnError = "mask",
        max_error_rate: float = 0.02,
        window: int = 256,
    ) -> None:
        _check(workers, on_error, max_error_rate, window)
        self.reward = reward
        self.on_error: OnError = on_error
        self.identity = reward.identity
        self._workers = workers
        self._budget = ErrorBudget(max_error_rate, window)
        self._recorders: dict[str, Recorder] = {leaf.name: Recorder() for leaf in reward.leaves()}
        self._isolated = list({id(leaf): leaf for leaf in reward.leaves() if leaf.spec.isolate == "process"}.values())
        self._closed = False
        self._open()

    def score(self, samples: Sequence[Sample]) -> list[Verdict]:
        """A verdict for each sample, in order; returns once all are there.

        Raises:
            RewardFailedError: A sample failed, with `on_error="raise"`.
            ErrorBudgetError: Too many of the last samples failed.
            RuntimeError: The scorer is closed.
        """
        self._be_here()
        samples = list(samples)
        verdicts = self.reward.evaluate(samples, self._score_leaf)
        with self._lock:
            self._judge_failures(samples, verdicts)
        return verdicts

    def submit(self, samples: Sequence[Sample]) -> Future[list[Verdict]]:
        """`score` in the background, so that samples are judged while others are still being generated.

        Up to `workers` batches are scored at a time; further ones wait.
        """
        self._be_here()
        return self._background.submit(self.score, samples)

    async def ascore(self, samples: Sequence[Sample]) -> list[Verdict]:
        """`score` without blocking the event loop."""
        import asyncio

        return await asyncio.wrap_future(self.submit(samples))

    def stats(self) -> dict[str, RewardStats]:
        """Counts and latencies of every plain reward, by name."""
        with self._lock:
            return {name: recorder.stats() for name, recorder in self._recorders.items()}

    def worker_pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        return self._pool.pids()

    def close(self) -> None:
        """Kills the workers; whoever still waits for verdicts gets status `error`. No process is left behind."""
        self._closed = True
        self._finalizer()

    def __enter__(self) -> Scorer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        self._home = os.getpid()
        self._lock = threading.Lock()
        self._pool = Pool(self._isolated, self._workers)
        self._background = ThreadPoolExecutor(self._workers, thread_name_prefix="rlvr-score")
        # Also runs when a scorer is forgotten, and at the end of the program.
        self._finalizer = weakref.finalize(self, _shut_down, self._home, self._pool, self._background)

    def _be_here(self) -> None:
        if self._closed:
            raise RuntimeError("This scorer is closed.")
        if self._home != os.getpid():  # forked: the threads stayed behind, and the workers are the parent's
            self._finalizer.detach()
            self._open()

    def _score_leaf(self, reward: Reward[Any], samples: Sequence[Sample]) -> list[Verdict]:
        if reward.spec.isolate == "process":
            verdicts = self._pool.score(reward, samples)
        else:
            verdicts = [judge(reward, sample) for sample in samples]
        with self._lock:
            self._recorders[reward.name].record(samples, verdicts)
        return verdicts

    def _judge_failures(self, samples: Sequence[Sample], verdicts: Sequence[Verdict]) -> None:
        if self.on_error == "raise":
            for index, (sample, verdict) in enumerate(zip(samples, verdicts, strict=True)):
                if verdict.status in FAILED:
                    raise RewardFailedError(
                        f"`{self.reward.name}` could not score {sample.id or f'sample {index} of this batch'} "
                        f"({verdict.status}): {verdict.explanation}",
                        hint="The run stops at the first failure because on_error=raise; mask or floor would go on.",
                    )
        self._budget.record(self.reward.name, samples, verdicts)


def _shut_down(home: int, pool: Pool, background: ThreadPoolExecutor) -> None:
    if os.getpid() != home:  # a forked child that ends: the workers are not its own
        return
    background.shutdown(wait=False, cancel_futures=True)
    pool.close()


def _check(workers: int, on_error: str, max_error_rate: float, window: int) -> None:
    problems: list[str] = []
    if workers < 1:
        problems.append(f"workers is {workers}; at least 1 is needed")
    if on_error not in get_args(OnError):
        known = get_args(OnError)
        problems.append(f"on_error is {on_error!r}, not one of {', '.join(known)}.{did_you_mean(on_error, known)}")
    if not 0 <= max_error_rate <= 1:
        problems.append(f"max_error_rate is {max_error_rate}; it is a share between 0 and 1")
    if window < 1:
        problems.append(f"window is {window}; it is a positive number of samples")
    if problems:
        raise ConfigError(problems)
