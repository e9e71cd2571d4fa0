"""Where the engine's actors lie in a Ray cluster: a place held for each before any of them starts.

The cluster is this machine alone, or the nodes that `ray start` has joined, which `RAY_ADDRESS` names.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from rlvr.errors import EngineError

WAIT: Final = 60.0
"""Seconds that places may take to become free; Ray itself would wait without end and without a word."""

PATIENCE: Final = 10.0
"""Seconds that a file may take from one node to another."""

_SEEN: Final = ".seen-"


def connect(actors: int) -> bool:
    """Enters the cluster that `RAY_ADDRESS` names, or starts one on this machine; whether it was started here.

    Args:
        actors: How many there will be; a cluster that is started here has room for them.

    Raises:
        EngineError: No cluster answers there.
    """
    import ray

    started: Any = ray
    if started.is_initialized():
        return False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    address = os.environ.get("RAY_ADDRESS", "")
    if not address:
        processors = max(os.cpu_count() or 1, actors)
        started.init("local", num_cpus=processors, include_dashboard=False, **quiet)
        return True
    if address.startswith("ray://"):
        raise EngineError(
            f"RAY_ADDRESS is {address}: the engine runs on a node of the cluster, not as Ray's client.",
            hint="Start it there, or hand it over with `ray job submit`; docs/cluster.md.",
        )
    dead = f"No Ray cluster can be entered at RAY_ADDRESS={address}"
    hint = "`ray start --head` on the first node, `ray start --address=FIRST:6379` on the others; or unset RAY_ADDRESS."
    host, _, port = address.rpartition(":")
    try:
        if host and port.isdecimal():  # Ray ends a process that asks where nothing listens
            socket.create_connection((host, int(port)), timeout=5).close()
        started.init(address, **quiet)
    except (OSError, RuntimeError, ValueError) as error:
        raise EngineError(f"{dead}: {str(error).splitlines()[0]}", hint=hint) from error
    return True


@dataclass(frozen=True, slots=True)
class Placement:
    """Places that are held for actors; those on one node follow each other.

    Attributes:
        group: Ray's placement group.
        bundles: Of each actor.
        nodes: Of each actor, Ray's id.
        each: What every one of them has.
    """

    group: Any
    bundles: Sequence[int]
    nodes: Sequence[str]
    each: Mapping[str, float]

    def options(self, actor: int) -> dict[str, Any]:
        """For `Actor.options`."""
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        strategy = PlacementGroupSchedulingStrategy(self.group, placement_group_bundle_index=self.bundles[actor])
        return {"num_cpus": self.each["CPU"], "num_gpus": self.each["GPU"], "scheduling_strategy": strategy}

    def meeting_place(self, ranks: int) -> str:
        """`host:port` on the node of the first actor, where the ranks meet: on its own loopback if all are there."""
        several = len(set(self.nodes[:ranks])) > 1
        return _on(self.nodes[0], _free_address, several)

    def check_seen(self, folder: Path) -> None:
        """Makes sure that a folder of this process is the same folder on every other node.

        Raises:
            EngineError: One of them does not see what is written here, or the other way round.
        """
        if not self._others():
            return
        mine = folder.absolute() / f"{_SEEN}{uuid.uuid4().hex}"
        mine.write_text("here")
        try:
            for node in self._others():
                theirs = mine.with_name(f"{mine.name}-{node}")
                problem = _on(node, _answer, mine, theirs)
                if not problem and not _there(theirs):
                    problem = "what it writes there does not arrive"
                theirs.unlink(missing_ok=True)
                if problem:
                    raise EngineError(
                        f"Node {_address(node)} does not share {folder.absolute()} with this one: {problem}.",
                        hint="Set run.dir to a folder on a file system that all nodes mount at the same place.",
                    )
        finally:
            mine.unlink()

    def check_has(self, folder: Path) -> None:
        """Makes sure that every other node has a folder, too.

        Raises:
            EngineError: One has not.
        """
        for node in self._others():
            if not _on(node, _is_folder, folder.absolute()):
                raise EngineError(
                    f"Node {_address(node)} has no {folder.absolute()}, where the model is.",
                    hint="Copy it to the same place on every node, or put it on a file system that all of them mount.",
                )

    def _others(self) -> list[str]:
        return [node for node in dict.fromkeys(self.nodes) if node != _here()]

    def release(self) -> None:
        """Gives the places back."""
        from ray.util.placement_group import remove_placement_group

        remove_placement_group(self.group)


def place(actors: int, each: Mapping[str, float]) -> Placement:
    """Holds a place for each of the actors, on as few nodes as will do.

    Args:
        actors: How many.
        each: CPUs and GPUs of every one.

    Raises:
        EngineError: The cluster has no room for them, or others hold it.
    """
    from ray.util.placement_group import placement_group, remove_placement_group

    cluster, util = import_module("ray"), import_module("ray.util")  # not annotated
    there: dict[str, float] = cluster.cluster_resources()
    for kind, count in each.items():
        if actors * count > there.get(kind, 0):
            raise EngineError(
                f"{actors} actors take {actors * count:g} {kind}s, and Ray has {there.get(kind, 0):g}"
                f"{_by_node() if len(_nodes()) > 1 else ''}.",
                hint="Each rank takes one, and so does a rollout with weights of its own. Lower engine.ranks; with one "
                "rank and rollout=vllm, rollout.sleep=true lets the two share a GPU.",
            )
    asked = {kind: count for kind, count in each.items() if count}
    group: Any = placement_group([asked] * actors, strategy="PACK")
    if not group.wait(WAIT):
        free: dict[str, float] = cluster.available_resources()
        remove_placement_group(group)
        said = ", ".join(f"{free.get(kind, 0):g} {kind}s" for kind in asked)
        one = " and ".join(f"{count:g} {kind}" for kind, count in asked.items())
        raise EngineError(
            f"No room for {actors} actors of {one} each in {WAIT:g} s: {said} are free{_by_node()}.",
            hint="Another run holds the rest (`ray status`), or no single node has all that one actor takes.",
        )
    node_of: dict[int, str] = util.placement_group_table(group)["bundles_to_node_id"]
    first = {node: place for place, node in reversed(list(enumerate(node_of[i] for i in range(actors))))}
    bundles = sorted(range(actors), key=lambda bundle: (first[node_of[bundle]], bundle))
    return Placement(group, bundles, [node_of[bundle] for bundle in bundles], each)


def _on(node: str, what: Any, *args: Any) -> Any:
    """Calls a function on a node: in this process where it is this one."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    cluster: Any = ray
    if node == _here():
        return what(*args)
    there = NodeAffinitySchedulingStrategy(node, soft=False)
    return cluster.get(cluster.remote(what).options(num_cpus=0, scheduling_strategy=there).remote(*args))


def _here() -> str:
    import ray

    return ray.get_runtime_context().get_node_id()


def _free_address(several: bool) -> str:
    import ray.util

    util: Any = ray.util
    host: str = util.get_node_ip_address() if several else "127.0.0.1"
    with socket.socket() as listener:
        listener.bind((host, 0))
        return f"{host}:{listener.getsockname()[1]}"


def _answer(question: Path, answer: Path) -> str:
    """Why what the asking process wrote is not here; nothing where it is, and then answers."""
    if not _there(question):
        return "what this one writes does not arrive there"
    try:
        answer.write_text("here")
    except OSError as error:
        return f"it cannot write there ({error})"
    return ""


def _there(file: Path) -> bool:
    """Whether a file is seen, with the seconds that a network's file system may take."""
    until = time.monotonic() + PATIENCE
    while not file.is_file():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def _is_folder(folder: Path) -> bool:
    return folder.is_dir()


def _nodes() -> list[dict[str, Any]]:
    import ray

    cluster: Any = ray
    return [node for node in cluster.nodes() if node["Alive"]]


def _address(node: str) -> str:
    return next((known["NodeManagerAddress"] for known in _nodes() if known["NodeID"] == node), node)


def _by_node() -> str:
    """What each node has in all."""
    parts = [
        f"{node['NodeManagerAddress']} {node['Resources'].get('CPU', 0):g} CPUs, "
        f"{node['Resources'].get('GPU', 0):g} GPUs"
        for node in _nodes()
    ]
    return f" (nodes: {'; '.join(parts)})"
