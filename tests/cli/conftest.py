"""The command line as a user has it: real words in, real files, exit codes and text out."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import psutil
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

ROOT = Path(__file__).parents[2]
GSM8K = ROOT.parent / "shared" / "data" / "math" / "gsm8k_train.jsonl"
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory):
    """A Llama of one layer with random weights and a byte-level BPE tokenizer, without a chat template."""
    folder = tmp_path_factory.mktemp("model")
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|eos|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    texts = ["How many apples are left? 48 / 2 = 24, so 24 of them. The answer is #### 72"] * 3
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    raw.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="<|pad|>", eos_token="<|eos|>")
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=384,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=4096,
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


def tasks(file, count=12, **more):
    """Sums to do, each with its demonstration."""
    rows = [{"id": f"sum-{i}", "prompt": f"{i}+1=", "reference": str(i + 1), **more} for i in range(count)]
    rows = [row | {"demonstration": row["reference"]} for row in rows]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


SMALL = [
    "run.steps=2",
    "run.tensorboard=false",
    "data.max_prompt_tokens=512",
    "rollout.max_new_tokens=8",
    "algorithm.prompts_per_step=2",
    "algorithm.group_size=4",
    "scoring.probe=off",  # some of these rewards judge no answer
    "engine.actors=inline",
    "engine.device=cpu",
    "engine.threads=1",
    "optim.lr=0.003",
    "optim.warmup_steps=0",
]


@pytest.fixture
def words(model_dir, project):
    """The words of a small `rlvr train` on `tasks.jsonl`."""
    tasks(project / "tasks.jsonl")
    return lambda *overrides: train_words(model_dir, *overrides)


def train_words(model_dir, *overrides):
    """`rlvr train`, with overrides in the place of what is there already."""
    chosen = ["recipe=grpo", f"model.path={model_dir}", "data.tasks=tasks.jsonl", "reward=math.final_number"]
    named = {word.partition("=")[0]: word for word in [*chosen, *SMALL, "run.name=it", *overrides]}
    return ["train", *named.values()]


# Imports cost seconds, so they are done once, and every process that a test may kill is forked from there.
_NURSERY = """
import json, os, sys
import pyarrow.parquet, torch, transformers
from transformers import LlamaForCausalLM
import rlvr.engine.run.loop, rlvr.observe.report
from rlvr.cli import main
torch.set_num_threads(1)
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if "wait" in asked:
        pid, status = os.waitpid(asked["wait"], os.WNOHANG)
        print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)
        continue
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        continue
    os.setsid()
    log = os.open(asked["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0), os.dup2(log, 1), os.dup2(log, 2)
    os.chdir(asked["cwd"])
    os.environ.update(asked["env"])
    exec(asked["first"])
    main(asked["words"])
"""


class Child:
    """A command line at work in a process, and a session, of its own."""

    def __init__(self, nursery, words, first, cwd):
        self.mark, self.code = uuid.uuid4().hex, None
        self.cwd, self.log, self._nursery = cwd, cwd / f"{self.mark}.log", nursery
        env = {"RLVR_TEST_MARK": self.mark}
        self.pid = nursery({"words": words, "first": first, "cwd": str(cwd), "log": str(self.log), "env": env})

    @property
    def said(self):
        return self.log.read_text()

    def until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"waited {seconds} s in vain; it said:\n{self.said}"
            assert self.running(), f"it ended with {self.code}; it said:\n{self.said}"
            time.sleep(0.02)

    def running(self):
        if self.code is None:
            self.code = self._nursery({"wait": self.pid})
        return self.code is None

    def press_ctrl_c(self):
        """As a terminal does: to every process of the foreground."""
        os.killpg(self.pid, signal.SIGINT)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def end(self, seconds=60):
        """Waits for the end; the exit code."""
        end = time.monotonic() + seconds
        while self.running():
            assert time.monotonic() < end, f"it does not end; it said:\n{self.said}"
            time.sleep(0.02)
        return self.code

    def strays(self):
        """Processes that it started and that outlive it."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("RLVR_TEST_MARK") == self.mark and process.status() != "zombie":
                    found.append(process)
            except psutil.Error:
                continue
        return found


@pytest.fixture(scope="session")
def _nursery():
    process = subprocess.Popen(
        [sys.executable, "-c", _NURSERY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
    )
    assert process.stdout.readline() == "ready\n"

    def ask(request):
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield ask
    process.stdin.close()
    process.wait()


@pytest.fixture
def start(_nursery, project):
    """Starts a command line in a process of its own; what is left of it is killed after the test."""
    children = []

    def started(*words, first=""):
        children.append(Child(_nursery, [str(word) for word in words], first, project))
        return children[-1]

    yield started
    for child in children:
        if child.running():
            os.killpg(child.pid, signal.SIGKILL)
            child.end()
        for process in child.strays():
            process.kill()


def plain(text):
    """Text as one line, without what a terminal adds."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())
