"""Devices, precisions, and how many texts go through a model at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import torch

from rlvr.rewards.translation.comet.worker.kinds import LoadError

_TOKENS: Final = {"cpu": 4096, "cuda": 16384}
_PRECISIONS: Final = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def device_of(named: str) -> torch.device:
    """The device of that name; `auto` is a GPU where there is one.

    Raises:
        LoadError: There is no such device here.
    """
    if named == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(named)
    except RuntimeError:
        raise LoadError(f"`{named}` is no device.", "It is auto, cpu, cuda or cuda:1.") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise LoadError(f"{named} was asked for and there is no CUDA here (torch {torch.__version__}).")
    return device


def precision_of(named: str, device: torch.device, half: torch.dtype) -> torch.dtype:
    """The precision of that name; `auto` is `half` on a GPU and float32 on a CPU.

    Raises:
        LoadError: There is no such precision.
    """
    if named == "auto":
        return half if device.type == "cuda" else torch.float32
    if named not in _PRECISIONS:
        raise LoadError(f"`{named}` is no precision.", f"It is auto or one of {', '.join(_PRECISIONS)}.")
    return _PRECISIONS[named]


class Batches:
    """Cuts texts into batches of like length, each within a budget of tokens, padding counted.

    Args:
        tokens: The budget; 0 for what suits the device. Halved whenever the device's memory does not hold a batch.
        device: Where the batches are computed.
    """

    def __init__(self, tokens: int, device: torch.device) -> None:
        self.tokens = tokens or _TOKENS.get(device.type, 4096)

    def run(self, lengths: Sequence[int], compute: Callable[[list[int]], object]) -> Iterator[list[int]]:
        """Calls `compute` with the places of each batch, and gives them once they are done; the longest come first.

        Raises:
            torch.OutOfMemoryError: One text alone is too large for the device.
        """
        rest = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
        while rest:
            batch = rest[: max(1, self.tokens // max(1, lengths[rest[0]]))]
            try:
                compute(batch)
            except torch.OutOfMemoryError:
                if len(batch) == 1:
                    raise
                # As much as did not fit, halved: what is left in the budget never was enough.
                self.tokens = lengths[batch[0]] * len(batch) // 2
                torch.cuda.empty_cache()
                continue
            yield batch
            rest = rest[len(batch) :]
