"""Supervised fine-tuning on the chats of a mixture, or on the tasks' demonstrations."""

from __future__ import annotations

import time

from rlvr.engine.rollout.chat import Encoded
from rlvr.engine.run.session import Session
from rlvr.engine.update.corpus import packed
from rlvr.engine.update.held_out import loss_by_token
from rlvr.engine.update.texts import TextBatch


class Sft:
    """Next-token loss on what the assistant says; all before it is context.

    Args:
        session: Of the run.
    """

    name = "sft"
    best = "eval/loss"

    def __init__(self, session: Session) -> None:
        self.session, self.config = session, session.config.sft
        self.steps, self.optim, self.evaluates = self.config.steps, self.config.optim, session.config.stage == "sft"

    def done(self, step: int) -> bool:
        """Whether the policy is good enough after `step` steps, by `sft.until`."""
        if self.config.until is None or step % self.config.until_every:
            return False
        return self.session.evaluate().get("eval/strict", 0.0) >= self.config.until

    def evaluate(self) -> dict[str, float]:
        """The loss on held-out texts, and the rewards of held-out tasks where there is a reward."""
        session = self.session
        if session.config.data.mixture:
            texts = session.held_out_texts(self.name, self.config.max_tokens, chats=True)
        else:
            texts = session.held_out_demonstrations()
        losses = loss_by_token(session.actors, texts, packing=self.config.packing) if texts else {}
        return losses | session.evaluate()

    def step(self, step: int) -> dict[str, float]:
        """One batch; returns metrics."""
        start = time.perf_counter()
        texts = self._texts()
        metrics = self.session.actors.supervise(packed(texts) if self.config.packing else TextBatch(texts)).metrics
        seconds = time.perf_counter() - start
        tokens = sum(len(text.ids) for text in texts)
        loss = metrics.pop("loss")
        return {"sft/loss": loss, **metrics, "seconds/step": seconds, "tokens/per_second": tokens / seconds}

    def _texts(self) -> list[Encoded]:
        if self.session.config.data.mixture:
            return self.session.chats(self.name, self.config.batch_size, self.config.max_tokens)
        return self.session.demonstrations(self.name, self.config.batch_size)
