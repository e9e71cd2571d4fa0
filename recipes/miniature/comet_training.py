"""Run by the metrics' interpreter, with rows on standard input: trains a tiny COMET into the folder given to it."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from torch.utils.data import DataLoader

_BATCH: Final = 64
_EPOCHS: Final = 3
_LEARNING_RATE: Final = 2e-3
_SPECIAL: Final = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
_SHAPE: Final = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}


def write_backbone(folder: Path, words: list[str]) -> None:
    """What XLM-RoBERTa's folder has, without weights: a tokenizer of those words and their letters, a configuration."""
    transformers: Any = import_module("transformers")
    letters = sorted({letter for word in words for letter in word})
    pieces = [*_SPECIAL.values(), "<mask>", *(f"▁{word}" for word in words), "▁", *letters]
    likely = [(piece, -10.0 if piece in letters else -3.0) for piece in dict.fromkeys(pieces)]
    made = Tokenizer(models.Unigram(likely, unk_id=pieces.index("<unk>")))
    made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    marks = [(mark, pieces.index(mark)) for mark in ("<s>", "</s>")]
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=marks
    )
    tokenizer = transformers.XLMRobertaTokenizerFast(
        tokenizer_object=made, cls_token="<s>", sep_token="</s>", mask_token="<mask>", **_SPECIAL
    )
    tokenizer.save_pretrained(folder)
    config = transformers.XLMRobertaConfig(
        vocab_size=len(tokenizer), max_position_embeddings=64, type_vocab_size=1, **_SHAPE
    )
    config.save_pretrained(folder)


def train(model: Any, rows: list[dict[str, Any]]) -> None:
    """Mean squared error of the score, AdamW, the learning rate going down linearly."""
    batches: Any = DataLoader(cast("Any", rows), batch_size=_BATCH, shuffle=True, collate_fn=model.prepare_sample)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, _EPOCHS * len(batches))
    model.train()
    for _ in range(_EPOCHS):
        for inputs, targets in batches:
            loss = model.compute_loss(model(**inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


@torch.no_grad()
def correlation(model: Any, rows: list[dict[str, Any]]) -> float:
    """Pearson's, of its scores with those known."""
    model.eval()
    inputs, targets = model.prepare_sample(rows, stage="validate")
    return float(torch.corrcoef(torch.stack([model(**inputs).score, targets.score]))[0, 1])


def main() -> None:
    """Trains and writes, and says how well it does on the rows held out."""
    folder, given = Path(sys.argv[1]), json.load(sys.stdin)
    yaml, lightning = import_module("yaml"), import_module("pytorch_lightning")
    torch.manual_seed(given["seed"])
    torch.set_num_threads(1)
    write_backbone(folder / "backbone", given["words"])
    model = import_module("comet.models").str2model["regression_metric"](
        encoder_model="XLM-RoBERTa",
        pretrained_model=str(folder / "backbone"),
        load_pretrained_weights=False,
        local_files_only=True,
        keep_embeddings_frozen=False,
        layer_transformation="softmax",
        hidden_sizes=[128, 64],
        nr_frozen_epochs=0,
    )
    train(model, given["train"])
    trainer = lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(folder / "checkpoints" / "model.ckpt")
    # Last: what lacks it is no checkpoint.
    (folder / "hparams.yaml").write_text(yaml.safe_dump(dict(model.hparams)))
    sys.stdout.write(json.dumps({"correlation": correlation(model, given["held_out"])}) + "\n")


if __name__ == "__main__":
    main()
