"""Loading the metric of a checkpoint."""

from __future__ import annotations

from rlvr.rewards.translation.comet.worker.kinds import Metric


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
