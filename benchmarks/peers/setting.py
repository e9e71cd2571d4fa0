"""What is measured: one small model, one list of prompts, one number of tokens for every system."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PROMPTS: Final = 8
SAMPLES: Final = 8
NEW_TOKENS: Final = 32
MAX_GRAD_NORM: Final = 1.0

# Two layers of the quickstart's model, 0.38 million weights.
CHANGES: Final = {"num_hidden_layers": 2, "intermediate_size": 304}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a system is given.

    Attributes:
        model: Folder of the model it starts from, with its tokenizer.
        tasks: JSONL, a prompt a line; every system takes them in this order.
        work: Where it may write.
        seed: Of its sampling.
        steps: How many steps it is to make.
        learning_rate: Constant.
    """

    model: Path
    tasks: Path
    work: Path
    seed: int
    steps: int
    learning_rate: float


def write_tasks(path: Path, steps: int) -> None:
    """The prompts of so many steps: `a+b=` with numbers of three digits."""
    rng = random.Random(0)
    lines = (f"{rng.randrange(100, 1000)}+{rng.randrange(100, 1000)}=" for _ in range(PROMPTS * steps))
    path.write_text("".join(json.dumps({"prompt": line}) + "\n" for line in lines), encoding="utf-8")


def read_prompts(path: Path) -> list[str]:
    """The prompts of a file of tasks."""
    return [json.loads(line)["prompt"] for line in path.read_text(encoding="utf-8").splitlines()]


def write_model(folder: Path, seed: int) -> None:
    """A model with random weights that follow from the seed; loads torch, so it runs in a process of its own."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from rlvr.config.paths import resolve_folder

    shutil.copytree(resolve_folder("pkg://rlvr.recipes.quickstart"), folder, ignore=shutil.ignore_patterns("*py*"))
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | CHANGES), encoding="utf-8")
    auto_config: Any = AutoConfig
    auto_model: Any = AutoModelForCausalLM
    torch.manual_seed(seed)
    model = auto_model.from_config(auto_config.from_pretrained(folder), dtype=torch.float32)
    model.save_pretrained(folder)


def write_models(folders: list[tuple[Path, int]]) -> None:
    """Several of them."""
    for folder, seed in folders:
        write_model(folder, seed)
