"""A run of verl's in our run folder: metrics, rollouts and held-out scores of each step, soon after it is done."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from statistics import fmean
from typing import Any, cast

import numpy as np
import torch

from rlvr import registry
from rlvr.algorithms.catalogue import ADVANTAGES
from rlvr.algorithms.names import AdvantageName
from rlvr.config.schema import SUPERVISED, TrainConfig
from rlvr.engine.lists import floats
from rlvr.observe.divergence import Divergence, watched_statistics
from rlvr.observe.groups import group_statistics, latency_metrics, source_statistics
from rlvr.observe.metrics import MetricsLog, read_metrics
from rlvr.observe.rollout_rows import RolloutRow, rollout_row, write_rollouts
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import continued
from rlvr.verdict import Status
from rlvr.verl.run.judged_samples import Asked, JudgedLines, JudgedSample, place, read_asked
from rlvr.verl.run.metric_names import learning_rate, renamed


class Collector:
    """Writes what the embedded engine would have written.

    Args:
        config: Of the run.
        folder: Of the run, as `prepare` wrote it.
        log: Of the run; what it holds already is not written again.
    """

    def __init__(self, config: TrainConfig, folder: RunFolder, log: MetricsLog) -> None:
        self._config, self._folder, self._log = config, folder, log
        self._judged = JudgedLines(folder.path)
        self._supervised = config.stage in SUPERVISED
        data = folder.path / "data"
        self._asked = [] if self._supervised else read_asked(data / "train.parquet")
        evaluated = data / "eval.parquet"
        self._held_out = read_asked(evaluated) if evaluated.is_file() and not self._supervised else []
        earlier = [line for line in read_metrics(folder) if "stage" not in line]
        self._divergence = Divergence(earlier)
        self._known: dict[int, dict[str, Any]] = {}
        for line in earlier:
            self._known.setdefault(int(line["step"]), {}).update(line)

    def step(self, step: int, data: Mapping[str, Any]) -> dict[str, float]:
        """Takes in a step; what it gives is written down already.

        Args:
            step: Its number; 0 for the evaluation before training.
            data: As verl logs it.
        """
        metrics = renamed(data, self._config)
        if not self._supervised:
            metrics = {**self._held_out_scores(step), **self._training(step, metrics), **metrics}
        known = self._known.setdefault(step, {})
        if step and not known:
            metrics["lr"] = learning_rate(self._known.get(step - 1), self._config)
        # verl's supervised trainer tells of a step in two lines; and a line that was told before is not written again.
        if new := {name: value for name, value in metrics.items() if name not in known}:
            self._log.write(step, new)
            known.update(new)
        return metrics

    def catch_up(self, step: int) -> None:
        """Takes in the steps up to `step` whose metrics were lost when the trainer was killed.

        Args:
            step: Of the checkpoint from which it goes on.
        """
        for missing in self._judged.steps("train"):
            if missing <= step and missing not in self._known:
                self.step(missing, {})

    def _training(self, step: int, known: Mapping[str, float]) -> dict[str, float]:
        size = self._config.algorithm.prompts_per_step
        lines = self._judged.take("train", step, size * self._config.algorithm.group_size)
        if not step or not lines:
            return {}
        samples = place(lines, self._asked[(step - 1) * size : step * size])
        if self._config.run.save_rollouts:
            write_rollouts(self._folder, step, self._rows(step, samples))
        verdicts = [sample.verdict for sample in samples]
        tokens = [int(sample.line.get("tokens") or 0) for sample in samples]
        watched = watched_statistics(verdicts)
        metrics = {
            "length/mean": fmean(tokens),
            "length/max": float(max(tokens)),
            **group_statistics(verdicts, _truncated(samples), [each.group for each in samples], self._range(samples)),
            **self._of_sources(samples, tokens),
            **watched,
            **self._divergence.update(watched),
            **latency_metrics(_seconds(samples)),
        }
        if seconds := known.get("seconds/step"):
            metrics["tokens/per_second"] = sum(tokens) / seconds
        return metrics

    def _held_out_scores(self, step: int) -> dict[str, float]:
        """Of the training reward, which verl evaluates with, as `eval.strict` does where it names none."""
        lines = self._judged.take("eval", step)
        if not lines or not self._held_out:
            return {}
        samples = place(lines, self._held_out)
        found = {"eval/strict": _mean_score(samples)}
        for name in dict.fromkeys(sample.asked.source for sample in samples if sample.asked.source):
            found[f"eval/strict/{name}"] = _mean_score([each for each in samples if each.asked.source == name])
        failed = [sample.verdict.status in (Status.ERROR, Status.TIMEOUT) for sample in samples]
        found["eval/strict_failed"] = fmean(failed)
        found["eval/truncated"] = fmean(_truncated(samples))
        found["eval/length"] = fmean(int(sample.line.get("tokens") or 0) for sample in samples)
        found["eval/tasks"] = float(len(samples))
        return found

    def _rows(self, step: int, samples: Sequence[JudgedSample]) -> list[RolloutRow]:
        advantages = advantages_of(samples, self._config)
        return [
            rollout_row(
                replace(sample.asked.task, prompt=continued(sample.asked.task.prompt, sample.turns)),
                str(sample.line.get("completion", "")),
                sample.verdict,
                run=self._folder.path.name,
                step=step,
                group=sample.group,
                sample=sample.sample,
                reward=str(sample.line.get("reward", "")),
                advantage=advantage,
                used=sample.trained_on is not None,
                truncated=bool(sample.line.get("truncated")),
                reasoning_open=bool(sample.line.get("reasoning_open")),
                n_prompt_tokens=sample.line.get("prompt_tokens"),
                n_tokens=sample.line.get("tokens"),
                turns=1 + len(sample.turns) // 2,
            )
            for sample, advantage in zip(samples, advantages, strict=True)
        ]

    def _range(self, samples: Sequence[JudgedSample]) -> tuple[float, float]:
        ranges = [self._reward_range(sample.asked) for sample in samples]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def _reward_range(self, asked: Asked) -> tuple[float, float]:
        name = asked.task.reward or self._config.reward
        return registry.get(name).range if name else (0.0, 1.0)

    def _of_sources(self, samples: Sequence[JudgedSample], tokens: Sequence[int]) -> dict[str, float]:
        groups = [list(members) for _, members in groupby(samples, key=lambda sample: sample.group)]
        if len({len(members) for members in groups}) != 1:
            return {}
        scores = [{each.verdict.score for each in members if each.verdict.score is not None} for members in groups]
        return source_statistics(
            [members[0].asked.source for members in groups],
            [sample.verdict for sample in samples],
            tokens,
            [len(found) > 1 for found in scores],
            [self._reward_range(members[0].asked)[1] for members in groups],
        )


def advantages_of(samples: Sequence[JudgedSample], config: TrainConfig) -> list[float | None]:
    """What verl's estimator, which is ours, made of the samples' rewards.

    Args:
        samples: Of one step, all of them.
        config: Of the run. With a KL term in the reward, which only verl's trainer knows, there is no telling.
    """
    algorithm = config.algorithm
    if algorithm.kl.coef > 0 and algorithm.kl.place == "reward":
        return [None] * len(samples)
    rewards = torch.tensor([math.nan if each.trained_on is None else each.trained_on for each in samples]).double()
    groups = torch.tensor([sample.group for sample in samples])
    options = {"scale_by_std": algorithm.scale_by_std} if algorithm.advantage == "grpo" else {}
    estimate = ADVANTAGES[cast("AdvantageName", algorithm.advantage)]
    found = estimate(rewards, groups, valid=rewards.isfinite(), **options)
    return [*floats(found)]


def _truncated(samples: Sequence[JudgedSample]) -> list[bool]:
    return [bool(sample.line.get("truncated")) for sample in samples]


def _mean_score(samples: Sequence[JudgedSample]) -> float:
    scores = [sample.verdict.score for sample in samples if sample.verdict.score is not None]
    return fmean(scores) if scores else math.nan


def _seconds(samples: Sequence[JudgedSample]) -> dict[str, dict[str, float]]:
    """How long the rewards took in this step, by name."""
    by_name: dict[str, list[float]] = {}
    for sample in samples:
        name = str(sample.line.get("name", ""))
        by_name.setdefault(name, []).append(float(sample.line.get("seconds") or 0.0))
    return {
        name: {
            "p50": float(np.quantile(seconds, 0.5)),
            "p99": float(np.quantile(seconds, 0.99)),
            "max": max(seconds),
            "count": float(len(seconds)),
        }
        for name, seconds in by_name.items()
    }
