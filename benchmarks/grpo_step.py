"""The GRPO step beside TRL's `GRPOTrainer`, on one thread: seconds, where they go, memory, and what is learned.

    make bench                                   # or: OMP_NUM_THREADS=1 python benchmarks/grpo_step.py

Both get the same model, initial weights, prompts, number of tokens and optimiser settings (`peers/setting.py`). Each
system lives in a process of its own and they take turns, a step at a time, so that whatever else the machine does
meets all of them. `rlvr` runs as `rlvr train` runs it, its records included; TRL is relieved of all logging.

The seconds are measured at a learning rate so small that nothing is learned, since `rlvr` saves the work on groups
whose samples all score the same, and at the learning rate of the curves all soon do.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Final

from peers.figures import agreement, speed, stage_seconds
from peers.flops import forward_flops, run_products
from peers.machine import machine
from peers.plain_run import run_plain
from peers.results import keep
from peers.rlvr_run import run_rlvr
from peers.setting import NEW_TOKENS, PROMPTS, SAMPLES, Setting, write_models, write_tasks
from peers.stages import run_with_clocks
from peers.tables import reward_table, speed_table, stage_table
from peers.trl_run import run_trl
from peers.turns import Block, System, SystemRun
from rich.console import Console

HERE: Final = Path(__file__).resolve().parent
BAR: Final = 0.75
WARM_UP: Final = 5
CURVE_STEPS: Final = 20
LEARNING: Final = 1e-3
STANDING: Final = 1e-9

OURS: Final = "rlvr"
PEER: Final = "TRL"
PRODUCTS: Final = "products"
BY_RAY: Final = "rlvr over Ray"
SYSTEMS: Final[dict[str, SystemRun]] = {
    OURS: run_rlvr,
    "rlvr, no rows": partial(run_rlvr, overrides=("run.save_rollouts=false",)),
    BY_RAY: partial(run_rlvr, overrides=("engine.actors=ray",)),
    PEER: run_trl,
    "plain transformers": run_plain,
    PRODUCTS: run_products,
}


def main() -> None:
    """Measures, prints the tables, writes `benchmarks/out/grpo_step.json`."""
    options = _options()
    if find_spec("trl") is None:
        sys.exit(
            "trl is not installed here. This installs it beside the project and runs the benchmark:\n\n  make bench"
        )
    _environment()
    console = Console()
    with TemporaryDirectory(prefix="rlvr-bench-") as temporary:
        work = Path(temporary)
        _prepare(work, options.steps, options.seeds)
        console.print(f"{options.steps} steps of each system, in turns ...")
        blocks = measure_steps(work, options.steps)
        console.print("Stages ...")
        stages = measure_stages(work, max(10, options.steps // 2))
        console.print(f"Rewards over {options.seeds} seeds ...")
        curves = measure_rewards(work, options.seeds)
        forward = forward_flops(_model(work, 0))
    # The fastest of many: what the core can do when nobody disturbs it.
    peak = max(step.reward / step.seconds for block in blocks.pop(PRODUCTS) for step in block.steps)
    speeds = {name: speed(blocks[name], blocks[PEER], alone=name != BY_RAY) for name in blocks}
    agreements = {
        f"after {CURVE_STEPS} steps": agreement(*([run[-1] for run in runs] for runs in curves.values())),
        "over all of them": agreement(*([fmean(run) for run in runs] for runs in curves.values())),
    }
    console.print(speed_table(speeds, PEER, flops=4 * forward, peak=peak))
    console.print(stage_table(stages, forward=forward, peak=peak))
    console.print(reward_table(curves))
    for when, found in agreements.items():
        console.print(
            f"Rewards {when} differ by {found.difference:+.3f}, with a standard error of {found.error:.3f}: "
            f"{'within' if found.within_noise else 'beyond'} the noise of seeds."
        )
    ours = speeds[OURS]
    console.print(f"One core: {peak / 1e9:.0f} GFLOP/s in matrix products. One pass: {forward / 1e9:.2f} GFLOP.")
    verdict = "met" if ours.ratio <= BAR else "missed"
    console.print(f"{OURS} takes {ours.ratio:.2f} of {PEER}'s time. The bar is {BAR}: {verdict}.")
    result = {
        "machine": machine(),
        "setting": {"prompts": PROMPTS, "samples": SAMPLES, "new_tokens": NEW_TOKENS, "steps": options.steps},
        "speed": {name: asdict(value) for name, value in speeds.items()},
        "step_seconds": {name: _seconds(value) for name, value in blocks.items()},
        "stage_seconds": stages,
        "peak_flops_per_second": peak,
        "forward_flops": forward,
        "rewards": {name: list(runs) for name, runs in curves.items()},
        "agreement": {when: asdict(found) | {"within_noise": found.within_noise} for when, found in agreements.items()},
    }
    console.print(f"Written to {keep('grpo_step', result)}.")


def measure_steps(work: Path, steps: int) -> dict[str, list[Block]]:
    """So many steps of each system, one a round, after a warm-up; in each round another system begins."""
    setting = {name: _setting(work, f"speed/{name}", 0, WARM_UP + steps, STANDING) for name in SYSTEMS}
    systems = {name: System(name, run, setting[name]) for name, run in SYSTEMS.items()}
    blocks: dict[str, list[Block]] = {name: [] for name in systems}
    order = list(systems)
    try:
        for system in systems.values():
            system.steps(WARM_UP)
        for number in range(steps):
            first = number % len(order)
            for name in order[first:] + order[:first]:
                blocks[name].append(systems[name].steps(1))
    finally:
        for system in systems.values():
            system.close()
    return blocks


def measure_stages(work: Path, steps: int) -> dict[str, float]:
    """Seconds of a step by stage."""
    setting = _setting(work, "stages", 0, WARM_UP + steps, STANDING)
    system = System("rlvr with clocks", run_with_clocks, setting)
    try:
        return stage_seconds([system.steps(WARM_UP), *(system.steps(1) for _ in range(steps))])
    finally:
        system.close()


def measure_rewards(work: Path, seeds: int) -> dict[str, list[list[float]]]:
    """The rewards of each system's first steps, for each seed from the same initial weights."""
    curves: dict[str, list[list[float]]] = {OURS: [], PEER: []}
    for seed in range(seeds):
        setting = {name: _setting(work, f"rewards/{name}-{seed}", seed, CURVE_STEPS, LEARNING) for name in curves}
        systems = {name: System(name, SYSTEMS[name], setting[name]) for name in curves}
        try:
            for system in systems.values():
                system.ask(CURVE_STEPS)
            for name, system in systems.items():
                curves[name].append([step.reward for step in system.answer().steps])
        finally:
            for system in systems.values():
                system.close()
    return curves


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60, help="timed steps of each system (60)")
    parser.add_argument("--seeds", type=int, default=5, help="seeds of the reward curves (5)")
    parser.add_argument("--quick", action="store_true", help="10 steps and 2 seeds: whether it runs, not how fast")
    options = parser.parse_args()
    if options.quick:
        options.steps, options.seeds = 10, 2
    return options


def _environment() -> None:
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
    # Ray's workers must find the modules beside this file.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])


def _prepare(work: Path, steps: int, seeds: int) -> None:
    write_tasks(work / "tasks.jsonl", WARM_UP + max(steps, CURVE_STEPS))
    folders = [(_model(work, seed), seed) for seed in range(max(1, seeds))]
    # In another process, so that this one stays without torch and its threads.
    process = get_context("spawn").Process(target=write_models, args=(folders,))
    process.start()
    process.join()


def _model(work: Path, seed: int) -> Path:
    return work / f"model-{seed}"


def _setting(work: Path, name: str, seed: int, steps: int, learning_rate: float) -> Setting:
    folder = work / "".join(character if character.isalnum() or character in "/-" else "-" for character in name)
    return Setting(_model(work, seed), work / "tasks.jsonl", folder, seed, steps, learning_rate)


def _seconds(blocks: Sequence[Block]) -> list[float]:
    return [step.seconds for block in blocks for step in block.steps]


if __name__ == "__main__":
    main()
