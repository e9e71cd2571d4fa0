"""Error spans from a model's tags on subwords: as comet decodes them, a hundred times as fast, and to the end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch


class Decoder:
    """Stands where comet's `UnifiedMetric.decode` does, with the same arguments.

    comet drops a span that runs to the last subword: none comes after it to close it. Scores count what comet counts,
    so those spans are left out of what `__call__` returns, and kept in `open`.
    """

    def __init__(self, model: Any) -> None:
        self._labels: dict[int, str] = model.label_encoder.ids_to_label
        self.open: list[dict[str, Any] | None] = []

    def __call__(
        self, subword_probs: torch.Tensor, input_ids: torch.Tensor, mt_offsets: Sequence[Sequence[tuple[int, int]]]
    ) -> list[list[dict[str, Any]]]:
        """Spans for each translation: offsets in characters, severity of the first subword, mean probability."""
        del input_ids
        best = subword_probs.max(dim=-1)
        labels: list[list[int]] = best.indices.tolist()  # pyright: ignore[reportUnknownVariableType]
        probabilities: list[list[float]] = best.values.tolist()  # pyright: ignore[reportUnknownVariableType]
        found, self.open = list[list[dict[str, Any]]](), []
        for tags, sure, offsets in zip(labels, probabilities, mt_offsets, strict=True):
            spans, last = self._spans(tags[: len(offsets)], sure, offsets)
            found.append(spans)
            self.open.append(last)
        return found

    def _spans(
        self, tags: Sequence[int], sure: Sequence[float], offsets: Sequence[tuple[int, int]]
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        spans = list[dict[str, Any]]()
        closed = True
        for wrong, run in groupby(range(len(tags)), lambda i: self._labels[tags[i]] != "O"):
            places, closed = list(run), not wrong
            if wrong:
                spans.append(
                    {
                        "start": offsets[places[0]][0],
                        # The mark that ends a text has the offsets 0, 0.
                        "end": max(offsets[i][1] for i in places),
                        "severity": self._labels[tags[places[0]]].partition("-")[2],
                        "confidence": sum(sure[i] for i in places) / len(places),
                    }
                )
        last = None if closed else spans.pop()
        return spans, last if last is not None and last["end"] > last["start"] else None
