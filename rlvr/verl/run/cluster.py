"""The GPUs that a run asks for, looked for before anything is started."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rlvr.config.schema import SUPERVISED, TrainConfig
from rlvr.errors import EngineError
from rlvr.verl.settings.mapping import nodes_of

ADDRESS: Final = "ray_kwargs.ray_init.address"
"""verl's key for the cluster to connect to."""

_ADDRESS_WAIT: Final = 5.0
_NODES_WAIT: Final = 60.0

# In a process of its own: Ray ends the one that asks for a cluster that does not answer.
_ASK: Final = """
import json, logging, sys, ray
ray.init(address=sys.argv[1], log_to_driver=False, logging_level=logging.ERROR)
free = ray.available_resources().get("GPU", 0)
nodes = [[n["NodeManagerAddress"], n["Resources"].get("GPU", 0)] for n in ray.nodes() if n["Alive"]]
try:
    busy = bool(ray.get_actor("TransferQueueController", namespace="transfer_queue"))
except ValueError:
    busy = False
print(json.dumps({"nodes": nodes, "free": free, "busy": busy}))
"""


def require_gpus(config: TrainConfig, environment: Mapping[str, str] | None = None) -> None:
    """Sees to it that the GPUs of `engine.ranks` are there: in the Ray cluster that verl will join, or on this machine.

    Args:
        config: Of the run.
        environment: Of the trainer, beside that of this process. One that tells verl to train on CPU asks for nothing.

    Raises:
        EngineError: They are not; the message says what is there.
    """
    known = {**os.environ, **(environment or {})}
    if known.get("VERL_PLATFORM") == "cpu":
        return
    nodes, each = nodes_of(config)
    # On one node verl's supervised trainer is started by torchrun, which joins no cluster.
    address = "" if config.stage in SUPERVISED and nodes == 1 else cluster_address(config, known)
    if address:
        _require_of_cluster(address, nodes, each, known, queues=config.stage not in SUPERVISED)
    else:
        _require_here(nodes, each)


def cluster_address(config: TrainConfig, environment: Mapping[str, str]) -> str:
    """The Ray cluster that verl joins, by the name it was given; empty where verl starts one of its own.

    Args:
        config: `engine.verl.overrides` may name one.
        environment: Of the trainer; `RAY_ADDRESS` may name one.

    >>> config = TrainConfig()
    >>> cluster_address(config, {"RAY_ADDRESS": "10.0.0.1:6379"})
    '10.0.0.1:6379'
    >>> config.engine.verl.overrides = ["+ray_kwargs.ray_init.address=10.0.0.2:6379"]
    >>> cluster_address(config, {"RAY_ADDRESS": "10.0.0.1:6379"})
    '10.0.0.2:6379'
    """
    told = [text.lstrip("+").partition("=") for text in config.engine.verl.overrides]
    named = [value.strip("'\"") for key, _, value in told if key == ADDRESS]
    address = named[-1] if named else environment.get("RAY_ADDRESS", "")
    return "" if address == "local" else address


def own_cluster(config: TrainConfig, environment: Mapping[str, str]) -> list[str]:
    """The override that keeps verl from joining whatever cluster runs on this machine, where none was named.

    Without it Ray would join the one that was started last, even one that is long dead.
    """
    if config.stage in SUPERVISED or cluster_address(config, environment):
        return []
    return [f"++{ADDRESS}=local"]


def _require_of_cluster(address: str, nodes: int, each: int, environment: Mapping[str, str], *, queues: bool) -> None:
    asked = f"engine.ranks asks for {_gpus(nodes, each)}"
    found = _ask(address, environment)
    there = ", ".join(f"{name}: {count:g}" for name, count in found["nodes"]) or "no node"
    fitting = sum(int(count // each) for _, count in found["nodes"])
    if fitting < nodes:
        raise EngineError(
            f"The Ray cluster at {address} has too few GPUs: {asked}; there are {there}.",
            hint="Add nodes with `ray start --address=...`, or set engine.ranks and engine.verl.gpus_per_node.",
        )
    if found["free"] < nodes * each:
        raise EngineError(
            f"The Ray cluster at {address} has GPUs ({there}), but only {found['free']:g} are free: {asked}.",
            hint="Wait for the other jobs (`ray status` shows them), or ask for fewer.",
        )
    if queues and found["busy"]:
        raise EngineError(
            f"Another run of verl's is on the Ray cluster at {address}, and two would mix their samples: the queue of "
            "both has one name.",
            hint="Wait until it has ended, or start a cluster for this run.",
        )


def _ask(address: str, environment: Mapping[str, str]) -> dict[str, Any]:
    host, _, port = address.rpartition("://")[2].rpartition(":")
    dead = EngineError(
        f"No Ray cluster answers at {address}.",
        hint="Start it on its first node with `ray start --head`, or mend RAY_ADDRESS (unset: this machine alone).",
    )
    try:
        if address != "auto":
            socket.create_connection((host, int(port)), timeout=_ADDRESS_WAIT).close()
        words = [sys.executable, "-c", _ASK, address]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=_NODES_WAIT, check=True)
        return json.loads(done.stdout.splitlines()[-1])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        raise dead from error
    except subprocess.CalledProcessError as error:
        said: Sequence[str] = str(error.stderr).strip().splitlines() or [""]
        raise EngineError(f"The Ray cluster at {address} cannot be joined: {said[-1]}") from error


def _require_here(nodes: int, each: int) -> None:
    import torch

    found = torch.cuda.device_count()
    if found >= each and nodes == 1:
        return
    asked = f"engine.ranks asks for {_gpus(nodes, each)}"
    if not found:
        raise EngineError(
            f"There is no GPU on this machine, and verl trains on GPUs: {asked}.",
            hint="Try the recipe on this CPU with `rlvr rehearse`, train here with engine=embedded, or name a cluster: "
            "`ray start --head` on its first node, and RAY_ADDRESS here.",
        )
    names = ", ".join(torch.cuda.get_device_name(number) for number in range(found))
    raise EngineError(
        f"This machine has too few GPUs: {asked}; there are {found} ({names}).",
        hint="Join machines with `ray start`, and name the first in RAY_ADDRESS; or set engine.ranks.",
    )


def _gpus(nodes: int, each: int) -> str:
    return f"{each} GPU{'s' * (each > 1)}" + (f" on each of {nodes} nodes" if nodes > 1 else "")
