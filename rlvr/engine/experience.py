"""From verdicts to advantages: which samples count, what their scores are, and how much better than their group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from rlvr.algorithms.catalogue import ADVANTAGES
from rlvr.algorithms.kl import kl_in_reward
from rlvr.algorithms.length import overlong_penalty
from rlvr.algorithms.names import AdvantageName, KLKind
from rlvr.compose import Composable, WeightedSum
from rlvr.config.schema import AlgorithmConfig, RolloutConfig, TrainConfig
from rlvr.engine.actors import Actors
from rlvr.engine.batch import FloatArray, TrainBatch
from rlvr.engine.collect import Rollouts
from rlvr.errors import EngineError
from rlvr.scoring import OnError, settle
from rlvr.verdict import Verdict


def train_batch(actors: Actors, config: TrainConfig, reward: Composable, rollouts: Rollouts) -> TrainBatch:
    """The batch that an update learns from.

    A sample that could not be scored, or that is truncated under `algorithm.mask_truncated`, leaves both its group's
    baseline and the loss.

    Args:
        actors: Asked for log-probabilities when the KL penalty is part of the reward.
        config: The run's configuration.
        reward: The training reward, for `gdpo`'s components and weights.
        rollouts: With verdicts of kind `train`.

    Raises:
        RewardFailedError: A reward failed and `scoring.on_error` is `raise`.
    """
    verdicts = rollouts.verdicts["train"]
    scores, valid = settle(verdicts, cast("OnError", config.scoring.on_error), config.scoring.floor)
    usable = torch.tensor(valid)
    if config.algorithm.mask_truncated:
        usable &= ~torch.tensor([completion.truncated for completion in rollouts.completions])
    groups = torch.arange(len(verdicts)) // rollouts.group_size
    batch = TrainBatch(
        prompts=[np.array(task.ids, dtype=np.int64) for task in rollouts.tasks for _ in range(rollouts.group_size)],
        completions=[completion.ids for completion in rollouts.completions],
        rollout_log_probs=[completion.log_probs for completion in rollouts.completions],
        advantages=np.zeros(len(verdicts), dtype=np.float32),
        in_loss=usable.numpy(),
        mini_batch=_mini_batches(len(rollouts.tasks), rollouts.group_size, config.algorithm.mini_batches),
    )
    penalty = _penalties(actors, config, batch)
    if config.algorithm.advantage == "gdpo":
        weighted = _weighted(reward)
        parts = _parts(weighted, verdicts, valid, config.scoring.floor)
        advantages = _gdpo(weighted, parts, penalty, groups, usable)
    else:
        advantages = _advantages(config.algorithm, torch.tensor(scores, dtype=torch.float64) + penalty, groups, usable)
    batch.advantages[:] = advantages.float().numpy()
    return batch


def _mini_batches(tasks: int, group_size: int, mini_batches: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    # Whole groups stay together, and every share has tasks from the whole step.
    return np.repeat(np.arange(tasks, dtype=np.int64) % mini_batches, group_size)


def _advantages(algorithm: AlgorithmConfig, scores: Tensor, groups: Tensor, usable: Tensor) -> Tensor:
    options = {"scale_by_std": algorithm.scale_by_std} if algorithm.advantage == "grpo" else {}
    return ADVANTAGES[cast("AdvantageName", algorithm.advantage)](scores, groups, valid=usable, **options)


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


def _parts(reward: WeightedSum, verdicts: Sequence[Verdict], valid: Sequence[bool], floor: float) -> Tensor:
    """Scores of the parts (B, K); NaN where the sample does not count, the floor where a failed part does."""
    names = [part.name for _, part in reward.terms]
    table = torch.full((len(verdicts), len(names)), math.nan, dtype=torch.float64)
    for i, verdict in enumerate(verdicts):
        if not valid[i]:
            continue
        if set(verdict.components) != set(names) and verdict.score is not None:
            raise EngineError(
                f"gdpo needs one set of parts for all tasks of a step: {', '.join(names)}, not "
                f"{', '.join(verdict.components) or 'a reward without parts'}."
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
        mask = torch.arange(int(lengths.max())) < lengths.unsqueeze(1)
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
