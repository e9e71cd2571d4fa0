"""A reward model: a transformers model with one number at the end of a chat (`AutoModelForSequenceClassification`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification

from rlvr.engine.lists import floats
from rlvr.engine.policy.distributed import pick_device
from rlvr.engine.policy.model import eos_id, load_tokenizer, text_ids
from rlvr.engine.rollout.chat import render_chat
from rlvr.errors import ModelError
from rlvr.sample import Message, Sample

_AUTO: Any = AutoModelForSequenceClassification


class RewardModel:
    """Scores answers by a model in a folder.

    Args:
        folder: With weights, tokenizer and chat template.
        device: auto, cpu or cuda.
        tokens_per_batch: Padded tokens that it reads at a time.

    Raises:
        ModelError: The folder holds no such model, or one that gives several numbers.
    """

    def __init__(self, folder: Path, *, device: str = "auto", tokens_per_batch: int = 16384) -> None:
        self.tokenizer = load_tokenizer(folder)
        self.device, self._budget = pick_device(device, 0), tokens_per_batch
        try:
            self.model: Any = _AUTO.from_pretrained(str(folder), local_files_only=True).to(self.device).eval()
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"{folder} holds no reward model that can be loaded: {error}") from error
        labels = int(self.model.config.num_labels)
        if labels != 1:
            raise ModelError(f"{folder} gives {labels} numbers for a text; a reward model gives one.")
        # By its pad token the model finds the last token of each row.
        pad: Any = self.tokenizer.pad_token_id
        self._pad = int(pad if pad is not None else eos_id(self.tokenizer))
        self.model.config.pad_token_id = self._pad

    @torch.inference_mode()
    def score(self, samples: Sequence[Sample]) -> list[float]:
        """One number for each sample; what is larger is better, and nothing else is known of it."""
        ids = [self._ids(sample) for sample in samples]
        order = sorted(range(len(ids)), key=lambda i: (-len(ids[i]), i))
        scores = [0.0] * len(ids)
        while order:
            count = max(1, self._budget // len(ids[order[0]]))
            rows, order = order[:count], order[count:]
            width = len(ids[rows[0]])
            table = torch.tensor([ids[row] + [self._pad] * (width - len(ids[row])) for row in rows])
            mask = torch.tensor([[1] * len(ids[row]) + [0] * (width - len(ids[row])) for row in rows])
            logits = self.model(input_ids=table.to(self.device), attention_mask=mask.to(self.device)).logits
            for row, score in zip(rows, floats(logits[:, 0].float().cpu()), strict=True):
                scores[row] = score
        return scores

    def _ids(self, sample: Sample) -> list[int]:
        asked = (Message("user", sample.prompt),) if isinstance(sample.prompt, str) else sample.prompt
        chat = [*asked, Message("assistant", sample.completion)]
        text = render_chat(self.tokenizer, chat, open_turn=False, name=sample.id)
        return text_ids(self.tokenizer, text)
