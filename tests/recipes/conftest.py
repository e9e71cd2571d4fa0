"""A model that every prompt fits, and a little parallel text."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TEMPLATE = (
    "{% for message in messages %}<{{ message.role }}>{{ message.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)

PAIRS = [
    ("The house is red.", "Das Haus ist rot."),
    ("The cat sleeps on the old chair.", "Die Katze schläft auf dem alten Stuhl."),
    ("We eat bread in the morning.", "Wir essen am Morgen Brot."),
    ("My brother reads a long book.", "Mein Bruder liest ein langes Buch."),
    ("The train leaves at noon.", "Der Zug fährt am Mittag ab."),
    ("She writes a letter to her aunt.", "Sie schreibt ihrer Tante einen Brief."),
    ("It rains in the mountains.", "In den Bergen regnet es."),
    ("The children play in the garden.", "Die Kinder spielen im Garten."),
    ("He closes the window at night.", "Er schließt nachts das Fenster."),
    ("Our neighbour sells apples.", "Unser Nachbar verkauft Äpfel."),
    ("The river is deep and cold.", "Der Fluss ist tief und kalt."),
    ("A bird sings before sunrise.", "Ein Vogel singt vor Sonnenaufgang."),
    ("You forgot your coat.", "Du hast deinen Mantel vergessen."),
    ("The teacher opens the door.", "Die Lehrerin öffnet die Tür."),
    ("They bought a new lamp.", "Sie haben eine neue Lampe gekauft."),
    ("I hear music in the street.", "Ich höre Musik auf der Straße."),
]


@pytest.fixture(scope="session")
def bytewise(tmp_path_factory):
    """A folder with a random Llama that reads and writes bytes, in turns of a chat."""
    folder = tmp_path_factory.mktemp("bytes")
    special = ["<s>", "</s>", "<pad>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE({token: i for i, token in enumerate([*special, *letters])}, []))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(special)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="<pad>", chat_template=TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=264,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=4096,
        initializer_range=0.2,
        tie_word_embeddings=True,
        pad_token_id=2,
        bos_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
