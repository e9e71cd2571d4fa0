"""Supervised fine-tuning on the tasks' demonstrations."""

from __future__ import annotations

import time

import numpy as np

from rlvr.engine.batch import TrainBatch
from rlvr.engine.prompts import encode_demonstration
from rlvr.engine.session import Session


class Sft:
    """Next-token loss on demonstrations, the prompt left out of it.

    Args:
        session: Of the run.
    """

    name = "sft"

    def __init__(self, session: Session) -> None:
        self.session, self.config = session, session.config.sft
        self.steps, self.optim, self.evaluates = self.config.steps, self.config.optim, session.config.stage == "sft"

    def done(self, step: int) -> bool:
        """Whether the policy is good enough after `step` steps, by `sft.until`."""
        if self.config.until is None or step % self.config.until_every:
            return False
        return self.session.evaluate().get("eval/strict", 0.0) >= self.config.until

    def step(self, step: int) -> dict[str, float]:
        """One batch of demonstrations; returns metrics."""
        start = time.perf_counter()
        session = self.session
        tasks = session.take(self.name, self.config.batch_size)
        limit = session.config.data.max_prompt_tokens
        pairs = [encode_demonstration(session.tokenizer, task, limit) for task in tasks]
        count = len(pairs)
        batch = TrainBatch(
            prompts=[np.array(prompt, dtype=np.int64) for prompt, _ in pairs],
            completions=[np.array(completion, dtype=np.int64) for _, completion in pairs],
            rollout_log_probs=[],
            advantages=np.ones(count, dtype=np.float32),
            in_loss=np.ones(count, dtype=np.bool_),
            mini_batch=np.zeros(count, dtype=np.int64),
        )
        report = session.actors.imitate(batch)
        seconds = time.perf_counter() - start
        tokens = sum(len(prompt) + len(completion) for prompt, completion in pairs)
        return report.metrics | {"seconds/step": seconds, "tokens/per_second": tokens / seconds}
