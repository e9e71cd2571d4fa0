"""Scoring a policy on held-out tasks: greedy by default, once strict and once lenient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlvr.config.schema import TrainConfig
from rlvr.engine.policy.model import Tokenizer
from rlvr.engine.rollout.generation import Sampling
from rlvr.engine.rollout.prompts import EncodedTask
from rlvr.engine.run.actors import Actors
from rlvr.engine.run.collect import Rollouts, collect
from rlvr.engine.run.scorers import Scorers
from rlvr.verdict import Status, Verdict


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        summary: `eval/strict`, `eval/lenient` (means over the samples that could be scored; with the source's name
            behind them where there are several), `eval/strict_failed` (share that could not), `eval/truncated`,
            `eval/length` (tokens), `eval/turns` (of conversations), `eval/tasks`, `eval/seconds`.
        rows: Prompt, completion and verdicts of each task, as JSON data.
    """

    summary: dict[str, float]
    rows: list[dict[str, Any]]


def evaluate(
    actors: Actors,
    tokenizer: Tokenizer,
    stop: Sequence[int],
    tasks: Sequence[EncodedTask],
    config: TrainConfig,
    scorers: Scorers,
) -> Evaluation:
    """One completion, or one conversation, of each task, scored.

    Args:
        actors: Who generates.
        tokenizer: Turns completions into text.
        stop: Ids that end a completion.
        tasks: With their prompts encoded.
        config: `eval` and `rollout` say how.
        scorers: Of the run.
    """
    kinds = {"strict": config.eval.strict} | ({"lenient": config.eval.lenient} if config.eval.lenient else {})
    rollout = config.rollout
    sampling = Sampling(
        max_new_tokens=rollout.max_new_tokens, temperature=config.eval.temperature, seed=config.run.seed
    )
    chosen: Mapping[str, Callable[[EncodedTask], Any]] = {
        # Without a reward of its own the evaluation asks what training asks.
        kind: lambda encoded, name=name: scorers.of(name or encoded.task.reward or config.reward)
        for kind, name in kinds.items()
    }
    rollouts = collect(actors, tokenizer, stop, tasks, group_size=1, sampling=sampling, scorers=chosen)
    return Evaluation(_summary(rollouts), _rows(rollouts))


def _summary(rollouts: Rollouts) -> dict[str, float]:
    found: dict[str, float] = {}
    sources = [task.source for task in rollouts.tasks]
    for kind, verdicts in rollouts.verdicts.items():
        failed = sum(verdict.status in (Status.ERROR, Status.TIMEOUT) for verdict in verdicts)
        found[f"eval/{kind}"] = _mean_score(verdicts)
        for name in dict.fromkeys(name for name in sources if name):
            own = [verdict for verdict, source in zip(verdicts, sources, strict=True) if source == name]
            found[f"eval/{kind}/{name}"] = _mean_score(own)
        found[f"eval/{kind}_failed"] = failed / len(verdicts)
    found["eval/truncated"] = float(np.mean([completion.truncated for completion in rollouts.completions]))
    found["eval/length"] = float(np.mean([len(completion.ids) for completion in rollouts.completions]))
    if talks := [one.turns for i, one in enumerate(rollouts.completions) if rollouts.tasks[i].env]:
        found["eval/turns"] = float(np.mean(talks))
    found["eval/tasks"] = float(len(rollouts.tasks))
    found["eval/seconds"] = rollouts.seconds_generate + rollouts.seconds_score_wait
    return found


def _mean_score(verdicts: Sequence[Verdict]) -> float:
    scores = [verdict.score for verdict in verdicts if verdict.score is not None]
    return float(np.mean(scores)) if scores else float("nan")


def _rows(rollouts: Rollouts) -> list[dict[str, Any]]:
    return [
        {
            "id": encoded.task.id,
            "completion": rollouts.samples[i].completion,
            "reference": encoded.task.reference,
            **{kind: verdicts[i].as_dict() for kind, verdicts in rollouts.verdicts.items()},
        }
        for i, encoded in enumerate(rollouts.tasks)
    ]
