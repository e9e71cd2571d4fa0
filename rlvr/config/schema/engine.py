"""Where the work happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from rlvr.config.packaged import choices
from rlvr.config.schema.allowed import COUNT, FROM_ZERO, choice, number


@dataclass
class VerlConfig:
    """What only verl knows: how it lies on a cluster. `rlvr plan RECIPE engine=verl` shows what the rest becomes.

    Attributes:
        gpus_per_node: `engine.ranks` GPUs are taken from nodes of so many.
        tensor_parallel: GPUs that share a copy of the model for generation.
        offload: Weights and optimiser state wait in host memory while they are not needed.
        reward_workers: Actors that judge samples, each with `scoring.workers` processes.
        overrides: Further settings in the words of verl, checked against its configuration:
            `[trainer.balance_batch=False]`.
    """

    gpus_per_node: int = number(8, COUNT)
    tensor_parallel: int = number(1, COUNT)
    offload: bool = False
    reward_workers: int = number(8, COUNT)
    overrides: list[str] = field(default_factory=list[str])


@dataclass
class EngineConfig:
    """Where the work happens.

    Attributes:
        kind: `embedded`, our own; or `verl`, for more than one machine.
        actors: `ray`, or `inline` for the same loop in this process, without Ray.
        ranks: Processes that share the policy with FSDP2.
        device: auto, cpu or cuda.
        threads: Arithmetic threads of each process on CPU; 0 for PyTorch's own choice.
        tokens_per_micro_batch: Padded tokens in one forward pass of the update.
        verl: See `VerlConfig`.
    """

    kind: str = choice("embedded", partial(choices, "engine"))
    actors: str = choice("ray", ("ray", "inline"))
    ranks: int = number(1, COUNT)
    device: str = choice("auto", ("auto", "cpu", "cuda"))
    threads: int = number(0, FROM_ZERO)
    tokens_per_micro_batch: int = number(16384, COUNT)
    verl: VerlConfig = field(default_factory=VerlConfig)
