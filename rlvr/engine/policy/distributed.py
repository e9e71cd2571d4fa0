"""Several processes around one model: process group, FSDP2, sums over ranks. With one process all of it is a no-op."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor

from rlvr.errors import EngineError


def pick_device(wanted: str, rank: int) -> torch.device:
    """The device of a rank: `auto` takes a GPU where there is one.

    Raises:
        EngineError: A GPU is wanted and there is none.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise EngineError("engine.device is cuda, and PyTorch finds no GPU.", hint="Set engine.device=cpu or auto.")
    if wanted == "cuda" or (wanted == "auto" and torch.cuda.is_available()):
        return torch.device("cuda", rank % torch.cuda.device_count())
    return torch.device("cpu")


def join(rank: int, ranks: int, address: str, device: torch.device) -> None:
    """Enters the process group, over gloo on CPU and NCCL on GPU.

    Args:
        rank: Of this process.
        ranks: How many there are; with one, nothing happens.
        address: `host:port` where rank 0 listens: on the loopback interface where all ranks are on one machine. The
            socket asks nobody who they are.
        device: Of this rank.
    """
    if ranks == 1:
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, init_method=f"tcp://{address}", rank=rank, world_size=ranks)


def leave() -> None:
    """Leaves the process group, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()


def shard(model: nn.Module, ranks: int, device: torch.device, compute_dtype: torch.dtype) -> nn.Module:
    """Shards weights, gradients and optimiser state over the ranks with FSDP2, layer by layer.

    Weights stay in float32; where `compute_dtype` is narrower, layers are gathered and run in it, and gradients are
    summed in float32.
    """
    if ranks == 1:
        return model
    mesh = init_device_mesh(device.type, (ranks,))
    policy = MixedPrecisionPolicy()
    if compute_dtype != torch.float32:
        policy = MixedPrecisionPolicy(param_dtype=compute_dtype, reduce_dtype=torch.float32)
    for layer in _layers(model):
        fully_shard(layer, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy)
    return model


def _layers(model: nn.Module) -> list[nn.Module]:
    """The decoder layers: what transformers itself names as not to be split."""
    named: Any = getattr(model, "_no_split_modules", None)
    names: set[str] = set(named or ())
    return [module for module in model.modules() if type(module).__name__ in names]


def sum_over_ranks(values: Tensor) -> Tensor:
    """The sum of a tensor over all ranks, in place."""
    if dist.is_initialized():
        dist.all_reduce(values)
    return values


def max_over_ranks(values: Tensor) -> Tensor:
    """The maximum of a tensor over all ranks, in place."""
    if dist.is_initialized():
        dist.all_reduce(values, op=dist.ReduceOp.MAX)
    return values


def clip_gradients(model: nn.Module, max_norm: float) -> float:
    """Scales gradients down to a total norm of at most `max_norm`; returns the norm before, over all ranks."""
    norm: Any = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    return float(norm.full_tensor() if isinstance(norm, DTensor) else norm)


def full_weights(model: nn.Module) -> Mapping[str, Tensor]:
    """All weights on the CPU, gathered from the ranks; every rank must call it, rank 0 gets them."""
    weights: Any = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    return weights
