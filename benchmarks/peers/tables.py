"""The figures, to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, pstdev

from rich.table import Table

from peers.figures import Speed, Spread
from peers.setting import NEW_TOKENS, PROMPTS, SAMPLES
from peers.stages import GENERATION, STAGES, UPDATE


def speed_table(speeds: Mapping[str, Speed], peer: str, *, flops: float, peak: float) -> Table:
    """A line for each system.

    Args:
        speeds: By name.
        peer: Whose seconds the ratios refer to.
        flops: Of a step.
        peak: What the core can do in a second.
    """
    table = Table(
        title=f"A step of {PROMPTS} prompts x {SAMPLES} samples x {NEW_TOKENS} tokens, one thread",
        caption="in brackets the middle half of the steps, or of the ratios to the peer's step of the same round;\n"
        "of peak: the task's operations by formula, over what the core does in matrix products",
    )
    table.add_column("")
    for heading in ("seconds", "CPU s", "of " + peer, "by round", "MiB", "of peak"):
        table.add_column(heading, justify="right")
    for name, found in speeds.items():
        seconds = found.seconds.median
        table.add_row(
            name,
            f"{seconds:.3f} {_quarters(found.seconds, 2)}",
            "" if found.cpu_seconds is None else f"{found.cpu_seconds:.3f}",
            f"{found.ratio:.2f}",
            f"{found.pairs.median:.2f} {_quarters(found.pairs, 2)}",
            "" if found.peak_memory is None else f"{found.peak_memory / 2**20:.0f}",
            f"{flops / seconds / peak:.0%}",
        )
    return table


def stage_table(stages: Mapping[str, float], *, forward: float, peak: float) -> Table:
    """Where the seconds of `rlvr`'s step go.

    Args:
        stages: Seconds by stage.
        forward: Operations of one pass over all tokens.
        peak: What the core can do in a second.
    """
    table = Table(title="Where the time of rlvr's step goes", caption="clocks around its functions, a pass of its own")
    table.add_column("")
    for heading in ("ms", "share", "of peak"):
        table.add_column(heading, justify="right")
    total = sum(stages.values())
    for name in STAGES:
        seconds = stages.get(name, 0.0)
        table.add_row(name, f"{1000 * seconds:.1f}", f"{seconds / total:.1%}", "")
    table.add_section()
    for title, names, flops in (
        ("generation in all", GENERATION, forward),
        ("model's part of the update in all", UPDATE, 3 * forward),
        ("everything", tuple(stages), 4 * forward),
    ):
        seconds = sum(stages.get(name, 0.0) for name in names)
        table.add_row(title, f"{1000 * seconds:.1f}", f"{seconds / total:.1%}", f"{flops / seconds / peak:.0%}")
    return table


def reward_table(curves: Mapping[str, Sequence[Sequence[float]]]) -> Table:
    """Mean reward over the seeds, with its standard deviation, on the way and over all steps.

    Args:
        curves: By system, a curve for each seed.
    """
    steps = len(next(iter(curves.values()))[0])
    shown = sorted({1, *range(5, steps + 1, 5), steps})
    table = Table(title=f"Reward, mean and standard deviation over {len(next(iter(curves.values())))} seeds")
    table.add_column("step")
    for heading in (*map(str, shown), "all"):
        table.add_column(heading, justify="right")
    for name, runs in curves.items():
        columns = [*([run[step - 1] for run in runs] for step in shown), [fmean(run) for run in runs]]
        table.add_row(name, *(f"{fmean(column):.3f} ±{pstdev(column):.3f}" for column in columns))
    return table


def _quarters(values: Spread, digits: int) -> str:
    return f"[{values.low:.{digits}f} {values.high:.{digits}f}]"
