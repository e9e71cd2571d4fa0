"""A judge served by vLLM itself, its CPU build: `make test-vllm` puts it on the path; elsewhere this is left out."""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import torch

from .conftest import rows_of, write

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        importlib.util.find_spec("vllm") is None,
        reason="vLLM is not installed: make test-vllm installs its CPU build and runs this",
    ),
]
VERDICT = "[[A>B]]"
START_SECONDS = 300


@pytest.fixture(scope="module")
def first_is_better(tmp_path_factory):
    """A judge that reads nothing: attention and feed-forward parts are zero, and after a turn comes the verdict."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("judge")
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ["<|pad|>", "<|eos|>", "<|turn|>", VERDICT, *letters]
    raw = Tokenizer(models.BPE(vocab={word: place for place, word in enumerate(words)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="<|pad|>", eos_token="<|eos|>")
    tokenizer.add_tokens(["<|turn|>", VERDICT])
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}<|turn|>"
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        head_dim=32,
        max_position_embeddings=4096,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    embedded, head = model.model.embed_tokens.weight, model.lm_head.weight
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        head.zero_()
        head[3] = 100 * embedded[2]
        head[1] = 100 * embedded[3]
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def server(first_is_better, tmp_path_factory):
    """The address of vLLM's own server of that judge."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("log") / "log"
    words = ["--model", first_is_better, "--served-model-name", "first", "--host", "127.0.0.1", "--port", port]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *words, "--dtype", "float32"]
    surroundings = os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*map(str, command), "--enforce-eager"], env=surroundings, stdout=out, stderr=out, start_new_session=True
        )
    try:
        end = time.monotonic() + START_SECONDS
        while not _answers(port):
            assert process.poll() is None, log.read_text(errors="replace")[-4000:]
            assert time.monotonic() < end, log.read_text(errors="replace")[-4000:]
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(30)


def _answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


def test_a_judge_that_prefers_what_stands_first_gives_no_one_the_win(rlvr, server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [{"question_id": str(n), "prompt": f"What is {n} plus one?", "language": "en"} for n in range(4)]
    write(Path("arena.jsonl"), rows)
    for name, text in (("ours", "It is %d."), ("baseline", "I will not say.")):
        answers = [{"id": f"{n}/en", "completion": text % (n + 1) if "%" in text else text} for n in range(4)]
        write(Path(f"{name}.jsonl"), answers)
    ended = rlvr(
        "eval", "ours", "arena", "--data", "arena.jsonl", "--completions", "ours.jsonl", "--baseline", "baseline.jsonl",
        "--judge", server, "--judge-model", "first", "--out", "rows.jsonl", "--json",
    )  # fmt: skip
    assert ended.code == 0, ended.all
    assert json.loads(ended.out)["metrics"]["judge"]["value"] == 0.5
    assert len(rows_of("rows.jsonl")) == 4
    assert "[[A>B]]" in Path("rows.jsonl").read_text()
