"""How many floating-point operations a step needs by formula, and how many a core can do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from peers.setting import NEW_TOKENS, PROMPTS, SAMPLES, Setting
from peers.turns import Turns

PROMPT_TOKENS: Final = 9  # `<bos>` and `123+456=`
_SIDE: Final = 1536


def forward_flops(model: Path) -> float:
    """Of one pass over all tokens of a step's samples: 2 for each weight and token, and causal attention.

    The update takes three times as much, and the step, which generates and updates, four times. What a system saves by
    reading a prompt once for all samples of its group is counted as if it had been done: the number is that of the
    task, the same for every system.
    """
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    width, layers = config["hidden_size"], config["num_hidden_layers"]
    # As many key heads as query heads; the embedding table is the output layer too.
    weights = layers * (4 * width**2 + 3 * width * config["intermediate_size"]) + config["vocab_size"] * width
    # The last token drawn is not read again.
    length = PROMPT_TOKENS + NEW_TOKENS - 1
    attention = layers * 4 * width * length * (length + 1) / 2
    return PROMPTS * SAMPLES * (2 * weights * length + attention)


def run_products(setting: Setting, turns: Turns) -> None:
    """Instead of a step the product of two large matrices; its `reward` is how many operations it took."""
    import torch

    torch.set_num_threads(1)
    left, right = torch.randn(2, _SIDE, _SIDE)
    turns.begin()
    for _ in range(setting.steps):
        torch.mm(left, right)
        turns.step_done(2.0 * _SIDE**3)
