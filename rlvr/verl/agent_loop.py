"""The agent loop that verl runs for our rows: one prompt, as the embedded engine reads it, and one completion."""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopMetrics, AgentLoopOutput

from rlvr.engine.model import eos_id, stop_ids
from rlvr.engine.prompts import encode_task
from rlvr.verl.rows import task_in


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
        start = time.perf_counter()
        drawn: Any = await self.server_manager.generate(
            request_id=uuid4().hex,
            prompt_ids=list(encoded.ids),
            sampling_params={**sampling_params, "stop_token_ids": list(self._stop)},
        )
        metrics = AgentLoopMetrics(
            generate_sequences=time.perf_counter() - start,
            num_preempted=-1 if drawn.num_preempted is None else drawn.num_preempted,
        )
        ids, log_probs = drawn.token_ids[: rollout.response_length], drawn.log_probs
        # verl puts the reward on the last token, so there has to be one; this one is not learned from.
        empty = not ids
        return AgentLoopOutput(
            prompt_ids=list(encoded.ids),
            response_ids=[eos_id(self._tokenizer)] if empty else ids,
            response_mask=[0] if empty else [1] * len(ids),
            response_logprobs=([0.0] if empty else log_probs[: len(ids)]) if log_probs is not None else None,
            num_turns=2,
            metrics=metrics,
            extra_fields={**drawn.extra_fields, "turn_scores": [], "tool_rewards": []},
        )
