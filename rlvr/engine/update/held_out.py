"""The loss on texts that training never sees."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from rlvr.engine.run.actors import Actors
from rlvr.engine.update.corpus import HeldOut, packed
from rlvr.engine.update.texts import TextBatch


def bits_per_byte(actors: Actors, texts: Sequence[HeldOut]) -> dict[str, float]:
    """Bits that the policy needs for a byte of text, over all and for each source.

    The end of a document counts; its first token does so where the tokenizer puts one before it. Unlike the loss by
    token it can be compared between tokenizers.
    """
    nats, sizes = defaultdict[str, float](float), defaultdict[str, float](float)
    losses = actors.text_losses(packed([part for text in texts for part in text.parts]))
    at = 0
    for text in texts:
        own = sum(losses[at : at + len(text.parts)])
        at += len(text.parts)
        for name in ("", f"/{text.source}"):
            nats[name] += own
            sizes[name] += text.bytes
    return {f"eval/bits_per_byte{name}": total / math.log(2) / sizes[name] for name, total in nats.items()}


def loss_by_token(actors: Actors, texts: Sequence[HeldOut], *, packing: bool) -> dict[str, float]:
    """Mean negative log-probability of the learned tokens, in nats, over all and for each source."""
    nats, counts = defaultdict[str, float](float), defaultdict[str, int](int)
    encoded = [part for text in texts for part in text.parts]
    losses = actors.text_losses(packed(encoded) if packing else TextBatch(encoded))
    sources = [text.source for text in texts for _ in text.parts]
    for source, part, loss in zip(sources, encoded, losses, strict=True):
        for name in ("", f"/{source}") if source else ("",):
            nats[name] += loss
            counts[name] += int(part.learned[1:].sum())
    return {f"eval/loss{name}": total / max(counts[name], 1) for name, total in nats.items()}
