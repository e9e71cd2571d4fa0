"""Makes the tokenizer of the quickstart's model, of which every token is one character.

    python -m rlvr.recipes.quickstart.tokenizer

writes `tokenizer.json` and `tokenizer_config.json` beside this file; both are committed, and a test makes them again.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# `tokenizers` ships stubs without annotations.

from __future__ import annotations

import json
import sys
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

CHARACTERS = "\n" + "".join(map(chr, range(ord(" "), ord("~") + 1)))
"""The printable characters of ASCII and the end of a line; what else a text may hold becomes `<unk>`."""

PAD, BOS, EOS, UNKNOWN = "<pad>", "<bos>", "<eos>", "<unk>"


def train_tokenizer() -> Tokenizer:
    """A tokenizer of single characters, which puts `<bos>` before a text unless told not to.

    >>> made = train_tokenizer()
    >>> made.encode("12+3=").tokens
    ['<bos>', '1', '2', '+', '3', '=']
    >>> made.decode(made.encode("a b").ids)
    'a b'
    """
    # WordLevel over single characters, where BPE would need merges forbidden, and bytes would split what is one letter.
    tokenizer = Tokenizer(models.WordLevel(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
    tokenizer.decoder = decoders.Fuse()
    trainer = trainers.WordLevelTrainer(special_tokens=[PAD, BOS, EOS, UNKNOWN], show_progress=False)
    tokenizer.train_from_iterator([CHARACTERS], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, tokenizer.token_to_id(BOS))]
    )
    return tokenizer


def save_tokenizer(folder: Path) -> None:
    """Writes what `AutoTokenizer.from_pretrained` reads.

    Args:
        folder: Must exist; its `config.json`, where there is one, must agree on the size and the special tokens.
    """
    write_tokenizer(train_tokenizer(), folder)


def write_tokenizer(tokenizer: Tokenizer, folder: Path, **more: object) -> None:
    """Writes a tokenizer with the special tokens above, and further settings of its own."""
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": PAD,
        "bos_token": BOS,
        "eos_token": EOS,
        "unk_token": UNKNOWN,
        "padding_side": "left",
        "clean_up_tokenization_spaces": False,
        **more,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    save_tokenizer(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
