"""MetricX-24: an mT5 whose first decoding step rates a translation.

The error score is the logit of one token at the first step, clamped to 0 (best) to 25 (google-research/metricx,
metricx24). Published checkpoints hold the weights of an mT5 with its `lm_head`, and no tokenizer: that is the one of
the mT5 they were made from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import torch

from rlvr.rewards.translation.comet.worker.devices import Batches, device_of, precision_of
from rlvr.rewards.translation.comet.worker.hub import fetched
from rlvr.rewards.translation.comet.worker.kinds import LoadError, Metric, Segment
from rlvr.rewards.translation.comet.worker.results import result, too_long

TOKEN: Final = 250_089
"""`<extra_id_10>`, whose logit is the score."""

WINDOW: Final = 1536
"""Tokens of the longest input, the end mark counted: what the models of 2024 were trained with."""

_TOKENIZERS: Final = {1024: "google/mt5-large", 2048: "google/mt5-xl", 4096: "google/mt5-xxl"}
_OWN_TOKENIZER: Final = ("spiece.model", "tokenizer.json")


class MetricX:
    """A hybrid metric, with a reference or without.

    Args:
        model: An mT5 with its `lm_head`.
        tokenizer: Its own.
        device: Where it lies.
        form: Its precision.
        batches: How its inputs are cut into batches.
    """

    def __init__(self, model: Any, tokenizer: Any, device: torch.device, form: torch.dtype, batches: Batches) -> None:
        self._model, self._tokenizer, self._device, self._form = model, tokenizer, device, form
        self._batches = batches
        # One row of 250,112: the other logits are never computed.
        self._row = model.lm_head.weight[TOKEN].detach().float()
        self._scale = model.config.d_model**-0.5 if model.config.tie_word_embeddings else 1.0

    def about(self) -> dict[str, Any]:
        """See `Metric.about`."""
        return {
            "class": "MetricX",
            "device": str(self._device),
            "precision": str(self._form).removeprefix("torch."),
            "window": WINDOW,
            "references": "optional",
        }

    def score(self, segments: Sequence[Segment]) -> Iterator[tuple[Sequence[int], list[dict[str, Any]]]]:
        """See `Metric.score`."""
        ids: list[list[int]] = self._tokenizer([_input(one) for one in segments], verbose=False)["input_ids"]
        long = [i for i, row in enumerate(ids) if len(row) > WINDOW]
        if long:
            yield long, [self._too_long(segments[i]) for i in long]
        # The models were trained without the mark of the end.
        rows = {i: row[:-1] for i, row in enumerate(ids) if len(row) <= WINDOW}
        places, scores = list(rows), list[float]()

        def compute(batch: list[int]) -> None:
            scores[:] = self._forward([rows[places[place]] for place in batch])

        for batch in self._batches.run([len(rows[i]) for i in places], compute):
            yield [places[place] for place in batch], [result(score) for score in scores]

    def _forward(self, rows: Sequence[list[int]]) -> list[float]:
        width = max(map(len, rows))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=self._device)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=self._device)
        with torch.inference_mode():
            seen = self._model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            first = torch.zeros(len(rows), 1, dtype=torch.long, device=self._device)
            step = self._model.decoder(
                input_ids=first, encoder_hidden_states=seen, encoder_attention_mask=mask, use_cache=False
            ).last_hidden_state[:, 0]
            return ((step.float() * self._scale) @ self._row).clamp(0.0, 25.0).tolist()

    def _too_long(self, segment: Segment) -> dict[str, Any]:
        texts = (segment.mt, segment.src, segment.ref or "")
        counts = [len(self._tokenizer(text, verbose=False)["input_ids"]) - 1 for text in texts]
        return too_long(WINDOW, *counts, each=False)


def load_metricx(name: str, device: str, precision: str, tokens: int) -> Metric:
    """A MetricX-24 model of a folder or of the hub.

    Raises:
        LoadError: See `rlvr.rewards.translation.comet.worker.loading.load`.
    """
    folder = _folder(name)
    where = device_of(device)
    form = precision_of(precision, where, torch.bfloat16)  # an mT5 overflows float16
    model_class = import_module("transformers").MT5ForConditionalGeneration
    try:
        model, report = model_class.from_pretrained(folder, dtype=form, output_loading_info=True, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise LoadError(f"{folder} is no MetricX checkpoint: {str(error).strip().splitlines()[0]}") from None
    lacking = sorted(report["missing_keys"])
    if lacking:
        raise LoadError(
            f"{folder} lacks {len(lacking)} parameters of an mT5 with its lm_head, {lacking[0]} for one.",
            "It is incomplete, or no MetricX-24 checkpoint.",
        )
    if model.config.vocab_size <= TOKEN:
        raise LoadError(f"The vocabulary of {folder} has no token {TOKEN}, whose logit is the score of MetricX.")
    return MetricX(
        model.to(where).eval(), _tokenizer(folder, model.config.d_model), where, form, Batches(tokens, where)
    )


def _folder(name: str) -> Path:
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or name.startswith((".", "~")):
        raise LoadError(f"There is no folder {path}.", "Name a folder with config.json, or a name on the hub.")
    return fetched(name if "/" in name else f"google/{name}")


def _tokenizer(folder: Path, width: int) -> Any:
    own = any((folder / name).is_file() for name in _OWN_TOKENIZER)
    source = folder if own else fetched(_TOKENIZERS.get(width, "google/mt5-large"))
    try:
        return import_module("transformers").AutoTokenizer.from_pretrained(source, local_files_only=True)
    except (OSError, ValueError) as error:
        raise LoadError(f"{source} has no tokenizer of an mT5: {str(error).strip().splitlines()[0]}") from None


def _input(segment: Segment) -> str:
    text = f"source: {segment.src} candidate: {segment.mt}"
    return text if segment.ref is None else f"{text} reference: {segment.ref}"
