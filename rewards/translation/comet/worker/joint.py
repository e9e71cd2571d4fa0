"""COMET models that read translation, source and reference as one sequence: unified (Kiwi, UniTE) and XCOMET."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import pad

from rlvr.rewards.translation.comet.worker.devices import Batches
from rlvr.rewards.translation.comet.worker.kinds import Segment
from rlvr.rewards.translation.comet.worker.results import result, too_long
from rlvr.rewards.translation.comet.worker.spans import Decoder


@dataclass(frozen=True, slots=True)
class _Ready:
    """A segment in tokens: its sequences, as comet joins them, and the lengths of its texts without special tokens."""

    sequences: tuple[list[int], ...]
    offsets: list[tuple[int, int]]
    lengths: tuple[int, int, int]

    @property
    def tokens(self) -> int:
        return max(map(len, self.sequences))


class Joint:
    """A unified metric or an XCOMET.

    Args:
        model: comet's own.
        device: Where it lies.
        form: The encoder's precision.
        batches: How its segments are cut into batches.
    """

    def __init__(self, model: Any, device: torch.device, form: torch.dtype, batches: Batches) -> None:
        self._model, self._device, self._form, self._batches = model, device, form, batches
        self._reads: list[str] = list(model.hparams.input_segments)
        self._window = int(model.encoder.max_positions)
        self._tokenizer = model.encoder.tokenizer
        self._decoder: Decoder | None = None
        if model.word_level:
            self._decoder = model.decode = Decoder(model)

    def about(self) -> dict[str, Any]:
        """See `Metric.about`."""
        return {
            "class": type(self._model).__name__,
            "device": str(self._device),
            "precision": str(self._form).removeprefix("torch."),
            "window": self._window,
            "references": "unused"
            if "ref" not in self._reads
            else "needed"
            if "src" not in self._reads
            else "optional",
        }

    def score(self, segments: Sequence[Segment]) -> Iterator[tuple[Sequence[int], list[dict[str, Any]]]]:
        """See `Metric.score`."""
        ready = self._tokenized(segments)
        long = [i for i, one in enumerate(ready) if one.tokens > self._window]
        if long:
            yield long, [too_long(self._window, *ready[i].lengths, each=False) for i in long]
        left = set(range(len(segments))) - set(long)
        # comet reads the first row's keys for all: those with a reference and those without are not mixed.
        for count in sorted({len(ready[i].sequences) for i in left}):
            same = [i for i in sorted(left) if len(ready[i].sequences) == count]
            found: list[dict[str, Any]] = []

            def compute(batch: list[int], same: list[int] = same, found: list[dict[str, Any]] = found) -> None:
                found[:] = self._predict([ready[same[place]] for place in batch])

            for batch in self._batches.run([ready[i].tokens for i in same], compute):
                yield [same[place] for place in batch], list(found)

    def _tokenized(self, segments: Sequence[Segment]) -> list[_Ready]:
        """Each text once, however many segments have it."""
        texts = sorted({text for one in segments for text in (one.src, one.mt, one.ref) if text is not None})
        backend = self._tokenizer.backend_tokenizer
        backend.no_truncation()
        backend.no_padding()
        known = dict(zip(texts, backend.encode_batch(texts), strict=True))
        ids = {text: found.ids for text, found in known.items()}
        return [self._join(one, ids, known[one.mt].offsets if self._decoder else []) for one in segments]

    def _join(self, segment: Segment, ids: dict[str, list[int]], offsets: list[tuple[int, int]]) -> _Ready:
        mt = ids[segment.mt]
        src = ids[segment.src] if "src" in self._reads else None
        ref = ids[segment.ref] if "ref" in self._reads and segment.ref is not None else None
        if src is not None and ref is not None:
            rows = (self._together(mt, src), self._together(mt, ref), self._together(mt, src, ref))
        else:
            rows = (self._together(mt, *(one for one in (src, ref) if one is not None)),)
        lengths = (len(mt) - 2, len(src or [0, 0]) - 2, len(ref or [0, 0]) - 2)
        return _Ready(rows, offsets, lengths)

    def _together(self, mt: list[int], *others: list[int]) -> list[int]:
        row = mt
        for other in others:
            row = self._tokenizer.build_inputs_with_special_tokens(row[1:-1], other[1:-1])
        return row

    def _predict(self, batch: Sequence[_Ready]) -> list[dict[str, Any]]:
        inputs = tuple(self._input([one.sequences[i] for one in batch], batch) for i in range(len(batch[0].sequences)))
        with torch.inference_mode():
            self._pass_together(inputs)
            output = self._model.predict_step(inputs)
        scores = output["scores"].float().tolist()
        further = dict(output["metadata"]) if "metadata" in output else {}
        spans = further.pop("error_spans", None)
        names = {"src_scores": "src", "ref_scores": "ref", "unified_scores": "unified", "mqm_scores": "mqm"}
        parts = {names[name]: values.float().tolist() for name, values in further.items()}
        results = list[dict[str, Any]]()
        for i, score in enumerate(scores):
            more: dict[str, Any] = {"parts": {name: values[i] for name, values in parts.items()}}
            if spans is not None and self._decoder is not None:
                more |= {"spans": spans[i], "open": self._decoder.open[i]}
            results.append(result(score, **more))
        return results

    def _pass_together(self, inputs: Sequence[dict[str, Any]]) -> None:
        """One pass for all sequences of few segments, which `predict_step` would make one after the other."""
        model = self._model
        vars(model).pop("forward", None)
        ids: list[torch.Tensor] = [one["input_ids"] for one in inputs]
        width = max(one.shape[1] for one in ids)
        if len(ids) == 1 or len(ids) * len(ids[0]) * width > self._batches.tokens:
            return
        names = ("input_ids", "attention_mask", "token_type_ids")
        fill = {"input_ids": int(self._tokenizer.pad_token_id), "attention_mask": 0, "token_type_ids": 1}
        joined = {
            name: torch.cat([pad(one[name], (0, width - one[name].shape[1]), value=fill[name]) for one in inputs])
            for name in names
            if name in inputs[0]
        }
        whole = model.forward(**joined)
        made = [{name: values.chunk(len(ids))[i] for name, values in whole.items()} for i in range(len(ids))]
        parts = iter([type(whole)(**one) for one in made])

        def forward(**_: Any) -> Any:
            return next(parts)

        model.forward = forward

    def _input(self, rows: Sequence[list[int]], batch: Sequence[_Ready]) -> dict[str, Any]:
        width, padding = max(map(len, rows)), int(self._tokenizer.pad_token_id)
        ids = torch.tensor([row + [padding] * (width - len(row)) for row in rows])
        lengths = torch.tensor([len(row) for row in rows])
        made: dict[str, Any] = {
            "input_ids": ids.to(self._device),
            "attention_mask": (torch.arange(width)[None, :] < lengths[:, None]).to(self._device),
        }
        if self._decoder is not None:
            # Of the labels comet reads only which places are the translation's.
            first = torch.tensor([len(one.offsets) for one in batch])
            made["label_ids"] = torch.where(torch.arange(width)[None, :] < first[:, None], 0, -1).to(self._device)
            made["mt_offsets"] = [one.offsets for one in batch]
        if self._model.encoder.uses_token_type_ids:
            first = torch.tensor([one.lengths[0] + 2 for one in batch])
            made["token_type_ids"] = (torch.arange(width)[None, :] >= first[:, None]).int().to(self._device)
        return made
