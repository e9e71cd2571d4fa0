"""Models small enough that a whole run takes a second, and configurations around them."""

import json
import os
from functools import partial
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

import rlvr.recipes.quickstart
from rlvr.config import load
from rlvr.engine.run.worker import PolicyWorker
from rlvr.engine.update.batch import TrainBatch

MINIATURE = Path(rlvr.recipes.quickstart.__file__).parent
WORDS = ["fog", "owl", "ice", "map", "tea", "sun", "rye", "elm", "ox", "bee", "ant", "cat"]


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tokenizer():
    """Single characters; 100 tokens."""
    return AutoTokenizer.from_pretrained(MINIATURE)


def save_llama(folder, tokenizer, **changes):
    """A Llama of one layer, random weights far from uniform, and 12 rows that no token has."""
    torch.manual_seed(0)
    sizes = {
        "vocab_size": 112,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 512,
        "initializer_range": 0.25,
        "tie_word_embeddings": True,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    LlamaForCausalLM(LlamaConfig(**(sizes | changes))).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory, tokenizer):
    """A folder with a model and its tokenizer."""
    return save_llama(tmp_path_factory.mktemp("model"), tokenizer)


@pytest.fixture(scope="session")
def sliding_dir(tmp_path_factory, tokenizer):
    """A folder with a Mistral that looks back 8 tokens."""
    folder = tmp_path_factory.mktemp("sliding")
    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=112,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=8,
        max_position_embeddings=512,
        initializer_range=0.25,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    MistralForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tasks_file(tmp_path_factory):
    """Twelve words to repeat, each with its demonstration."""
    rows = [{"id": word, "prompt": f"{word}=", "reference": word, "demonstration": word} for word in WORDS]
    file = tmp_path_factory.mktemp("tasks") / "tasks.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


REWARD = """
from rlvr import Sample, reward


@reward("tests.lower")
def lower(sample: Sample) -> float:
    return sum(letter.islower() for letter in sample.completion) / max(1, len(sample.completion))


@reward("tests.early")
def early(sample: Sample) -> bool:
    return not sample.truncated


both = lower + 0.5 * early
"""


@pytest.fixture(scope="session")
def reward_file(tmp_path_factory):
    """The share of small letters: random completions differ in it, so that there is something to learn from."""
    file = tmp_path_factory.mktemp("reward") / "lower.py"
    file.write_text(REWARD)
    return file


SMALL = [
    "run.tensorboard=false",
    "run.steps=2",
    "run.checkpoint_every=0",
    "run.seed=3",
    "model.init=null",
    "data.env=null",
    "data.holdout=2",
    "eval.lenient=null",
    "eval.every=0",
    "sft.steps=0",
    "sft.batch_size=4",
    "sft.optim.lr=0.003",
    "sft.optim.warmup_steps=0",
    "optim.lr=0.003",
    "optim.warmup_steps=0",
    "optim.max_grad_norm=1.0",
    "optim.schedule=constant",
    "rollout.max_new_tokens=8",
    "algorithm.prompts_per_step=3",
    "algorithm.group_size=4",
    "scoring.probe=off",  # these rewards want small letters, and no answer
    "scoring.canaries=off",
    "engine.actors=inline",
    "engine.device=cpu",
    "engine.threads=1",
]


@pytest.fixture(scope="session")
def config_in(model_dir, tasks_file, reward_file):
    """Makes a configuration out of a folder for its run and overrides."""
    paths = [f"model.path={model_dir}", f"data.tasks={tasks_file}", f"reward={reward_file}:lower", "run.name=it"]
    return lambda folder, *overrides: load("quickstart", [*SMALL, *paths, f"run.dir={folder}", *overrides], check=True)


@pytest.fixture
def config_of(config_in, tmp_path):
    """Makes a configuration out of overrides."""
    return partial(config_in, tmp_path)


@pytest.fixture
def worker_of(config_of):
    """Makes a policy worker out of overrides."""
    return lambda *overrides: PolicyWorker(config_of(*overrides))


@pytest.fixture
def batch_of(tokenizer):
    """Makes a batch of made-up samples: prompts and completions of many lengths, two mini-batches."""

    def made(count=8, *, seed=0, **changes):
        draw = np.random.default_rng(seed)
        lengths = draw.integers(1, 12, size=(count, 2))

        def ids(n):
            return draw.integers(4, len(tokenizer), size=n)

        completions = [ids(n) for _, n in lengths]
        given = {
            "prompts": [ids(n) for n, _ in lengths],
            "completions": completions,
            "rollout_log_probs": [draw.normal(-3, 0.5, len(row)).astype(np.float32) for row in completions],
            "advantages": draw.normal(size=count).astype(np.float32),
            "in_loss": np.ones(count, dtype=bool),
            "mini_batch": np.arange(count) % 2,
        }
        return TrainBatch(**given | changes)

    return made


def weights_of(worker):
    """A copy of all weights."""
    return {name: value.detach().clone() for name, value in worker.policy.model.state_dict().items()}


def furthest(one, other):
    """The largest difference between two sets of weights."""
    return float(torch.stack([(one[name] - other[name]).abs().max() for name in one]).max())  # NaN where there is one
