"""A tiny model of random weights, the published files, and a judge that speaks the API over a real socket."""

import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest

from tests.endpoints import endpoints

SHARED = Path(__file__).parents[3] / "shared" / "data"
CHAT = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}<|assistant|>"


@pytest.fixture(scope="session")
def published():
    """The path of a published file; skips where it is not there."""

    def find(name):
        path = SHARED / name
        if not path.is_file():
            pytest.skip(f"needs {name} beside the project")
        return path

    return find


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A Llama of one layer with random weights, a byte-level tokenizer and a chat template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("model")
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|eos|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    raw.train_from_iterator(["the"], trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="<|pad|>", eos_token="<|eos|>")
    tokenizer.chat_template = CHAT
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=384,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=8192,
        initializer_range=0.2,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def evaluated(rlvr, model, project):
    """`rlvr eval` of the tiny model, a few tokens a completion; its summary."""

    def run(suite, *words):
        small = ["--max-new-tokens", "6", "engine.device=cpu", "engine.threads=1"]
        ended = rlvr("eval", model, suite, *words, *small, "--json", "--results", "found.json", "--out", "rows.jsonl")
        assert ended.code == 0, ended.all
        return json.loads(ended.out)

    return run


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def rows_of(path):
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def endpoint():
    """Starts a chat completions endpoint; `reply(prompt, seen)` says what it answers to the first message."""
    with endpoints() as start:

        def serve(reply):
            server = start(lambda asked: reply(asked["messages"][0]["content"], len(server.seen)))
            return server

        yield serve
