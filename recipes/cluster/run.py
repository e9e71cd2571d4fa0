"""A run that may be started again: trained where there is no checkpoint yet, resumed where there is one.

python -m rlvr.recipes.cluster.run /shared/runs/first recipe=grpo engine=verl model.path=/shared/model ...
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rlvr.cli import main


def words(run: Path, settings: Sequence[str]) -> list[str]:
    """The words behind `rlvr`.

    Args:
        run: Folder of the run.
        settings: Of `rlvr train`.

    >>> words(Path("/shared/runs/first"), ["recipe=sft"])
    ['train', 'recipe=sft', 'run.dir=/shared/runs', 'run.name=first']
    """
    checkpoints = run / "checkpoints"
    if checkpoints.is_dir() and any(checkpoints.iterdir()):
        return ["resume", str(run)]
    return ["train", *settings, f"run.dir={run.parent}", f"run.name={run.name}"]


def put_aside(run: Path, restarts: int) -> None:
    """Makes room where a job that was started again had got to no checkpoint.

    Args:
        run: Folder of the run.
        restarts: How often this job was started again; the folder of another job is left alone.
    """
    if restarts and run.is_dir() and words(run, [])[0] == "train":
        run.rename(run.with_name(f"{run.name}.without-checkpoint-{restarts}"))


if __name__ == "__main__":
    folder = Path(sys.argv[1]).absolute()
    put_aside(folder, int(os.environ.get("SLURM_RESTART_COUNT", "0")))
    main(words(folder, sys.argv[2:]))
