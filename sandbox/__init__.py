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
    from rlvr.sandbox.cluster import ClusterSandbox, SandboxWorker
    from rlvr.sandbox.compare import Comparison
    from rlvr.sandbox.errors import (
        BadTestsError,
        LaneLostError,
        SandboxUnavailableError,
        ToolchainError,
        UnknownLanguageError,
    )
    from rlvr.sandbox.lane import Lane
    from rlvr.sandbox.levels import Level
    from rlvr.sandbox.limits import Limits
    from rlvr.sandbox.outcome import CaseResult, Judgement, Outcome, Run
    from rlvr.sandbox.pool import Job, SandboxPool, shared_pool
    from rlvr.sandbox.remote import RemoteSandbox

__all__ = [
    "AssertTests",
    "BadTestsError",
    "CaseResult",
    "ClusterSandbox",
    "Comparison",
    "FunctionTests",
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
    "cluster": "ClusterSandbox SandboxWorker",
    "checks": "AssertTests FunctionTests PytestTests StdinTests Tests read_tests",
    "compare": "Comparison",
    "errors": "LaneLostError SandboxUnavailableError BadTestsError ToolchainError UnknownLanguageError",
    "lane": "Lane",
    "levels": "Level",
    "limits": "Limits",
    "outcome": "Judgement Outcome Run CaseResult",
    "pool": "Job SandboxPool shared_pool",
    "remote": "RemoteSandbox",
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(f"rlvr.sandbox.{module}"), name)
    raise AttributeError(f"module `rlvr.sandbox` has no attribute `{name}`")


def __dir__() -> list[str]:
    return __all__
