"""The scorers of a run: one for each reward that tasks name, made at first use, ended together."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from rlvr import registry
from rlvr.config.schema import ScoringConfig, TrainConfig
from rlvr.scoring import OnError, Scorer


def say_sandbox_level(config: TrainConfig) -> None:
    """Rewards that run programs look there, in this process and in those it starts; they take no configuration."""
    os.environ["RLVR_SANDBOX_REQUIRE"] = config.sandbox.require
    os.environ["RLVR_SANDBOX_PACKAGES"] = ",".join(config.sandbox.packages) or "none"
    os.environ["RLVR_SANDBOX_LIBRARIES"] = ",".join(config.sandbox.libraries)
    if config.sandbox.url:
        os.environ["RLVR_SANDBOX_URL"] = config.sandbox.url


class Scorers:
    """Scorers by reward name.

    Args:
        config: How rewards are run.
        log: File for the verdict log, where the configuration asks for one.
    """

    def __init__(self, config: ScoringConfig, *, log: Path | None = None) -> None:
        self._config = config
        self._log = log if config.log else None
        self._scorers: dict[str, Scorer] = {}

    def of(self, name: str) -> Scorer:
        """The scorer of the reward called `name`."""
        if name not in self._scorers:
            self._scorers[name] = Scorer(
                registry.get(name),
                workers=self._config.workers,
                on_error=cast("OnError", self._config.on_error),
                max_error_rate=self._config.max_error_rate,
                cache=self._config.cache,
                log=self._log,
            )
        return self._scorers[name]

    def latency(self) -> dict[str, Any]:
        """Statistics of each reward's calls so far."""
        return {name: asdict(row) for scorer in self._scorers.values() for name, row in scorer.stats().items()}

    def close(self) -> None:
        """Ends the worker processes of all rewards."""
        for scorer in self._scorers.values():
            scorer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
