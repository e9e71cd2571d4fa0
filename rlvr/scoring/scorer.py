"""`Scorer`: what training calls to have samples judged."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, get_args

from rlvr.errors import ConfigError, RewardFailedError, did_you_mean
from rlvr.plain_reward import PlainReward, RewardNode, Scoring
from rlvr.sample import Sample
from rlvr.scoring.budget import ErrorBudget
from rlvr.scoring.cache import VerdictCache, sample_key
from rlvr.scoring.inline import Inline
from rlvr.scoring.log import VerdictLog
from rlvr.scoring.outcome import FAILED, OnError
from rlvr.scoring.pool import Pool
from rlvr.scoring.stats import Recorder, RewardStats
from rlvr.verdict import Verdict

_PLACE = 8
"""Bytes of the key of a sample that no other equals: its place in the batch."""


class _Closable(Protocol):
    def close(self) -> None: ...


class Scorer:
    """Runs a reward or a composition over samples; nothing a sample contains can hang or crash the caller.

    Rewards declared with `isolate="process"` run in worker processes that are killed at the reward's deadline and
    replaced; the others run in the calling thread, async ones on an event loop beside it. It works from any thread,
    event loop, Ray actor or daemonic process; after a fork the child gets workers of its own.

    Samples that a reward cannot tell apart are scored once, and remembered (see `Reward.cached`).

    A worker is sent the reward once, pickled (by name where it can be imported, by value where it was defined in a
    script, a notebook or a file given by path), then pickled samples. It answers in JSON, which is checked
    like any return value of a reward: nothing that comes back is unpickled.

    Args:
        reward: What to score with.
        workers: Worker processes; started when first needed, none where every reward is inline.
        on_error: See `OnError`. `"raise"` ends `score` at the first failure; the other two leave failed verdicts in
            place for `settle` to deal with.
        max_error_rate: Share of the last `window` samples that may fail; see `ErrorBudget`.
        window: Samples over which that share is taken.
        cache: File in which verdicts are remembered from run to run; see `VerdictCache`.
        log: File to which every verdict is appended; see `VerdictLog`.

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
        reward: RewardNode,
        *,
        workers: int = 2,
        on_error: OnError = "mask",
        max_error_rate: float = 0.02,
        window: int = 256,
        cache: str | Path | None = None,
        log: str | Path | None = None,
    ) -> None:
        _check(workers, on_error, max_error_rate, window)
        self.reward = reward
        self.on_error: OnError = on_error
        self.identity = reward.identity
        self._workers = workers
        self._budget = ErrorBudget(max_error_rate, window)
        self._recorders: dict[str, Recorder] = {leaf.name: Recorder() for leaf in reward.leaves()}
        self._cache_file, self._log_file = cache, log
        self._isolated = list({id(leaf): leaf for leaf in reward.leaves() if leaf.spec.isolate == "process"}.values())
        self._waits = any(leaf.can_be_ended for leaf in reward.leaves())
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
        verdicts = self.reward.evaluate(samples, Scoring(self._score_leaf, self._together))
        with self._lock:
            self._judge_failures(samples, verdicts)
        return verdicts

    def give_up(self, samples: Sequence[Sample], verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Counts and writes down the verdicts on samples that failed before the reward could be asked; returns them.

        Raises:
            RewardFailedError: As `score`.
            ErrorBudgetError: As `score`.
        """
        self._be_here()
        if self._log is not None:
            self._log.write(self.identity, samples, verdicts)
        with self._lock:
            self._judge_failures(samples, verdicts)
        return list(verdicts)

    def submit(self, samples: Sequence[Sample]) -> Future[list[Verdict]]:
        """`score` in the background, so that samples are judged while others are still being generated.

        Up to `workers` batches are scored at a time; further ones wait.
        """
        self._be_here()
        return self._background.submit(self.score, samples)

    def submit_aside(self, samples: Sequence[Sample]) -> Future[list[Verdict]]:
        """Verdicts in the background that are nobody's: asked for anew, neither remembered nor logged nor counted.

        They show what the reward says today, by the same workers.
        """
        self._be_here()
        return self._background.submit(self.reward.evaluate, list(samples), Scoring(self._run, self._together))

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
        self._inline = Inline()
        self._cache = VerdictCache(self._cache_file)
        self._log = VerdictLog(self._log_file) if self._log_file is not None else None
        self._background = ThreadPoolExecutor(self._workers, thread_name_prefix="rlvr-score")
        # Also runs when a scorer is forgotten, and at the end of the program.
        held = [self._pool, self._inline, self._cache, *([self._log] if self._log is not None else [])]
        self._finalizer = weakref.finalize(self, _shut_down, self._home, self._background, held)

    def _be_here(self) -> None:
        if self._closed:
            raise RuntimeError("This scorer is closed.")
        if self._home != os.getpid():  # forked: the threads stayed behind, and the workers are the parent's
            self._finalizer.detach()
            self._open()

    def _score_leaf(self, reward: PlainReward[Any], samples: Sequence[Sample]) -> list[Verdict]:
        if not reward.cached:
            verdicts = self._run(reward, samples)
            fresh = [True] * len(samples)
        else:
            verdicts, fresh = self._run_unknown(reward, samples)
        with self._lock:
            self._recorders[reward.name].record(samples, verdicts, fresh)
        if self._log is not None:
            self._log.write(reward.identity, samples, verdicts)
        return verdicts

    def _run_unknown(self, reward: PlainReward[Any], samples: Sequence[Sample]) -> tuple[list[Verdict], list[bool]]:
        """Verdicts, and which of them are not remembered; equal samples are scored once."""
        identity = reward.identity
        keys = [sample_key(identity, sample) or index.to_bytes(8) for index, sample in enumerate(samples)]
        known = self._cache.get([key for key in keys if len(key) > _PLACE])
        first: dict[bytes, int] = {}
        for index, key in enumerate(keys):
            if key not in known:
                first.setdefault(key, index)
        found = dict(zip(first, self._run(reward, [samples[i] for i in first.values()]), strict=True))
        self._cache.put({key: verdict for key, verdict in found.items() if len(key) > _PLACE})
        fresh = [first.get(key) == index for index, key in enumerate(keys)]
        verdicts = [
            found[key] if new else replace(found[key] if key in found else known[key], elapsed=0.0)
            for key, new in zip(keys, fresh, strict=True)
        ]
        return verdicts, fresh

    def _run(self, reward: PlainReward[Any], samples: Sequence[Sample]) -> list[Verdict]:
        if reward.spec.isolate == "process":
            return self._pool.score(reward, samples)
        return self._inline.score(reward, samples)

    def _together(self, jobs: Sequence[Callable[[], list[Verdict]]]) -> list[list[Verdict]]:
        """The parts of a composition at once, where some of them wait for something else than this thread."""
        if len(jobs) < 2 or not self._waits:
            return [job() for job in jobs]
        with ThreadPoolExecutor(len(jobs), thread_name_prefix="rlvr-part") as pool:
            return [future.result() for future in [pool.submit(job) for job in jobs]]

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


def _shut_down(home: int, background: ThreadPoolExecutor, held: Sequence[_Closable]) -> None:
    if os.getpid() != home:  # a forked child that ends: the workers are not its own
        return
    background.shutdown(wait=False, cancel_futures=True)
    for part in held:
        part.close()


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
