"""Waits until all nodes of a job have joined its Ray cluster: `python -m rlvr.recipes.cluster.wait 2 600`."""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from typing import Any

_PAUSE = 1.0


def wait(address: str, nodes: int, seconds: float) -> str:
    """Why they have not; nothing once they have.

    Args:
        address: `host:port` of the cluster.
        nodes: How many there must be.
        seconds: How long that may take.
    """
    until = time.monotonic() + seconds
    host, _, port = address.rpartition(":")
    there: list[str] | None = None
    while True:
        # Ray ends a process that asks where no cluster is yet.
        if there is not None or _listens(host, int(port)):
            there = _nodes(address)
            if len(there) >= nodes:
                return ""
        if time.monotonic() > until:
            break
        time.sleep(_PAUSE)
    if there is None:
        return f"No Ray cluster listens at {address} after {seconds:g} s; see what `ray start` said above."
    return f"{len(there)} of {nodes} nodes joined Ray in {seconds:g} s: {', '.join(there) or 'none'}."


def _nodes(address: str) -> list[str]:
    import ray

    cluster: Any = ray
    if not cluster.is_initialized():
        try:
            cluster.init(address, logging_level=logging.ERROR, log_to_driver=False)
        except ConnectionError:  # it listens before its first node has joined
            return []
    return [str(node["NodeManagerAddress"]) for node in cluster.nodes() if node["Alive"]]


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_PAUSE).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(wait(os.environ["RAY_ADDRESS"], int(sys.argv[1]), float(sys.argv[2])) or None)
