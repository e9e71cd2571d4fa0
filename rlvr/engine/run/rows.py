"""A parquet row for each sample of a step."""

from __future__ import annotations

from dataclasses import replace

from rlvr.engine.run.collect import Rollouts
from rlvr.engine.update.batch import TrainBatch
from rlvr.engine.update.update import UpdateReport
from rlvr.observe.rollout_rows import RolloutRow, rollout_row


def rollout_rows(
    rollouts: Rollouts, batch: TrainBatch, report: UpdateReport, *, run: str, step: int, identities: list[str]
) -> list[RolloutRow]:
    """The rows of a step.

    Args:
        rollouts: With verdicts of kind `train`.
        batch: What the update learned from.
        report: What it reported.
        run: Name of the run.
        step: Number of the step.
        identities: Of each sample's reward.
    """
    rows: list[RolloutRow] = []
    for i, (completion, verdict) in enumerate(zip(rollouts.completions, rollouts.verdicts["train"], strict=True)):
        encoded, sample = rollouts.tasks[i // rollouts.group_size], rollouts.samples[i]
        log_probs = completion.drawn_log_probs
        row = rollout_row(
            replace(encoded.task, prompt=sample.prompt),
            sample.completion,
            verdict,
            run=run,
            step=step,
            group=i // rollouts.group_size,
            sample=i % rollouts.group_size,
            reward=identities[i],
            advantage=float(batch.advantages[i]),
            used=bool(batch.in_loss[i]),
            truncated=completion.truncated,
            reasoning_open=sample.reasoning_open,
            n_prompt_tokens=len(encoded.ids),
            n_tokens=len(completion.ids),
            log_prob_mean=float(log_probs.mean()),
            log_prob_min=float(log_probs.min()),
            log_prob_sum=float(log_probs.sum()),
            gap_mean=report.gaps.get(i),
            seconds_generation=rollouts.arrived[i],
            turns=completion.turns,
        )
        rows.append(row)
    return rows
