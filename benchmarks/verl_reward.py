"""Throughput of verl's own RewardLoopWorker: our reward manager beside verl's naive one, with the same function.

    make bench-verl

Samples of a quick function, of one that verifies for 20 ms, and of the same where one in a hundred hangs for good. The
naive manager has no deadline, so each runs in a process of its own, in which the samples have a limit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from peers.machine import machine
from peers.results import keep
from rich.console import Console
from rich.table import Table

SAMPLES: Final = 2_000
LIMIT: Final = 60.0
"""Seconds for the samples of a case; imports and the worker's start come before."""
_SPARE: Final = 300.0
CASES: Final = ("quick", "20 ms", "1 % hang")
MANAGERS: Final = ("rlvr", "naive")

FUNCTIONS: Final = """
import time

from rlvr import reward


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **_):
    if data_source.endswith("quick"):
        return float(len(solution_str) % 2)
    if ground_truth == '"hang"':
        while True:
            time.sleep(60)
    time.sleep(0.02)
    return float(len(solution_str) % 2)


@reward("bench.quick", cache=False)
def quick(sample):
    return compute_score("quick", sample.completion, "")


@reward("bench.slow", isolate="process", timeout=1.0, cache=False)
def slow(sample):
    return compute_score("slow", sample.completion, '"hang"' if sample.reference == "hang" else "")
"""
"""The same function for both; what waits for something else than a processor is isolated, as it would be in a run."""


def main() -> None:
    """Measures, prints the table, writes `benchmarks/out/verl_reward.json`."""
    options = _options()
    if options.only:
        manager, case, count = options.only
        sys.stdout.write(json.dumps(measure(manager, case, int(count), options.workers)) + "\n")
        sys.stdout.flush()
        os._exit(0)  # threads that hang for good would be waited for
    count = SAMPLES // 10 if options.quick else SAMPLES
    found = {(manager, case): _apart(manager, case, count, options.workers) for case in CASES for manager in MANAGERS}
    table = Table(title=f"{count:,} samples through one RewardLoopWorker")
    for name in ("samples", "rlvr", "naive", "ratio"):
        table.add_column(name, justify="left" if name == "samples" else "right")
    for case in CASES:
        ours, theirs = (found[manager, case] for manager in MANAGERS)
        ratio = f"{theirs / ours:.2f}" if ours and theirs else "-"
        table.add_row(case, _seconds(ours), _seconds(theirs), ratio)
    Console().print(table)
    rows = [{"manager": manager, "case": case, "seconds": seconds} for (manager, case), seconds in found.items()]
    keep("verl_reward", {"machine": machine(), "samples": count, "limit": LIMIT, "rows": rows})


def measure(manager: str, case: str, count: int, workers: int) -> float | None:
    """Seconds for all samples, None past the limit; the worker, its tokenizer and its processes are there before."""
    with tempfile.TemporaryDirectory() as folder:
        worker = _worker(manager, Path(folder), workers)
        samples = [_sample(worker, Path(folder), case, i) for i in range(count)]
        _score(worker, [_sample(worker, Path(folder), "20 ms" if case != "quick" else case, 1)])
        start = time.perf_counter()
        try:
            _score(worker, samples)
        except TimeoutError:
            return None
        return time.perf_counter() - start


def _score(worker: Any, samples: Sequence[Any]) -> None:
    async def together() -> None:
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*(worker.compute_score(sample) for sample in samples))

    worker.loop.run_until_complete(together())


def _worker(manager: str, folder: Path, workers: int) -> Any:
    from verl.experimental.reward_loop.reward_loop import RewardLoopWorker

    from rlvr.config import load, resolve_folder, resolved_yaml
    from rlvr.verl.settings.composed import compose
    from rlvr.verl.settings.mapping import overrides

    (folder / "functions.py").write_text(FUNCTIONS)
    config = load("quickstart", ["engine=verl", f"scoring.workers={workers}", "scoring.max_error_rate=1"])
    (folder / "config.yaml").write_text(resolved_yaml(config))
    config.model.path, config.model.init = str(resolve_folder(config.model.init or "")), None
    told = overrides(config, folder)
    if manager == "naive":
        told += ["reward.reward_manager.source=register", "reward.reward_manager.name=naive"]
        told += [f"reward.custom_reward_function.path={folder}/functions.py"]
    worker: Any = RewardLoopWorker
    return worker(compose(told))


def _sample(worker: Any, folder: Path, case: str, index: int) -> Any:
    import numpy as np
    import torch
    from tensordict import TensorDict
    from verl import DataProto

    from rlvr.sample import Task
    from rlvr.verl.data.rows import row_of

    name = "quick" if case == "quick" else "slow"
    reference = "hang" if case == "1 % hang" and index % 100 == 0 else ""
    task = Task("1+1=", reference=reference, reward=f"{folder}/functions.py:{name}", id=str(index))
    ids = worker.input_tokenizer(str(index), add_special_tokens=False)["input_ids"]
    prompt, response = torch.tensor([[5, 6]]), torch.tensor([[*ids, worker.input_tokenizer.eos_token_id]])
    mask = torch.ones(1, prompt.shape[1] + response.shape[1], dtype=torch.int64)
    made: Any = DataProto
    return made(
        batch=TensorDict({"prompts": prompt, "responses": response, "attention_mask": mask}, batch_size=1),
        non_tensor_batch={
            key: np.array([value]) for key, value in {**row_of(task, index, ""), "uid": str(index)}.items()
        },
    )


def _apart(manager: str, case: str, count: int, workers: int) -> float | None:
    """In a process of its own."""
    command = [sys.executable, __file__, "--workers", str(workers), "--only", manager, case, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT + _SPARE, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def _seconds(value: float | None) -> str:
    return f"over {LIMIT:.0f} s" if value is None else f"{value:.2f} s"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the samples")
    parser.add_argument("--workers", type=int, default=8, help="processes of ours")
    parser.add_argument("--only", nargs=3, metavar=("MANAGER", "CASE", "COUNT"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
