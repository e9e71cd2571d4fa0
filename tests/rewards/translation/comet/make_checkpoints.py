"""Tiny checkpoints in the real formats; run by the metrics' interpreter: make_checkpoints.py FOLDER [SIZE]."""

import sys
from pathlib import Path

import pytorch_lightning
import torch
import yaml
from comet.models import str2model
from tokenizers import Tokenizer
from tokenizers.decoders import Metaspace as MetaspaceDecoder
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing
from transformers import (
    MT5Config,
    MT5ForConditionalGeneration,
    T5TokenizerFast,
    XLMRobertaConfig,
    XLMRobertaTokenizerFast,
)

SIZES = {
    "tiny": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64},
    "small": {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 512},
}
CLASSES = {
    "regression": ("regression_metric", {}),
    "referenceless": ("referenceless_regression_metric", {}),
    "ranking": ("ranking_metric", {}),
    "kiwi": ("unified_metric", {"input_segments": ["mt", "src"], "word_level_training": True}),
    "unite": ("unified_metric", {"input_segments": ["mt", "src", "ref"]}),
    "xcomet": ("xcomet_metric", {}),
}
TEXT = "the house is red and old das Haus ist rot und alt a cat sleeps eine Katze schläft im Garten in the garden"


def make_backbone(folder, size):
    """A folder like `xlm-roberta-large`'s: tokenizer and configuration, no weights."""
    marks = [(mark, 0.0) for mark in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
    # Each word of the texts is a piece, as frequent words are in a real vocabulary, and so is each letter.
    words = [("▁" + word, -3.0) for word in dict.fromkeys(TEXT.split())]
    letters = [(letter, -10.0) for letter in ["▁", *map(chr, range(33, 1200))]]
    trained = Tokenizer(Unigram([*marks, *words, *[one for one in letters if one[0] not in dict(words)]], unk_id=3))
    trained.pre_tokenizer, trained.decoder = Metaspace(), MetaspaceDecoder()
    names = {
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
    }
    tokenizer = XLMRobertaTokenizerFast(
        tokenizer_object=_with_marks(trained), cls_token="<s>", sep_token="</s>", **names
    )
    tokenizer.save_pretrained(folder)
    vocabulary = len(tokenizer)
    XLMRobertaConfig(
        vocab_size=vocabulary, max_position_embeddings=514, type_vocab_size=1, **SIZES[size]
    ).save_pretrained(folder)
    return trained


def _with_marks(tokenizer):
    marks = [(mark, tokenizer.token_to_id(mark)) for mark in ("<s>", "</s>")]
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=marks
    )
    return tokenizer


def make_comet(folder, name, backbone, size):
    identifier, further = CLASSES[name]
    torch.manual_seed(len(name))
    settings = {"hidden_sizes": [64, 32], "layer_transformation": "softmax", "keep_embeddings_frozen": True}
    if identifier in ("unified_metric", "xcomet_metric"):
        settings |= {"word_layer": 2, "sent_layer": "mix"}
    if identifier == "ranking_metric":
        del settings["hidden_sizes"]
    model = str2model[identifier](
        encoder_model="XLM-RoBERTa",
        pretrained_model=str(backbone),
        load_pretrained_weights=False,
        local_files_only=True,
        **settings,
        **further,
    )
    with torch.no_grad():  # so that scores and tags differ from text to text
        model.encoder.model.embeddings.word_embeddings.weight.mul_(20)
        for layer in model.encoder.model.encoder.layer:
            for weight in layer.attention.parameters():
                if weight.dim() == 2:
                    weight.mul_(8)
        if hasattr(model, "hidden2tag"):
            model.hidden2tag.bias[0] += 1.2
        for part in ("estimator", "hidden2tag"):
            for weight in getattr(model, part, torch.nn.Identity()).parameters():
                weight.mul_(1.5)
    trainer = pytorch_lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(folder / "checkpoints" / "model.ckpt")
    (folder / "hparams.yaml").write_text(yaml.safe_dump(dict(model.hparams)))


def make_metricx(folder, tokenizer):
    torch.manual_seed(0)
    config = MT5Config(
        vocab_size=250_112, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, tie_word_embeddings=False
    )
    config.architectures = ["MT5ForRegression"]
    model = MT5ForConditionalGeneration(config)
    with torch.no_grad():
        model.lm_head.weight.mul_(8)
        model.lm_head.weight[250_089].add_(0.8)
    model.save_pretrained(folder)
    tokenizer.post_processor = TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))]
    )
    T5TokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>", pad_token="<pad>", extra_ids=0
    ).save_pretrained(folder)


if __name__ == "__main__":
    root, size = Path(sys.argv[1]), (sys.argv[2:] or ["tiny"])[0]
    tokenizer = make_backbone(root / "backbone", size)
    for name in CLASSES:
        make_comet(root / name, name, root / "backbone", size)
    if size == "tiny":
        make_metricx(root / "metricx", tokenizer)
