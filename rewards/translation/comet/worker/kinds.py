"""What a metric is to the worker's loop, and loading one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class LoadError(Exception):
    """A metric cannot be loaded: what is wrong, and in `hint` what to do."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Segment:
    """A source, its translation, and a reference translation where there is one."""

    src: str
    mt: str
    ref: str | None = None


class Metric(Protocol):
    """A model that scores segments."""

    def about(self) -> dict[str, Any]:
        """What it is: class, device, precision, window in tokens."""
        ...

    def score(self, segments: Sequence[Segment]) -> Iterator[tuple[Sequence[int], list[dict[str, Any]]]]:
        """Results as they come, with the places of their segments; every place comes once."""
        ...


def load(kind: str, checkpoint: str, device: str, precision: str, tokens: int, *, trusted: bool) -> Metric:
    """The metric of a checkpoint.

    Args:
        kind: `comet` or `metricx`.
        checkpoint: A folder, a file or a name on the hub.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, ...
        precision: `auto`, `float32`, `float16` or `bfloat16`, of the encoder; heads compute in float32.
        tokens: Padded tokens of one forward pass, at most; 0 for what suits the device.
        trusted: Whether code in the checkpoint's pickle may run.

    Raises:
        LoadError: It is not there, or is damaged, or another class.
    """
    # The one imports comet, the other need not.
    if kind == "metricx":
        from rlvr.rewards.translation.comet.worker.metricx import load_metricx

        return load_metricx(checkpoint, device, precision, tokens)
    from rlvr.rewards.translation.comet.worker.checkpoint import load_comet

    return load_comet(checkpoint, device, precision, tokens, trusted=trusted)
