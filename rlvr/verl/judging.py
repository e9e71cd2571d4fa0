"""Samples of verl's judged by our scorers: what a failure means, how many there may be, and what is written down."""

from __future__ import annotations

import asyncio
import json
import math
import os
import socket
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from rlvr import registry
from rlvr.compose import Composable
from rlvr.config import from_yaml
from rlvr.config.schema import TrainConfig
from rlvr.engine.run.scorers import Scorers, say_sandbox_level
from rlvr.errors import ErrorBudgetError, RewardDefinitionError, RewardFailedError, RlvrError
from rlvr.plain_reward import RewardNode
from rlvr.sample import Sample
from rlvr.scoring import ErrorBudget, OnError, Scorer, settle
from rlvr.scoring.outcome import FAILED
from rlvr.verdict import Status, Verdict
from rlvr.verl.threads import Threads

STOPPED: Final = "verl-stopped.txt"
"""Says in a run's folder why the run was ended; whoever finds it judges no further sample."""

JUDGED: Final = "judged"
"""Folder of the lines about each sample, a file for each process that judges."""

KEYS: Final = (
    "acc",
    "rlvr/scored",
    "rlvr/error",
    "rlvr/timeout",
    "rlvr/abstained",
    "rlvr/truncated",
    "rlvr/penalty",
    "rlvr/seconds",
)
"""What every sample tells verl beside its reward, whatever its task."""

COMPARES: Final = "compares the samples of a group, and verl shows a reward one at a time."

_AT_ONCE = 64
_SPARE_SECONDS = 10.0
_WINDOW = 256


@dataclass(frozen=True, slots=True)
class Judged:
    """What verl is told of a sample.

    Attributes:
        reward: What to train on; NaN for a sample that must not count.
        told: A number for each of `KEYS`; `acc` is None without a score.
    """

    reward: float
    told: dict[str, float | None]


class Judge:
    """Judges single samples, many at a time; what a sample contains can neither raise nor hang.

    Each process that judges has one, with its own workers and its own window of the error budget.

    Args:
        config: Of the run.
        folder: Of the run; None writes nothing down.
    """

    def __init__(self, config: TrainConfig, folder: Path | None = None) -> None:
        self.config, self.folder = config, folder
        # What failures mean is decided here, where the sample is known to verl.
        self._scorers = Scorers(replace(config.scoring, on_error="mask", max_error_rate=1.0))
        self._budgets: dict[str, ErrorBudget] = {}
        self._judging: dict[str, Scorer] = {}
        self._lock = threading.Lock()
        self._threads = Threads[Verdict](_AT_ONCE)
        self._lines = None
        if folder is not None:
            (folder / JUDGED).mkdir(parents=True, exist_ok=True)
            self._lines = (folder / JUDGED / f"{socket.gethostname()}-{os.getpid()}.jsonl").open("ab", buffering=0)

    @classmethod
    def of_run(cls, folder: str | Path) -> Judge:
        """The judge of a run's folder, which holds its configuration."""
        config = from_yaml(Path(folder) / "config.yaml")
        say_sandbox_level(config)
        return cls(config, Path(folder))

    async def judge(self, sample: Sample, reward: str, **known: Any) -> Judged:
        """What verl is told of a sample.

        Args:
            sample: To judge.
            reward: Name of the reward, as `rlvr.get_reward` takes it.
            known: Written down with the verdict: step, split, what was said before the last turn of a conversation.

        Raises:
            RlvrError: The run has to end: a failure with `on_error=raise`, or more of them than `max_error_rate`
                allows. From then on every process refuses every sample, which is what ends a run of verl's.
        """
        self._refuse_after_the_end()
        start = time.perf_counter()
        try:
            scorer = self._scorer(reward)
        except RlvrError as error:  # counted as a failure: the row may be one of few that name it
            verdict, named = Verdict.unscored(Status.ERROR, str(error)), (reward, reward)
        else:
            verdict, named = await self._verdict(sample, scorer), (scorer.identity, scorer.reward.name)
        seconds = time.perf_counter() - start
        judged = self._told(sample, verdict, seconds)
        self._write(sample, named, verdict, judged, known)
        self._count(sample, reward, verdict)
        return judged

    def fail(self, explanation: str, sample: Sample, reward: str = "", **known: Any) -> Judged:
        """What verl is told of a sample that could not be read.

        Raises:
            RlvrError: As `judge`.
        """
        self._refuse_after_the_end()
        verdict = Verdict.unscored(Status.ERROR, explanation)
        judged = self._told(sample, verdict, 0.0)
        self._write(sample, (reward, reward), verdict, judged, known)
        self._count(sample, reward, verdict)
        return judged

    def close(self) -> None:
        """Ends the worker processes."""
        self._threads.close()
        self._scorers.close()
        if self._lines is not None:
            self._lines.close()

    def require(self, reward: str) -> None:
        """Sees to it that there is a reward, and that it can judge a sample by itself.

        Raises:
            UnknownRewardError: There is none; the message suggests the nearest.
            RewardDefinitionError: It cannot be loaded, or compares the samples of a group.
        """
        self._scorer(reward)

    def _scorer(self, reward: str) -> Scorer:
        with self._lock:
            if reward not in self._judging:
                refuse_groups(reward, registry.get(reward))
                self._judging[reward] = self._scorers.of(reward)
            return self._judging[reward]

    async def _verdict(self, sample: Sample, scorer: Scorer) -> Verdict:
        begun: list[float] = []

        def score() -> Verdict:
            begun.append(time.monotonic())
            return scorer.score([sample])[0]

        future = asyncio.wrap_future(self._threads.submit(score))
        limit = _limit(scorer.reward, self.config.scoring.workers)
        while True:
            wait = limit if not begun else begun[0] + limit - time.monotonic()
            done, _ = await asyncio.wait({future}, timeout=max(wait, 0.01))
            if done:
                return future.result()
            if begun and time.monotonic() - begun[0] >= limit:
                self._threads.leave_one_behind()
                text = f"still at work after {limit:.0f} s in this process; declare the reward with isolate='process'"
                return Verdict.unscored(Status.TIMEOUT, text)

    def _told(self, sample: Sample, verdict: Verdict, seconds: float) -> Judged:
        scoring = self.config.scoring
        on_error = cast("OnError", "mask" if scoring.on_error == "raise" else scoring.on_error)
        (score,), _ = settle([verdict], on_error, scoring.floor)
        penalty = self._penalty(sample)
        if self.config.algorithm.mask_truncated and sample.truncated:
            score = math.nan
        told: dict[str, float | None] = {
            "acc": verdict.score,
            "rlvr/scored": float(verdict.status is Status.SCORED),
            "rlvr/error": float(verdict.status is Status.ERROR),
            "rlvr/timeout": float(verdict.status is Status.TIMEOUT),
            "rlvr/abstained": float(verdict.status is Status.ABSTAINED),
            "rlvr/truncated": float(sample.truncated),
            "rlvr/penalty": penalty,
            "rlvr/seconds": seconds,
        }
        return Judged(score + penalty, told)

    def _penalty(self, sample: Sample) -> float:
        algorithm = self.config.algorithm
        if not algorithm.overlong_buffer or sample.n_tokens is None:
            return 0.0
        import torch

        from rlvr.algorithms.length import overlong_penalty

        return overlong_penalty(
            torch.tensor([sample.n_tokens]),
            max_length=self.config.rollout.max_new_tokens,
            buffer=algorithm.overlong_buffer,
            factor=algorithm.overlong_penalty,
        ).item()

    def _count(self, sample: Sample, reward: str, verdict: Verdict) -> None:
        try:
            self._allow(sample, reward, verdict)
        except (RewardFailedError, ErrorBudgetError) as error:
            if self.folder is not None:
                (self.folder / STOPPED).write_text(str(error), encoding="utf-8")
            raise

    def _allow(self, sample: Sample, reward: str, verdict: Verdict) -> None:
        scoring = self.config.scoring
        if scoring.on_error == "raise" and verdict.status in FAILED:
            raise RewardFailedError(
                f"`{reward}` could not score {sample.id or 'a sample'} ({verdict.status}): {verdict.explanation}",
                hint="The run stops at the first failure because on_error=raise; mask or floor would go on.",
            )
        budget = self._budgets.setdefault(reward, ErrorBudget(scoring.max_error_rate, _WINDOW))
        budget.record(reward, [sample], [verdict])

    def _refuse_after_the_end(self) -> None:
        if self.folder is not None and (self.folder / STOPPED).is_file():
            raise RlvrError((self.folder / STOPPED).read_text(encoding="utf-8"))

    def _write(
        self, sample: Sample, named: tuple[str, str], verdict: Verdict, judged: Judged, known: dict[str, Any]
    ) -> None:
        if self._lines is None:
            return
        line = {
            "time": round(time.time(), 3),
            **known,
            "id": sample.id,
            "group": sample.group,
            "reward": named[0],
            "name": named[1],
            "trained_on": None if math.isnan(judged.reward) else judged.reward,
            "verdict": verdict.as_dict(),
            "seconds": round(judged.told["rlvr/seconds"] or 0.0, 6),
            "truncated": sample.truncated,
            "reasoning_open": sample.reasoning_open,
            "tokens": sample.n_tokens,
            "completion": sample.completion,
        }
        self._lines.write((json.dumps(line) + "\n").encode())


def refuse_groups(name: str, reward: Composable) -> None:
    """Refuses a reward that compares the samples of a group: verl shows one at a time.

    Raises:
        RewardDefinitionError: It does.
    """
    if reward.compares:
        raise RewardDefinitionError(f"`{name}` {COMPARES}")


def _limit(node: RewardNode, workers: int) -> float:
    """Seconds after which a call has certainly gone wrong.

    Isolated rewards end by their own deadlines, but one may have to wait for workers that all run into theirs.
    """
    leaves = list(node.leaves())
    waits = 1 + _AT_ONCE / workers if any(leaf.spec.isolate == "process" for leaf in leaves) else 1
    return sum(leaf.spec.timeout for leaf in leaves) * waits + _SPARE_SECONDS
