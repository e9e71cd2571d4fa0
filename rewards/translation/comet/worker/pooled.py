"""COMET models that look at each text alone (regression, referenceless, ranking): every text is encoded once.

A group of translations shares its source and its reference, so most of what `predict()` encodes it has encoded before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import torch

from rlvr.rewards.translation.comet.worker.devices import Batches
from rlvr.rewards.translation.comet.worker.kinds import Segment
from rlvr.rewards.translation.comet.worker.results import too_long, written

REMEMBERED: Final = 16_384
"""Texts whose sentence embeddings are kept; 64 MB at 1,024 units."""


class Pooled:
    """A regression, referenceless or ranking metric.

    Args:
        model: comet's own.
        device: Where it lies.
        form: The encoder's precision.
        batches: How its texts are cut into batches.
    """

    def __init__(self, model: Any, device: torch.device, form: torch.dtype, batches: Batches) -> None:
        self._model, self._device, self._form, self._batches = model, device, form, batches
        self._head = _HEADS[type(model).__name__]
        self._needs_ref = type(model).__name__ != "ReferencelessRegression"
        self._window = int(model.encoder.max_positions) - 2
        self._known: OrderedDict[str, torch.Tensor] = OrderedDict()
        self._tokenizer = model.encoder.tokenizer.backend_tokenizer
        self._padding = int(model.encoder.tokenizer.pad_token_id)

    def about(self) -> dict[str, Any]:
        """See `Metric.about`."""
        return {
            "class": type(self._model).__name__,
            "device": str(self._device),
            "precision": str(self._form).removeprefix("torch."),
            "window": self._window,
            "references": "needed" if self._needs_ref else "unused",
        }

    def score(self, segments: Sequence[Segment]) -> Iterator[tuple[Sequence[int], list[dict[str, Any]]]]:
        """See `Metric.score`."""
        counts = self._encode({text for segment in segments for text in self._texts(segment)})
        long = [i for i, segment in enumerate(segments) if any(text in counts for text in self._texts(segment))]
        if long:
            lengths = [[counts.get(text, 0) for text in self._texts(segments[i])] for i in long]
            yield long, [too_long(self._window, *found, each=True) for found in lengths]
        fitting = sorted(set(range(len(segments))) - set(long))
        if fitting:
            columns = zip(*(self._texts(segments[i]) for i in fitting), strict=True)
            with torch.inference_mode():
                rows = [torch.stack([self._known[text] for text in column]) for column in columns]
                yield fitting, written(self._head(self._model, *rows))
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _texts(self, segment: Segment) -> tuple[str, ...]:
        return (segment.mt, segment.src, segment.ref or "") if self._needs_ref else (segment.mt, segment.src)

    def _encode(self, texts: set[str]) -> dict[str, int]:
        """Encodes what is not known yet; the lengths in tokens of texts that the window does not hold."""
        for text in texts & self._known.keys():
            self._known.move_to_end(text)
        new = sorted(texts - self._known.keys())
        # The tokenizer itself: what transformers does around it costs as much as a small model.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        ids = [found.ids for found in self._tokenizer.encode_batch_fast(new)]
        long = {text: len(row) for text, row in zip(new, ids, strict=True) if len(row) > self._window}
        fitting = [i for i, text in enumerate(new) if text not in long]

        def embed(batch: list[int]) -> None:
            rows = [ids[fitting[place]] for place in batch]
            width = max(map(len, rows))
            tokens = torch.tensor([row + [self._padding] * (width - len(row)) for row in rows])
            mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
            with torch.inference_mode():
                found = self._model.get_sentence_embedding(tokens.to(self._device), mask.to(self._device)).float()
            self._known.update((new[fitting[place]], row) for place, row in zip(batch, found, strict=True))

        for _ in self._batches.run([len(ids[i]) for i in fitting], embed):
            pass
        return long


def _regression(model: Any, mt: torch.Tensor, src: torch.Tensor, ref: torch.Tensor) -> torch.Tensor:
    return model.estimate(src, mt, ref).score


def _referenceless(model: Any, mt: torch.Tensor, src: torch.Tensor) -> torch.Tensor:
    # comet's own lies in the middle of its `forward`.
    return model.estimator(torch.cat((mt, src, mt * src, (mt - src).abs()), dim=1)).view(-1)


def _ranking(_: Any, mt: torch.Tensor, src: torch.Tensor, ref: torch.Tensor) -> torch.Tensor:
    to_src, to_ref = torch.nn.functional.pairwise_distance(mt, src), torch.nn.functional.pairwise_distance(mt, ref)
    return 1 / (1 + 2 * to_ref * to_src / (to_ref + to_src))


_HEADS: Final[dict[str, Callable[..., torch.Tensor]]] = {
    "RegressionMetric": _regression,
    "ReferencelessRegression": _referenceless,
    "RankingMetric": _ranking,
}
