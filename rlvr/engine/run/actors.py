"""Where the workers live: in Ray actors, or in this process. Stages see the same few methods either way."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

from rlvr.config.schema import OptimConfig, TrainConfig
from rlvr.engine.policy.model import model_folder
from rlvr.engine.rollout.generation import Completion, Sampling
from rlvr.engine.run.placement import Placement, connect, place
from rlvr.engine.run.worker import PolicyWorker, Rollout, RolloutWorker
from rlvr.engine.update.batch import FloatArray, TrainBatch
from rlvr.engine.update.preference import PairBatch, PairOutcome, PreferenceReport
from rlvr.engine.update.texts import TextBatch
from rlvr.engine.update.update import UpdateReport
from rlvr.errors import EngineError, RlvrError
from rlvr.sample import is_list

_CHANGING: Final = ("update", "supervise", "prefer", "load")
"""Methods of a policy worker after which its weights are others."""

_LARGE: Final = (TrainBatch, TextBatch, PairBatch)

_MOST_DEATHS: Final = 2
"""Rollouts that may die in one step: a model that does not fit kills each of them."""

_LOG: Final = logging.getLogger(__name__)


class Actors(ABC):
    """The policy's ranks and the rollout, as one."""

    @abstractmethod
    def generate(
        self, prompts: Sequence[Sequence[int]], samples_per_prompt: int, sampling: Sampling
    ) -> Iterator[list[Completion]]:
        """Completions from the newest weights, as they are finished."""

    @abstractmethod
    def everywhere(self, method: str, *args: Any, **options: Any) -> list[Any]:
        """Calls a method of every rank at the same time; the results in the order of the ranks."""

    @abstractmethod
    def sync(self) -> None:
        """Gives the rollout the newest weights, which `generate` otherwise waits for."""

    @abstractmethod
    def close(self) -> None:
        """Ends the workers."""

    def check_folder(self, folder: Path) -> None:  # noqa: B027 - most have one machine
        """Makes sure that all workers see a folder of this process.

        Raises:
            EngineError: One of them does not; the message names its node.
        """

    def start_stage(self, optim: OptimConfig, steps: int) -> None:
        """A fresh optimiser and schedule."""
        self.everywhere("start_stage", optim, steps)

    def update(self, batch: TrainBatch) -> UpdateReport:
        """A policy update on all ranks; metrics are the same on all, gaps are put together."""
        return _merged(self.everywhere("update", batch))

    def supervise(self, batch: TextBatch) -> UpdateReport:
        """A supervised update on all ranks."""
        return _merged(self.everywhere("supervise", batch))

    def prefer(self, batch: PairBatch) -> PreferenceReport:
        """A preference update on all ranks; the pairs of all are put together."""
        reports: list[PreferenceReport] = self.everywhere("prefer", batch)
        pairs = {row: outcome for report in reports for row, outcome in report.pairs.items()}
        return PreferenceReport(reports[0].metrics, dict(sorted(pairs.items())))

    def pair_outcomes(self, batch: PairBatch) -> list[PairOutcome]:
        """What the policy makes of each pair, in the batch's order."""
        found: dict[int, PairOutcome] = {
            row: outcome for part in self.everywhere("pair_outcomes", batch) for row, outcome in part
        }
        return [found[row] for row in range(len(batch.prompts))]

    def text_losses(self, batch: TextBatch) -> list[float]:
        """The loss of each text, summed over its learned tokens, in nats."""
        losses: dict[int, float] = {row: nats for part in self.everywhere("text_losses", batch) for row, nats in part}
        return [losses[row] for row in range(len(batch.texts))]

    def log_probs(self, batch: TrainBatch, *, reference: bool) -> list[FloatArray]:
        """Log-probabilities of each completion's tokens under the policy or its reference, in the batch's order."""
        parts = self.everywhere("log_probs", batch, reference=reference)
        rows: dict[int, FloatArray] = {row: values for part in parts for row, values in part}
        return [rows[row] for row in range(len(batch.completions))]

    def save(self, folder: Path) -> None:
        """Writes the policy's part of a checkpoint."""
        self.everywhere("save", folder.absolute())

    def load(self, folder: Path) -> None:
        """Reads the policy's part of a checkpoint."""
        self.everywhere("load", folder.absolute())

    def export(self, folder: Path) -> None:
        """Writes a Hugging Face folder."""
        self.everywhere("export", folder.absolute())

    def describe(self) -> dict[str, Any]:
        """What rank 0 says of the policy."""
        return self.everywhere("describe")[0]


class InlineActors(Actors):
    """One worker in this process: for notebooks, debuggers and machines without Ray."""

    def __init__(self, config: TrainConfig) -> None:
        self._worker = PolicyWorker(config)
        self._rollout = rollout_class(config)(config) if _apart(config) else None
        self._stale = True

    @override
    def generate(
        self, prompts: Sequence[Sequence[int]], samples_per_prompt: int, sampling: Sampling
    ) -> Iterator[list[Completion]]:
        if self._rollout is None:
            return self._worker.generate(prompts, samples_per_prompt, sampling)
        if self._stale:
            self.sync()
        return self._rollout.generate(prompts, samples_per_prompt, sampling)

    @override
    def everywhere(self, method: str, *args: Any, **options: Any) -> list[Any]:
        self._stale |= method in _CHANGING
        return [getattr(self._worker, method)(*args, **options)]

    @override
    def sync(self) -> None:
        """Without a rollout of its own, the policy's own weights generate."""
        if self._rollout is not None:
            self._rollout.load_weights(self._worker.weights())
        self._stale = False

    @override
    def close(self) -> None:
        if self._rollout is not None:
            self._rollout.close()
        self._worker.close()


class RayActors(Actors):
    """A Ray actor for each rank, and one for the rollout where the policy is sharded or another engine generates.

    A rollout that dies is replaced, and what it owed is drawn anew: from the same weights and seeds, so the same.
    """

    def __init__(self, config: TrainConfig) -> None:
        import ray

        self._ray: Any = ray
        self._started = connect(config.engine.ranks + 1)
        self._config = config
        self._placement: Placement | None = None
        self._ranks: list[Any] = []
        self._rollout: Any = None
        self._stale = False  # the rollout's weights are older than the policy's
        try:
            self._start(config)
        except BaseException:
            self.close()
            raise

    def _start(self, config: TrainConfig) -> None:
        ray, ranks = self._ray, config.engine.ranks
        there: dict[str, float] = ray.cluster_resources()
        gpus = 1 if config.engine.device != "cpu" and there.get("GPU", 0) >= 1 else 0
        if config.rollout.sleep:
            gpus /= 2  # policy and rollout take turns on one
        self._placement = placement = place(ranks + _apart(config), {"CPU": 1, "GPU": gpus})
        placement.check_has(model_folder(config.model))
        address = placement.meeting_place(ranks) if ranks > 1 else ""
        policy: Any = ray.remote(PolicyWorker)
        self._ranks = [policy.options(**placement.options(rank)).remote(config, rank, address) for rank in range(ranks)]
        self._rollout = self._new_rollout() if _apart(config) else self._ranks[0]
        self.everywhere("describe")
        self.sync()

    @override
    def generate(
        self, prompts: Sequence[Sequence[int]], samples_per_prompt: int, sampling: Sampling
    ) -> Iterator[list[Completion]]:
        if self._stale:
            self.sync()
        there: set[int] = set()
        deaths = 0
        while len(there) < len(prompts) * samples_per_prompt:
            whole = [
                place
                for place in range(len(prompts))
                if all(place * samples_per_prompt + member in there for member in range(samples_per_prompt))
            ]
            remote = self._rollout.generate.options(num_returns="streaming")
            try:
                for reference in remote.remote(prompts, samples_per_prompt, sampling, whole):
                    new = [one for one in self._get_or_lose(reference) if one.index not in there]
                    there.update(one.index for one in new)
                    yield new
            except _RolloutLostError as error:
                deaths += 1
                if deaths > _MOST_DEATHS:
                    raise _died(error) from error
                self._replace_rollout(error)

    @override
    def everywhere(self, method: str, *args: Any, **options: Any) -> list[Any]:
        self._stale |= method in _CHANGING
        # Large arguments cross once, through the object store, and not once for each rank.
        shared = [self._ray.put(argument) if isinstance(argument, _LARGE) else argument for argument in args]
        return self._get([getattr(rank, method).remote(*shared, **options) for rank in self._ranks])

    @override
    def sync(self) -> None:
        if _apart(self._config):
            weights = [rank.weights.remote() for rank in self._ranks]
            self._get(self._rollout.load_weights.remote(weights[0]))
            self._get(weights[1:])
        self._stale = False

    @override
    def check_folder(self, folder: Path) -> None:
        if self._placement is not None:
            self._placement.check_seen(folder)

    @override
    def close(self) -> None:
        for actor in {id(actor): actor for actor in (*self._ranks, self._rollout) if actor is not None}.values():
            self._ray.kill(actor)
        if self._placement is not None:
            self._placement.release()
        if self._started:
            self._ray.shutdown()

    def _new_rollout(self) -> Any:
        assert self._placement is not None
        rollout: Any = self._ray.remote(rollout_class(self._config))
        return rollout.options(**self._placement.options(len(self._ranks))).remote(self._config)

    def _replace_rollout(self, why: Exception) -> None:
        _LOG.warning("The rollout died (%s); another one draws what is missing.", why)
        self._ray.kill(self._rollout)
        self._rollout = self._new_rollout()
        self.sync()

    def _get_or_lose(self, reference: Any) -> Any:
        if not _apart(self._config):
            return self._get(reference)
        try:
            return self._get(reference)
        except EngineError as error:
            if isinstance(error.__cause__, self._ray.exceptions.RayActorError):
                raise _RolloutLostError(str(error.__cause__).splitlines()[0]) from error
            raise

    def _get(self, references: Any) -> Any:
        exceptions = self._ray.exceptions
        try:
            return self._ray.get(references)
        except exceptions.RayTaskError as error:
            if isinstance(error.cause, RlvrError):
                raise error.cause from None
            # When one rank dies the others fail too, in the collective where they wait for it, and perhaps first.
            if death := self._death(references):
                raise _died(death) from error
            raise
        except exceptions.RayActorError as error:
            # Where a worker could not start, what stopped it is inside.
            cause = getattr(error.args[0], "cause", None) if error.args else None
            if isinstance(cause, RlvrError):
                raise cause from None
            raise _died(error) from error

    def _death(self, references: Any) -> BaseException | None:
        """Why one of several calls found no worker, if one did; there are some seconds for it to become known."""
        if not is_list(references) or len(references) < 2:
            return None
        ready: list[Any] = self._ray.wait(references, num_returns=len(references), timeout=5)[0]
        for call in ready:
            try:
                self._ray.get(call)
            except self._ray.exceptions.RayActorError as error:
                return error
            except self._ray.exceptions.RayTaskError:
                continue
        return None


def rollout_class(config: TrainConfig) -> Callable[[TrainConfig], Rollout]:
    """Who generates where the policy's own worker does not."""
    if config.rollout.backend == "vllm":
        from rlvr.engine.rollout.vllm_rollout import VllmRollout

        return VllmRollout
    return RolloutWorker


def _apart(config: TrainConfig) -> bool:
    """Whether another worker generates than the one that learns."""
    return config.engine.ranks > 1 or config.rollout.backend != "transformers"


class _RolloutLostError(Exception):
    """The actor that generated is gone."""


def start_actors(config: TrainConfig) -> Actors:
    """The workers that `engine.actors` asks for.

    Raises:
        ModelError: The model folder cannot be loaded.
        EngineError: A worker died on the way.
    """
    return InlineActors(config) if config.engine.actors == "inline" else RayActors(config)


def _died(error: BaseException) -> EngineError:
    return EngineError(
        f"A worker of the engine died: {error}",
        hint="Most often it ran out of memory: lower engine.tokens_per_micro_batch or rollout.batch_size, "
        "then `rlvr resume` the run.",
    )


def _merged(reports: Sequence[UpdateReport]) -> UpdateReport:
    gaps = {row: gap for report in reports for row, gap in report.gaps.items()}
    return UpdateReport(reports[0].metrics, gaps)
