"""A metric as a Ray actor with a share of a GPU: one model for all processes of a cluster.

The actor is an ordinary one of the trainer's environment and drives a worker process as `Metric` does; the share of a
GPU that Ray gives it is what the worker sees. So Ray need not be in the metrics' environment.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rlvr.errors import ConfigError
from rlvr.rewards.translation.comet.metric import Counts, Metric, Result, Segment, shared_metric
from rlvr.rewards.translation.comet.settings import Settings

SHARE: Final = "RLVR_METRIC_GPU_SHARE"
"""The variable that asks for an actor: its share of a GPU, `0` for one on a CPU. Unset: a worker for this process."""

_CALLERS: Final = 64
_ACTORS: Final = 3


class MetricActor:
    """What the actor holds."""

    def __init__(self, settings: Settings) -> None:
        self._metric = Metric(settings)

    def score(self, segments: Sequence[Segment]) -> list[Result]:
        """See `Metric.score`."""
        return self._metric.score(segments)

    def about(self) -> dict[str, Any]:
        """See `Metric.about`."""
        return dict(self._metric.about())

    def counts(self) -> Counts:
        """See `Metric.counts`."""
        return self._metric.counts()

    def worker_pid(self) -> int | None:
        """See `Metric.worker_pid`."""
        return self._metric.worker_pid()


class RemoteMetric:
    """A metric that lives in a Ray actor, by its settings: whoever asks first makes it, for the whole cluster.

    Args:
        settings: Which model, and how it runs.
        gpu_share: Of the GPU that Ray gives the actor.

    Raises:
        ConfigError: Ray is not running here.
    """

    def __init__(self, settings: Settings, gpu_share: float) -> None:
        import ray

        if not ray.is_initialized():
            raise ConfigError([f"{SHARE} asks for a Ray actor, and Ray is not running in this process"])
        self._settings, self._share = settings, gpu_share
        self._actor = self._found()

    def score(self, segments: Sequence[Segment]) -> list[Result]:
        """See `Metric.score`."""
        return self._ask("score", list(segments))

    def about(self) -> Mapping[str, Any]:
        """See `Metric.about`."""
        return self._ask("about")

    def counts(self) -> Counts:
        """See `Metric.counts`."""
        return self._ask("counts")

    def worker_pid(self) -> int | None:
        """See `Metric.worker_pid`."""
        return self._ask("worker_pid")

    def _found(self) -> Any:
        import ray

        name = f"rlvr-metric-{hashlib.sha256(repr(self._settings).encode()).hexdigest()[:16]}"
        made: Any = ray.remote(MetricActor)
        return made.options(
            name=name,
            namespace="rlvr",
            get_if_exists=True,
            max_restarts=-1,
            max_task_retries=-1,
            max_concurrency=_CALLERS,
            num_cpus=1,
            num_gpus=self._share,
        ).remote(self._settings)

    def _ask(self, what: str, *given: object) -> Any:
        import ray
        from ray.exceptions import RayActorError, RayTaskError

        for attempt in range(_ACTORS):
            try:
                return ray.get(getattr(self._actor, what).remote(*given))
            except RayTaskError as error:
                # Ours as it was raised, not wrapped into Ray's.
                raise getattr(error, "cause", error) from None
            except RayActorError:
                # It ends with the process that made it; whoever asks next makes another.
                if attempt == _ACTORS - 1:
                    raise
                self._actor = self._found()
        raise AssertionError


def metric_of(settings: Settings) -> Metric | RemoteMetric:
    """The metric that rewards of this process ask: its own worker's, or the cluster's where `SHARE` says so.

    Raises:
        ConfigError: `SHARE` is no number, or Ray is not running.
    """
    share = os.environ.get(SHARE, "")
    if not share:
        return shared_metric(settings)
    try:
        return RemoteMetric(settings, float(share))
    except ValueError:
        raise ConfigError([f"{SHARE} is {share!r}, no share of a GPU"]) from None
