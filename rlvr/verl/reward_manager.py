"""The reward manager that verl loads: `reward.reward_manager.module.path=pkg://rlvr.verl.reward_manager`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

from verl import DataProto
from verl.experimental.reward_loop.reward_manager.base import RewardManagerBase

from rlvr.engine.lists import integers
from rlvr.engine.policy.model import stop_ids
from rlvr.engine.rollout.episode import Conversation
from rlvr.engine.rollout.prompts import decode
from rlvr.sample import Sample, Task, is_mapping, opens_reasoning, sample_of
from rlvr.verl.data.rows import CONVERSATION, task_in
from rlvr.verl.judging import Judge

_PROMPTS: Final = 4096


class RlvrRewardManager(RewardManagerBase):
    """Judges each trajectory with the reward its task names.

    A sample whose reward fails or hangs gets NaN, which the estimators of `rlvr.verl.advantages` leave out of baseline
    and loss; other estimators would carry it into the loss, where it does not go unseen. With `scoring.on_error=floor`
    it gets the floor.

    Args:
        config: verl's whole configuration; `rlvr.folder` is the run's folder, which holds ours.
        tokenizer: Of the policy.
        compute_score: Ignored; the rewards are those of the tasks.
        unused: What verl hands to managers beside these, which differs from release to release.
    """

    def __init__(self, config: Any, tokenizer: Any, compute_score: Any = None, **unused: Any) -> None:
        super().__init__(config, tokenizer, compute_score)
        self._tokenizer = tokenizer
        self._stop = stop_ids(Path(config.actor_rollout_ref.model.path), tokenizer)
        self._judge = Judge.of_run(config.rlvr.folder)
        self._opens_reasoning = lru_cache(_PROMPTS)(self._read_prompt)  # the samples of a group share theirs

    async def run_single(self, data: DataProto) -> dict[str, Any]:
        """The reward of a trajectory; of several outputs the last is judged, as verl's own managers do.

        Raises:
            RlvrError: The run has to end, see `Judge.judge`; nothing that a sample holds.
        """
        item: Any = cast("Any", data)[-1:][0]
        fields: Mapping[str, Any] = item.non_tensor_batch
        info = _plain(fields.get("extra_info"))
        known: dict[str, Any] = {"step": _plain(fields.get("global_steps")), "split": _split(info)}
        sample, task = Sample("", group=str(fields.get("uid", ""))), None
        try:
            prompt, response = _ids(item)
            known["prompt_tokens"] = len(prompt)
            task = task_in(info)
            talk = _conversation(fields)
            sample = self._sample(prompt, response, task, fields, talk)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
            text = f"the row cannot be read: {type(error).__name__}: {error}"
            judged = self._judge.fail(text, sample, str(fields.get("data_source", "")), **known)
        else:
            name = task.reward or ""
            if talk is not None:
                known["turns"] = [asdict(turn) for turn in talk.turns]
            if talk is not None and talk.failure:
                judged = self._judge.fail(talk.failure, sample, name, **known)
            else:
                judged = await self._judge.judge(sample, name, **known)
        return {"reward_score": judged.reward, "reward_extra_info": judged.told}

    def _sample(
        self, prompt: list[int], ids: list[int], task: Task, fields: Mapping[str, Any], talk: Conversation | None
    ) -> Sample:
        name, group = f"{task.id}#{_plain(fields.get('session_id', 0))}", str(fields.get("uid", ""))
        if talk is not None:
            return talk.sample(task, id=name, group=group)
        return sample_of(
            task,
            decode(self._tokenizer, ids, self._stop),
            truncated=is_truncated(ids, self._stop),
            n_tokens=len(ids),
            reasoning_open=self._opens_reasoning(tuple(prompt)),
            id=name,
            group=group,
        )

    def _read_prompt(self, ids: tuple[int, ...]) -> bool:
        return opens_reasoning(self._tokenizer.decode(list(ids), skip_special_tokens=False))


def is_truncated(ids: Sequence[int], stop: Sequence[int]) -> bool:
    """Whether a completion ended without one of its stop tokens; verl's rollout says `completed` either way.

    >>> is_truncated([5, 6, 2], stop=(2,)), is_truncated([5, 6], stop=(2,))
    (False, True)
    """
    return not ids or ids[-1] not in stop


def _ids(item: Any) -> tuple[list[int], list[int]]:
    """Tokens of prompt and completion without their padding, which stands left of the one and right of the other."""
    batch = item.batch
    responses, mask = batch["responses"], integers(batch["attention_mask"])
    width = responses.shape[-1]
    prompt = integers(batch["prompts"])
    return [id for id, there in zip(prompt, mask, strict=False) if there], responses[: sum(mask[-width:])].tolist()


def _conversation(fields: Mapping[str, Any]) -> Conversation | None:
    """What our agent loop says was said, where an environment answered."""
    told = _plain(fields.get("tool_extra_fields"))
    text = told.get(CONVERSATION) if is_mapping(told) else None
    return Conversation.of_json(text) if text else None


def _split(info: Any) -> Any:
    return info.get("split") if is_mapping(info) else None


def _plain(value: Any) -> Any:
    """A value out of numpy's hands; verl packs each field of a sample into an array."""
    return value.item() if hasattr(value, "item") else value
