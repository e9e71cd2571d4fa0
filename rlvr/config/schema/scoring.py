"""How rewards are run, and the programs that they judge."""

from __future__ import annotations

from dataclasses import dataclass, field

from rlvr.config.schema.allowed import COUNT, FINITE, Range, choice, number


@dataclass
class ScoringConfig:
    """How rewards are run.

    Attributes:
        workers: Worker processes for rewards marked `isolate="process"`.
        on_error: What a failed reward means: mask (the sample leaves baseline and loss), floor or raise.
        floor: The score that `floor` gives.
        max_error_rate: Share of failures in a window above which the run stops.
        cache: SQLite file that remembers verdicts from run to run; in memory only when empty.
        log: Write every verdict of every reward to `verdicts.jsonl` in the run's folder.
        probe: Before training, texts that ignore the question are tried on the reward (`rlvr probe`). `refuse` does not
            train when one of them scores, `warn` says so and goes on, `off` does not try.
        probe_margin: What such a text may score above the floor, as a share of the reward's range: 0.1 lets a tenth for
            form pass.
        canaries: At each step answers known to be right or wrong are scored beside the real ones, four of each source
            of tasks. When a wrong one is paid, or a right one is not, `warn` says so with the sample, `stop` also ends
            the run before it learns from that step, `off` scores none.
        canary_file: Further ones, as golden cases; see docs/define-a-reward.md.
    """

    workers: int = number(2, COUNT)
    on_error: str = choice("mask", ("mask", "floor", "raise"))
    floor: float = number(0.0, FINITE)
    max_error_rate: float = number(0.02, Range(0, 1))
    cache: str | None = None
    log: bool = False
    probe: str = choice("refuse", ("refuse", "warn", "off"))
    probe_margin: float = number(0.0, Range(0, 1))
    canaries: str = choice("warn", ("off", "warn", "stop"))
    canary_file: str | None = None


@dataclass
class SandboxConfig:
    """What the sandbox must be able to do before it runs a program that a model wrote.

    Attributes:
        require: The least level: strict (namespaces), standard (Landlock and the filter of system calls alone; what a
            container without namespaces can have) or none. Below it code rewards refuse to run.
        url: A service that speaks SandboxFusion's API (`rlvr sandbox serve` is one), instead of this machine; its token
            is in RLVR_SANDBOX_TOKEN. What protects that machine is not known here, so `require` says nothing of it.
        packages: Python packages that programs may import; `default` stands for those of numpy, scipy, sympy, pandas,
            sortedcontainers and networkx that are installed: `[default, numba]`. A service has its own.
        libraries: Libraries for programs in other languages, each with its language: `[cpp:crypto, rust:regex]`.
    """

    require: str = choice("strict", ("strict", "standard", "none"))
    url: str = ""
    packages: list[str] = field(default_factory=lambda: ["default"])
    libraries: list[str] = field(default_factory=list[str])
