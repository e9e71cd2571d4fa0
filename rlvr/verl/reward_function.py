"""The function seam, for whoever keeps a reward manager of verl's own.

reward.custom_reward_function.path=pkg://rlvr.verl.reward_function
+reward.custom_reward_function.reward_kwargs.reward=math.answer

It sees no token ids, so neither truncation nor length; `rlvr.verl.reward_manager` does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from rlvr.config.schema import TrainConfig
from rlvr.sample import Task, sample_of
from rlvr.verl.data.rows import task_in
from rlvr.verl.judging import Judge


async def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: Any,
    extra_info: Mapping[str, Any] | None = None,
    *,
    reward: str | None = None,
    folder: str | None = None,
    **unused: Any,
) -> dict[str, float | None]:
    """The score of a completion as verl's managers ask for it, with the same keys for every task.

    Args:
        data_source: Names the reward where nothing else does.
        solution_str: The completion, without special tokens.
        ground_truth: The reference: JSON as `rlvr verl export` writes it, or a text.
        extra_info: Of the row; with a task of ours in it, that is what is judged.
        reward: Name of the reward, as `rlvr.get_reward` takes it; goes before the row's.
        folder: Of a run, for its settings; those of `ScoringConfig` otherwise.
        unused: What verl hands over beside these.

    Returns:
        `score`, NaN where the reward failed and `scoring.on_error` is `mask`, and `rlvr.verl.judging.KEYS`.

    Raises:
        UnknownRewardError: There is no such reward; the message suggests the nearest.
        RewardDefinitionError: It cannot be loaded, or compares the samples of a group, of which this function sees one.

    >>> import asyncio
    >>> asyncio.run(compute_score("text.exact", "Paris", "Paris"))["score"]
    1.0
    """
    info = dict(extra_info or {})
    task = task_in(info) if "task" in info else Task("", reference=_reference(ground_truth), data=info)
    sample = sample_of(task, solution_str, id=task.id)
    judge, name = _judge(folder), reward or task.reward or data_source
    judge.require(name)
    judged = await judge.judge(sample, name)
    return {"score": judged.reward, **judged.told}


@cache
def _judge(folder: str | None) -> Judge:
    return Judge(TrainConfig()) if folder is None else Judge.of_run(folder)


def _reference(ground_truth: Any) -> Any:
    """What `row_of` wrote, read back; a plain answer such as `72` or `Paris` stays the text it is."""
    if not isinstance(ground_truth, str) or ground_truth[:1] not in '"[{':
        return ground_truth
    try:
        return json.loads(ground_truth)
    except ValueError:
        return ground_truth
