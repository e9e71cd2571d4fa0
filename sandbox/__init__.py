"""Runs programs nobody trusts, and says what became of them.

A fork server in namespaces of its own forks a child for each program: no interpreter starts, and nothing of the caller
is in reach. Answers are compared in the caller's process; only `accepted` has passed every test.

>>> from rlvr.sandbox import FunctionTests, SandboxPool
>>> with SandboxPool(1) as pool:
...     pool.judge("def add(a, b): return a - b", FunctionTests("add", [([2, 3], 5)])).explanation
"test 1 of 1: it returned '-1'"

What it defends against, and what not, stands in `docs/sandbox.md`. `rlvr doctor sandbox` says which layers there are.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlvr.sandbox.checks import AssertTests, FunctionTests, PytestTests, StdinTests, Tests, read_tests
    from rlvr.sandbox.confine.limits import Limits
    from rlvr.sandbox.errors import (
        BadTestsError,
        HostFaultError,
        LaneLostError,
        SandboxUnavailableError,
        ToolchainError,
        UnknownLanguageError,
    )
    from rlvr.sandbox.interface import Job, Sandbox
    from rlvr.sandbox.judges.compare import Comparison
    from rlvr.sandbox.lane import Lane
    from rlvr.sandbox.levels import Level
    from rlvr.sandbox.outcome import CaseResult, Judgement, Outcome, Run
    from rlvr.sandbox.pool import SandboxPool, shared_pool
    from rlvr.sandbox.remote.client import RemoteSandbox
    from rlvr.sandbox.remote.cluster import ClusterSandbox, SandboxWorker

__all__ = [
    "AssertTests",
    "BadTestsError",
    "CaseResult",
    "ClusterSandbox",
    "Comparison",
    "FunctionTests",
    "HostFaultError",
    "Job",
    "Judgement",
    "Lane",
    "LaneLostError",
    "Level",
    "Limits",
    "Outcome",
    "PytestTests",
    "RemoteSandbox",
    "Run",
    "Sandbox",
    "SandboxPool",
    "SandboxUnavailableError",
    "SandboxWorker",
    "StdinTests",
    "Tests",
    "ToolchainError",
    "UnknownLanguageError",
    "read_tests",
    "shared_pool",
]

_HOMES = {
    "checks": "AssertTests FunctionTests PytestTests StdinTests Tests read_tests",
    "confine.limits": "Limits",
    "errors": "HostFaultError LaneLostError SandboxUnavailableError BadTestsError ToolchainError UnknownLanguageError",
    "interface": "Job Sandbox",
    "judges.compare": "Comparison",
    "lane": "Lane",
    "levels": "Level",
    "outcome": "Judgement Outcome Run CaseResult",
    "pool": "SandboxPool shared_pool",
    "remote.client": "RemoteSandbox",
    "remote.cluster": "ClusterSandbox SandboxWorker",
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(f"rlvr.sandbox.{module}"), name)
    raise AttributeError(f"module `rlvr.sandbox` has no attribute `{name}`")


def __dir__() -> list[str]:
    return __all__
