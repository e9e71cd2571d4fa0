"""Continued pretraining: next-token loss on the documents of a mixture."""

from __future__ import annotations

import time

from rlvr.engine.run.session import Session
from rlvr.engine.update.held_out import bits_per_byte


class Cpt:
    """One step: `batch_size` sequences of exactly `sequence_tokens` tokens.

    Args:
        session: Of the run.
    """

    name = "cpt"
    evaluates = True
    best = "eval/bits_per_byte"

    def __init__(self, session: Session) -> None:
        self.session, self.config = session, session.config.cpt
        self.steps, self.optim = self.config.steps, self.config.optim

    def done(self, step: int) -> bool:
        """It goes through all its steps."""
        return False

    def evaluate(self) -> dict[str, float]:
        """Held-out bits per byte, by source."""
        texts = self.session.held_out_texts(self.name, self.config.sequence_tokens, chats=False)
        return bits_per_byte(self.session.actors, texts) if texts else {}

    def step(self, step: int) -> dict[str, float]:
        """One batch of sequences; returns metrics."""
        start = time.perf_counter()
        batch = self.session.sequences(self.name, self.config.batch_size, self.config.sequence_tokens)
        metrics = self.session.actors.supervise(batch).metrics
        seconds = time.perf_counter() - start
        tokens = self.config.batch_size * self.config.sequence_tokens
        loss = metrics.pop("loss")
        return {"cpt/loss": loss, **metrics, "seconds/step": seconds, "tokens/per_second": tokens / seconds}
