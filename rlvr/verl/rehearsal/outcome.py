"""What came of a rehearsal: samples by reward and status, truncation, scores, and what would go wrong on a cluster."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rlvr.config.schema import TrainConfig
from rlvr.errors import shortened
from rlvr.scoring.outcome import FAILED, likeness
from rlvr.verdict import Status
from rlvr.verl.run.judged_samples import JudgedLines

_SHOWN: Final = 200
_LEAST_TOLD: Final = 1e-3
_GAP: Final = "training/rollout_probs_diff_mean"


@dataclass(frozen=True, slots=True)
class OfReward:
    """The samples that one reward judged.

    Attributes:
        name: Its identity.
        statuses: How many samples have each status.
        mean: Of the scores; NaN without any.
        causes: Why samples have none, each once, with how often and the first one's id.
    """

    name: str
    statuses: Mapping[str, int]
    mean: float
    causes: Sequence[str]

    @property
    def samples(self) -> int:
        """How many it judged."""
        return sum(self.statuses.values())

    @property
    def failed(self) -> int:
        """How many it could not."""
        return sum(self.statuses.get(status, 0) for status in FAILED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a rehearsal.

    Attributes:
        steps: How many were trained.
        wanted: How many were to be.
        rewards: In the order of their names.
        truncated: Share of samples that reached the length limit.
        masked: Share of samples that were not trained on.
        problems: What would go wrong; nothing where all went well.
        seconds: Of each phase.
    """

    steps: int
    wanted: int
    rewards: Sequence[OfReward] = ()
    truncated: float = 0.0
    masked: float = 0.0
    problems: Sequence[str] = ()
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def went_through(self) -> bool:
        """Whether all steps were trained and nothing was found."""
        return self.steps >= self.wanted and not self.problems


def read_samples(folder: Path) -> list[dict[str, Any]]:
    """What the reward actors wrote down of the samples that were trained on."""
    lines = JudgedLines(folder)
    return [sample for step in lines.steps("train") for sample in lines.take("train", step)]


def outcome_of(
    recipe: TrainConfig,
    samples: Sequence[Mapping[str, Any]],
    steps: Mapping[int, Mapping[str, Any]],
    *,
    wanted: int,
    asked: Mapping[str, str],
    seconds: Mapping[str, float],
    cause: str = "",
) -> Outcome:
    """Sums up what was judged and trained.

    Args:
        recipe: Its configuration, with what it says of failures.
        samples: As `read_samples` has them.
        steps: verl's metrics of each step.
        wanted: Steps that were to be trained.
        asked: Names of the rewards of the recipe's tasks, by their identity.
        seconds: Of each phase.
        cause: Why verl failed, where it did.
    """
    by_reward: dict[str, list[Mapping[str, Any]]] = {}
    for sample in samples:
        by_reward.setdefault(str(sample["reward"]), []).append(sample)
    rewards = sorted((_of_reward(asked.get(it, it), own) for it, own in by_reward.items()), key=lambda it: it.name)
    count = max(1, len(samples))
    truncated = sum(bool(sample["truncated"]) for sample in samples) / count
    masked = sum(sample["trained_on"] is None for sample in samples) / count
    problems = [cause] if cause else []
    if samples:
        problems += [*_of_samples(recipe, rewards), *_of_ends(truncated)]
    if not cause:
        problems += [*_of_steps(steps, wanted, masked), *_not_asked(asked, by_reward)]
    return Outcome(max(steps, default=0), wanted, rewards, truncated, masked, problems, seconds)


def _of_reward(name: str, samples: Sequence[Mapping[str, Any]]) -> OfReward:
    verdicts = [sample["verdict"] for sample in samples]
    scores = [verdict["score"] for verdict in verdicts if verdict["score"] is not None]
    alike: dict[tuple[str, str], list[str]] = {}
    for sample in samples:
        verdict = sample["verdict"]
        if verdict["status"] != Status.SCORED:
            text = " ".join(str(verdict["explanation"]).split())
            alike.setdefault((verdict["status"], likeness(text)), []).append(f"{sample['id']}: {text}")
    causes = [
        f"{status} ({len(told)} samples), first {shortened(told[0], _SHOWN)}" for (status, _), told in alike.items()
    ]
    mean = sum(scores) / len(scores) if scores else math.nan
    return OfReward(name, Counter(str(verdict["status"]) for verdict in verdicts), mean, causes)


def _of_samples(recipe: TrainConfig, rewards: Sequence[OfReward]) -> Iterator[str]:
    """What the recipe would make of the failures, which the rehearsal only counts."""
    scoring = recipe.scoring
    for reward in (reward for reward in rewards if reward.failed):
        ends = scoring.on_error == "raise" or reward.failed / reward.samples > scoring.max_error_rate
        allowed = "on_error=raise" if scoring.on_error == "raise" else f"max_error_rate={scoring.max_error_rate:g}"
        then = f"with scoring.{allowed} the run would end" if ends else "they would not be trained on"
        yield f"{reward.name} could not judge {reward.failed} of {reward.samples} samples; {then}."


def _of_ends(truncated: float) -> Iterator[str]:
    if truncated == 1:
        yield (
            "Every sample was truncated, though the small model writes an end after ten tokens or so: what ends a text "
            "or a turn by the tokenizer is not taken for an end. See `rlvr doctor --model DIR`."
        )


def _of_steps(steps: Mapping[int, Mapping[str, Any]], wanted: int, masked: float) -> Iterator[str]:
    trained = {number: metrics for number, metrics in steps.items() if number > 0}
    if len(trained) < wanted:
        yield f"verl ended after {len(trained)} of {wanted} steps without an error."
    for number, metrics in trained.items():
        norm = metrics.get("actor/grad_norm")
        if norm is None or not math.isfinite(norm):
            yield f"Step {number} has no finite gradient (actor/grad_norm={norm})."
        if (gap := metrics.get(_GAP, 0.0)) > _LEAST_TOLD:
            yield f"In step {number} vLLM's probabilities and the trainer's differ by {gap:.2g} on average."
    if masked == 1:
        yield "No sample was trained on."


def _not_asked(asked: Mapping[str, str], by_reward: Mapping[str, object]) -> Iterator[str]:
    # One that could not be found where it was to judge has its name there, and no identity.
    if missing := sorted(name for identity, name in asked.items() if not {identity, name} & by_reward.keys()):
        yield f"No sample was judged by {', '.join(missing)}: none of its tasks came up. More --steps draw more tasks."
