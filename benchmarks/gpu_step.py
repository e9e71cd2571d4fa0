"""One GRPO step of a 0.5B-parameter Llama with random weights: 64 samples of 512 tokens, bfloat16 arithmetic, one GPU.

    python benchmarks/gpu_step.py            # on a machine with a GPU; prints a table for gpu.md
    python benchmarks/gpu_step.py --tiny     # the same code on small sizes, on any machine

Nothing needs to be downloaded, and neither Ray nor vLLM: the policy worker is used as `engine.actors=inline` uses it.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from peers.results import keep
from rich.console import Console
from rich.table import Table
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, PreTrainedTokenizerFast

from rlvr.config.schema import AlgorithmConfig, EngineConfig, ModelConfig, OptimConfig, RolloutConfig, TrainConfig
from rlvr.engine.policy.model import parameter_count
from rlvr.engine.rollout.generation import Sampling, Vocabulary
from rlvr.engine.run.worker import PolicyWorker
from rlvr.engine.update.batch import TrainBatch


@dataclass(frozen=True)
class Sizes:
    """What is measured."""

    hidden: int = 1024
    intermediate: int = 4864
    layers: int = 24
    heads: int = 16
    vocabulary: int = 32000
    prompts: int = 8
    group: int = 8
    prompt_tokens: int = 128
    new_tokens: int = 512
    tokens_per_micro_batch: int = 16384
    matmul: int = 8192


TINY = Sizes(64, 128, 2, 4, 500, 2, 4, 16, 16, 256, 256)


def write_model(folder: Path, sizes: Sizes) -> None:
    """A folder with a configuration and a tokenizer of as many words as the model has embeddings."""
    words = ["<pad>", "<eos>", *(f"w{i}" for i in range(sizes.vocabulary - 2))]
    plain = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<pad>"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # pyright: ignore[reportAttributeAccessIssue]
    PreTrainedTokenizerFast(tokenizer_object=plain, eos_token="<eos>", pad_token="<pad>").save_pretrained(folder)
    LlamaConfig(
        architectures=["LlamaForCausalLM"],
        vocab_size=sizes.vocabulary,
        hidden_size=sizes.hidden,
        intermediate_size=sizes.intermediate,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        num_key_value_heads=sizes.heads,
        max_position_embeddings=2048,
        eos_token_id=1,
        pad_token_id=0,
        bos_token_id=None,
    ).save_pretrained(folder)


def make_worker(folder: Path, sizes: Sizes) -> PolicyWorker:
    """The policy, with stop tokens switched off so that every completion has all its tokens."""
    config = TrainConfig(
        model=ModelConfig(init=str(folder), dtype="bfloat16"),
        rollout=RolloutConfig(max_new_tokens=sizes.new_tokens, batch_size=sizes.prompts * sizes.group),
        algorithm=AlgorithmConfig(group_size=sizes.group, prompts_per_step=sizes.prompts),
        optim=OptimConfig(lr=1e-6),
        engine=EngineConfig(actors="inline", tokens_per_micro_batch=sizes.tokens_per_micro_batch),
    )
    worker = PolicyWorker(config)
    worker.vocabulary = Vocabulary(size=sizes.vocabulary, stop=(sizes.vocabulary,), pad=0)
    return worker


def step(worker: PolicyWorker, sizes: Sizes, seed: int) -> dict[str, float]:
    """One step; seconds by stage and what the update reports."""
    draw = np.random.default_rng(seed)
    prompts = [draw.integers(2, sizes.vocabulary, sizes.prompt_tokens).tolist() for _ in range(sizes.prompts)]
    start = _now(worker)
    parts = worker.generate(prompts, sizes.group, Sampling(sizes.new_tokens, seed=seed))
    completions = sorted((each for part in parts for each in part), key=lambda each: each.index)
    generated = _now(worker)
    count = len(completions)
    batch = TrainBatch(
        prompts=[np.array(prompts[each.index // sizes.group], dtype=np.int64) for each in completions],
        completions=[each.ids for each in completions],
        rollout_log_probs=[each.log_probs for each in completions],
        advantages=draw.standard_normal(count).astype(np.float32),
        in_loss=np.ones(count, dtype=np.bool_),
        mini_batch=np.zeros(count, dtype=np.int64),
    )
    metrics = worker.update(batch).metrics
    return {"generate": generated - start, "update": _now(worker) - generated, "gap": metrics["gap/mean"]}


def peak_flops(device: torch.device, size: int) -> float:
    """What a square bfloat16 matrix product reaches here, in FLOP/s."""
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    for _ in range(3):
        torch.mm(left, right)
    _wait(device)
    start = time.perf_counter()
    for _ in range(10):
        torch.mm(left, right)
    _wait(device)
    return 10 * 2 * size**3 / (time.perf_counter() - start)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--steps", type=int, default=5, help="timed steps, after one to warm up")
    arguments = parser.parse_args()
    sizes = TINY if arguments.tiny else Sizes()
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder), sizes)
        worker = make_worker(Path(folder), sizes)
        rows = [step(worker, sizes, seed) for seed in range(arguments.steps + 1)][1:]
    device = worker.policy.device
    median = {key: float(np.median([row[key] for row in rows])) for key in rows[0]}
    samples = sizes.prompts * sizes.group
    trained = samples * (sizes.prompt_tokens + sizes.new_tokens)
    parameters = parameter_count(worker.policy.model)
    # 6 N a token for weights, and 12 * layers * hidden * length for attention scores, halved as they are causal.
    length = sizes.prompt_tokens + sizes.new_tokens
    flops = trained * (6 * parameters + 6 * sizes.layers * sizes.hidden * length)
    peak = peak_flops(device, sizes.matmul)
    found = {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or "cpu",
        "torch": torch.__version__,
        "transformers": version("transformers"),
        "parameters": parameters,
        "seconds generate": median["generate"],
        "seconds update": median["update"],
        "seconds step": median["generate"] + median["update"],
        "generated tokens a second": samples * sizes.new_tokens / median["generate"],
        "trained tokens a second": trained / median["update"],
        "measured peak, TFLOP/s": peak / 1e12,
        "MFU of the update (of the measured peak)": flops / median["update"] / peak,
        "peak memory, GiB": torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else float("nan"),
        "rollout/trainer gap, nats": median["gap"],
    }
    table = Table("", "")
    for key, value in found.items():
        table.add_row(key, f"{value:,.4g}" if isinstance(value, float) else str(value))
    Console().print(table)
    keep("gpu_step", found)


def _now(worker: PolicyWorker) -> float:
    _wait(worker.policy.device)
    return time.perf_counter()


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
