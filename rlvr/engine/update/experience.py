"""From verdicts to advantages: which samples count, what their scores are, and how much better than their group."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import numpy as np
import torch
from torch import Tensor

from rlvr.algorithms.catalogue import ADVANTAGES
from rlvr.algorithms.kl import kl_in_reward
from rlvr.algorithms.length import overlong_penalty
from rlvr.algorithms.names import AdvantageName, KLKind
from rlvr.compose import Composable, WeightedSum
from rlvr.config.schema import AlgorithmConfig, RolloutConfig, TrainConfig
from rlvr.config.task_sources import task_settings
from rlvr.engine.lists import integers
from rlvr.engine.run.actors import Actors
from rlvr.engine.run.collect import Rollouts
from rlvr.engine.update.batch import FloatArray, TrainBatch, any_given
from rlvr.errors import EngineError
from rlvr.sample import Task
from rlvr.scoring import OnError, settle
from rlvr.verdict import Verdict

_CONTRAST: Final = 1e-9  # weighted sums of equal parts differ in their last bits

RewardOf: TypeAlias = Callable[[Task], Composable]
"""The reward that judges a task."""


def train_batch(actors: Actors, config: TrainConfig, reward_of: RewardOf, rollouts: Rollouts) -> TrainBatch:
    """The batch that an update learns from.

    A sample that could not be scored, or that is truncated under `algorithm.mask_truncated`, leaves both its group's
    baseline and the loss. Advantages are multiplied by the `loss_weight` of the task's source, which multiplies the
    policy loss of its tokens: every loss we have is linear in the size of the advantage.

    Args:
        actors: Asked for log-probabilities when the KL penalty is part of the reward.
        config: The run's configuration.
        reward_of: The reward of each task: `gdpo` needs its parts, `algorithm.reward_scale` its range.
        rollouts: With verdicts of kind `train`.

    Raises:
        RewardFailedError: A reward failed and `scoring.on_error` is `raise`.
    """
    scored = _scored(config, rollouts)
    drawn = [completion.drawn for completion in rollouts.completions]
    batch = TrainBatch(
        prompts=[np.array(task.ids, dtype=np.int64) for task in rollouts.tasks for _ in range(rollouts.group_size)],
        completions=[completion.ids for completion in rollouts.completions],
        rollout_log_probs=[completion.log_probs for completion in rollouts.completions],
        advantages=np.zeros(len(rollouts.samples), dtype=np.float32),
        in_loss=scored.usable.numpy(),
        mini_batch=_mini_batches(rollouts, config.algorithm.mini_batches),
        drawn=drawn if any_given(drawn) else (),
    )
    penalty = _penalties(actors, config, batch)
    advantages = torch.zeros(len(rollouts.samples), dtype=torch.float64)
    for reward, rows in _by_reward(rollouts, reward_of):
        advantages[rows] = _advantages(config, reward, scored.of(rows), penalty[rows])
    weights = {source.name: source.loss_weight for source in task_settings(config.data)}
    of_task = torch.tensor([weights.get(task.source, 1.0) for task in rollouts.tasks], dtype=torch.float64)
    batch.advantages[:] = (advantages * of_task.repeat_interleave(rollouts.group_size)).float().numpy()
    return batch


def contrasting(config: TrainConfig, reward_of: RewardOf, rollouts: Rollouts) -> list[bool]:
    """Of each group, whether its samples that count have scores that differ: whether there is something to learn.

    With gdpo also where the parts differ and their sum does not.

    Raises:
        RewardFailedError: A reward failed and `scoring.on_error` is `raise`.
    """
    scored = _scored(config, rollouts)
    found = torch.zeros(len(rollouts.tasks), dtype=torch.bool)
    for reward, rows in _by_reward(rollouts, reward_of):
        own = scored.of(rows)
        table = own.scores.unsqueeze(1)
        if config.algorithm.advantage == "gdpo":
            table = torch.cat([table, _parts(_weighted(reward), own, config.scoring.floor)], 1)
        groups = table.view(-1, rollouts.group_size, table.shape[1])
        counts = own.usable.view(-1, rollouts.group_size, 1)
        spread = groups.masked_fill(~counts, -math.inf).amax(1) - groups.masked_fill(~counts, math.inf).amin(1)
        found[rows[:: rollouts.group_size] // rollouts.group_size] = (spread > _CONTRAST).any(1)
    return [bool(one) for one in found]


@dataclass(frozen=True, slots=True)
class _Scored:
    """Verdicts as training takes them; N of each.

    Attributes:
        verdicts: Of the samples.
        scores: (N,) NaN where the sample does not count.
        valid: (N,) bool, whether there is a score.
        usable: (N,) bool, whether the sample counts.
        groups: (N,)
    """

    verdicts: Sequence[Verdict]
    scores: Tensor
    valid: Tensor
    usable: Tensor
    groups: Tensor

    def of(self, rows: Tensor) -> _Scored:
        """Those of some rows."""
        verdicts = [self.verdicts[row] for row in integers(rows)]
        return _Scored(verdicts, self.scores[rows], self.valid[rows], self.usable[rows], self.groups[rows])


def _scored(config: TrainConfig, rollouts: Rollouts) -> _Scored:
    verdicts = rollouts.verdicts["train"]
    scores, valid = settle(verdicts, cast("OnError", config.scoring.on_error), config.scoring.floor)
    usable = torch.tensor(valid)
    if config.algorithm.mask_truncated:
        usable &= ~torch.tensor([completion.truncated for completion in rollouts.completions])
    groups = torch.arange(len(verdicts)) // rollouts.group_size
    return _Scored(verdicts, torch.tensor(scores, dtype=torch.float64), torch.tensor(valid), usable, groups)


def _by_reward(rollouts: Rollouts, reward_of: RewardOf) -> list[tuple[Composable, Tensor]]:
    """The rewards of a step, each with its rows; groups stay whole."""
    rewards = [reward_of(task.task) for task in rollouts.tasks]
    members: dict[str, list[int]] = {}
    for place, reward in enumerate(rewards):
        members.setdefault(reward.identity, []).append(place)
    within = torch.arange(rollouts.group_size)
    return [
        (rewards[places[0]], (torch.tensor(places).unsqueeze(1) * rollouts.group_size + within).flatten())
        for places in members.values()
    ]


def _mini_batches(rollouts: Rollouts, mini_batches: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    # Whole groups stay together, and every share has tasks from the whole step, and of all sources alike.
    sources = [task.source for task in rollouts.tasks]
    order = sorted(range(len(sources)), key=sources.__getitem__)
    of_task = np.empty(len(sources), dtype=np.int64)
    of_task[order] = np.arange(len(sources)) % mini_batches
    return np.repeat(of_task, rollouts.group_size)


def _advantages(config: TrainConfig, reward: Composable, scored: _Scored, penalty: Tensor) -> Tensor:
    """Of the samples that one reward judged, (N,)."""
    algorithm = config.algorithm
    if algorithm.advantage == "gdpo":
        weighted = _weighted(reward)
        return _gdpo(weighted, _parts(weighted, scored, config.scoring.floor), penalty, scored.groups, scored.usable)
    options = {"scale_by_std": algorithm.scale_by_std} if algorithm.advantage == "grpo" else {}
    scores = scored.scores
    if algorithm.reward_scale == "range":
        low, high = reward.range
        scores = (scores - low) / (high - low)
    advantage = ADVANTAGES[cast("AdvantageName", algorithm.advantage)]
    found = advantage(scores + penalty, scored.groups, valid=scored.usable, **options)
    if algorithm.reward_scale == "rms" and bool(found.any()):
        return found / found[found != 0].square().mean().sqrt()
    return found


def _gdpo(reward: WeightedSum, parts: Tensor, penalty: Tensor, groups: Tensor, usable: Tensor) -> Tensor:
    weights = torch.tensor([weight for weight, _ in reward.terms], dtype=torch.float64)
    if bool(penalty.any()):
        parts = torch.cat([parts, penalty.double().unsqueeze(1)], 1)
        weights = torch.cat([weights, torch.ones(1, dtype=torch.float64)])
    return ADVANTAGES["gdpo"](parts, weights, groups, valid=usable)


def _weighted(reward: Composable) -> WeightedSum:
    if not isinstance(reward, WeightedSum):
        raise EngineError(f"gdpo normalises each part of a weighted sum apart, and `{reward.name}` is none.")
    return reward


def _parts(reward: WeightedSum, scored: _Scored, floor: float) -> Tensor:
    """Scores of the parts (N, K); NaN where the sample does not count, the floor where a failed part does."""
    names = [part.name for _, part in reward.terms]
    table = torch.full((len(scored.verdicts), len(names)), math.nan, dtype=torch.float64)
    for i, verdict in enumerate(scored.verdicts):
        if not scored.valid[i]:
            continue
        if set(verdict.components) != set(names) and verdict.score is not None:
            raise EngineError(
                f"gdpo needs the parts of `{reward.name}`: {', '.join(names)}, not "
                f"{', '.join(verdict.components) or 'a verdict without parts'}."
            )
        scores = {name: part.score for name, part in verdict.components.items()}
        table[i] = torch.tensor([floor if (score := scores.get(name)) is None else score for name in names])
    return table


def _penalties(actors: Actors, config: TrainConfig, batch: TrainBatch) -> Tensor:
    """What is taken off the scores for length and for distance from the reference policy, (B,)."""
    algorithm = config.algorithm
    lengths = torch.tensor([len(ids) for ids in batch.completions])
    penalty = torch.zeros(len(lengths), dtype=torch.float64)
    if algorithm.overlong_buffer:
        penalty += _overlong(algorithm, config.rollout, lengths)
    if algorithm.kl.coef > 0 and algorithm.kl.place == "reward":
        policy, reference = (actors.log_probs(batch, reference=which) for which in (False, True))
        mask = batch.written(np.arange(len(batch.completions)))
        kind = cast("KLKind", algorithm.kl.kind)
        penalty = kl_in_reward(penalty, _pad(policy), _pad(reference), mask, coef=algorithm.kl.coef, kind=kind)
    return penalty


def _overlong(algorithm: AlgorithmConfig, rollout: RolloutConfig, lengths: Tensor) -> Tensor:
    return overlong_penalty(
        lengths,
        max_length=rollout.max_new_tokens,
        buffer=algorithm.overlong_buffer,
        factor=algorithm.overlong_penalty,
    ).double()


def _pad(rows: Sequence[FloatArray]) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence([torch.from_numpy(row) for row in rows], batch_first=True)
