"""Makes the miniature's tokenizer: byte-pair merges within words, learned from the miniature's own world.

    python -m rlvr.recipes.miniature.tokenizer

writes `tokenizer.json` and `tokenizer_config.json` beside this file; both are committed, and a test makes them again.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# `tokenizers` ships stubs without annotations.

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from rlvr.envs.miniature.texts import write_texts
from rlvr.recipes.quickstart.tokenizer import BOS, CHARACTERS, EOS, PAD, UNKNOWN, write_tokenizer

USER, ASSISTANT = "<user>", "<assistant>"
SIZE: Final = 345
_PIECES: Final = r" ?[A-Za-z]+|[0-9]| ?[^\sA-Za-z0-9]+|\s+"
_TEMPLATE: Final = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message.role == 'assistant' %}"
    + ASSISTANT
    + "{% generation %}{{ message.content }}{{ eos_token }}{% endgeneration %}"
    + "{% else %}"
    + USER
    + "{{ message.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}"
    + ASSISTANT
    + "{% endif %}"
)


def train_tokenizer() -> Tokenizer:
    """A tokenizer whose tokens are words, digits and signs of the miniature's world; of other words their letters.

    >>> train_tokenizer().encode("qaa to qab: ben has 12 coins").tokens[:5]
    ['<bos>', 'qaa', ' to', ' qab', ':']
    """
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECES), behavior="isolated")
    tokenizer.decoder = decoders.Fuse()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        special_tokens=[PAD, BOS, EOS, UNKNOWN, USER, ASSISTANT],
        initial_alphabet=list(CHARACTERS),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_world(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, tokenizer.token_to_id(BOS))]
    )
    return tokenizer


def save_tokenizer(folder: Path) -> None:
    """Writes what `AutoTokenizer.from_pretrained` reads.

    Args:
        folder: Must exist; its `config.json`, where there is one, must agree on the size and the special tokens.
    """
    write_tokenizer(train_tokenizer(), folder, additional_special_tokens=[USER, ASSISTANT], chat_template=_TEMPLATE)


def _world() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        write_texts(Path(folder), documents=500, chats=500)
        for file in sorted(Path(folder).rglob("*.jsonl")):
            for line in file.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                yield from (message["content"] for message in row.get("messages", ()))
                yield from (text for text in row.values() if isinstance(text, str))


if __name__ == "__main__":
    save_tokenizer(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
