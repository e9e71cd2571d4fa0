"""The agent loop that verl runs for our rows: a prompt as the embedded engine reads it, and a completion, or several.

Where an environment answers, the conversation is `rlvr.engine.rollout.episode`'s, as in the embedded engine.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopMetrics, AgentLoopOutput

from rlvr.engine.policy.model import eos_id, stop_ids
from rlvr.engine.rollout.episode import Episode
from rlvr.engine.rollout.prompts import encode_task
from rlvr.verl.data.rows import CONVERSATION, environment_in, task_in


class RlvrAgentLoop(AgentLoopBase):
    """verl's own loop, but for three things.

    Plain prompts stay plain, where verl would put a chat template around them; a prompt that is too long is an error
    with its task's name, where verl would cut its beginning off; and a completion ends with every token that ends a
    turn, where vLLM knows those alone that the model's settings list.

    Args:
        args: Handed on to verl's base class, which takes others in each release.
        kwargs: As well.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tokenizer: Any = self.tokenizer

    @cached_property
    def _stop(self) -> tuple[int, ...]:
        return stop_ids(Path(self.config.actor_rollout_ref.model.path), self._tokenizer)

    async def run(self, sampling_params: dict[str, Any], **kwargs: Any) -> AgentLoopOutput:
        """Generates for one row.

        Args:
            sampling_params: For the rollout engine.
            kwargs: The row.

        Raises:
            ValueError: The row holds no task of ours.
            DataError: The prompt is too long.
        """
        task, rollout = task_in(kwargs["extra_info"]), self.rollout_config
        encoded = await self.loop.run_in_executor(None, encode_task, self._tokenizer, task, rollout.prompt_length)
        encoded = replace(encoded, env=environment_in(kwargs["extra_info"]))
        episode = Episode(self._tokenizer, self._stop, encoded, rollout.response_length)
        # All turns go to the server that has the earlier ones in its cache.
        request, sampling = uuid4().hex, {**sampling_params, "stop_token_ids": list(self._stop)}
        seconds, turns = 0.0, list[Any]()
        goes_on = True
        while goes_on:
            start = time.perf_counter()
            drawn: Any = await self.server_manager.generate(
                request_id=request,
                prompt_ids=episode.prompt,
                sampling_params={**sampling, "max_tokens": episode.room},
            )
            seconds += time.perf_counter() - start
            turns.append(drawn)
            log_probs = drawn.log_probs or [0.0] * len(drawn.token_ids)
            goes_on = await self.loop.run_in_executor(None, episode.add, drawn.token_ids, log_probs)
        priced = all(turn.log_probs is not None for turn in turns)
        preempted = [turn.num_preempted for turn in turns if turn.num_preempted is not None]
        # verl puts the reward on the last token, so there has to be one; this one is not learned from.
        empty = not episode.ids
        talk = episode.conversation().as_json() if encoded.env else ""
        return AgentLoopOutput(
            prompt_ids=list(encoded.ids),
            response_ids=[eos_id(self._tokenizer)] if empty else episode.ids,
            response_mask=[0] if empty else [int(drawn) for drawn in episode.drawn],
            response_logprobs=([0.0] if empty else episode.log_probs) if priced else None,
            num_turns=2 * episode.spoken,
            metrics=AgentLoopMetrics(generate_sequences=seconds, num_preempted=sum(preempted) if preempted else -1),
            extra_fields={
                **_told([turn.extra_fields for turn in turns]),
                "turn_scores": [],
                "tool_rewards": [],
                CONVERSATION: talk,
            },
        )


def _told(turns: list[dict[str, Any]]) -> dict[str, Any]:
    """What the server says of several turns: the first had the oldest weights, the last the newest.

    >>> _told([{"min_global_steps": 3, "max_global_steps": 3}, {"min_global_steps": 4, "max_global_steps": 4}])
    {'min_global_steps': 3, 'max_global_steps': 4}
    """
    oldest = {key: turns[0][key] for key in ("min_global_steps",) if key in turns[0]}
    return {**turns[-1], **oldest}
