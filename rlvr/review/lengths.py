"""How long prompts are, in characters and in the tokens of a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rlvr.sample import Task, prompt_text

SHARES: Final = (0.0, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
"""Quantiles shown: shortest, quartiles, the long tail, longest."""

_NO_LIMIT: Final = 10**9


def characters(tasks: Sequence[Task]) -> list[int]:
    """Characters of each prompt; of chat messages, of their contents.

    >>> characters([Task("2 + 2 =")])
    [7]
    """
    return [len(prompt_text(task.prompt)) for task in tasks]


def tokens(tasks: Sequence[Task], folder: Path) -> list[int]:
    """Tokens of each prompt as training would give it to the model in `folder`: chat messages in its own template.

    Raises:
        ModelError: There is no tokenizer, or chat messages and no template to render them.
        DataError: A prompt without tokens.
    """
    from rlvr.engine.policy.model import load_tokenizer
    from rlvr.engine.rollout.prompts import encode_task

    tokenizer = load_tokenizer(folder)
    return [len(encode_task(tokenizer, task, _NO_LIMIT).ids) for task in tasks]


def quantiles(lengths: Sequence[int]) -> list[int]:
    """The lengths at `SHARES`; each is one that occurs.

    >>> quantiles([3, 1, 2])
    [1, 1, 2, 2, 3, 3, 3]
    """
    import numpy as np

    return [int(value) for value in np.quantile(lengths, SHARES, method="closest_observation")]
