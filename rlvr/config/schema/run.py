"""How long a run lasts and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from rlvr.config.schema.allowed import COUNT, FROM_ZERO, number


@dataclass
class RunConfig:
    """How long a run lasts and what it leaves.

    Attributes:
        name: Folder of the run under `dir`; the recipe's name and the time of day when empty.
        dir: Where runs lie.
        seed: Everything random follows from it.
        steps: Optimisation steps of the main stage.
        checkpoint_every: Steps between checkpoints; 0 for one at the end only.
        keep_checkpoints: How many checkpoints stay.
        save_rollouts: Write a parquet row for each sample.
        tensorboard: Write TensorBoard events.
    """

    name: str = ""
    dir: str = "runs"
    seed: int = number(0, FROM_ZERO)
    steps: int = number(100, FROM_ZERO)
    checkpoint_every: int = number(50, FROM_ZERO)
    keep_checkpoints: int = number(2, COUNT)
    save_rollouts: bool = True
    tensorboard: bool = True
