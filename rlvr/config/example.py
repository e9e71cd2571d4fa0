"""Where a packaged recipe's data is not there yet: how to have an example of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rlvr.config.problem import Problem
from rlvr.config.schema import TrainConfig


def add_example(problem: Problem, config: TrainConfig, path: str) -> Problem:
    """The problem, and how the file would come to be there if it is one of Tower+'s recipes.

    Args:
        problem: With the file.
        config: Of the run.
        path: Of the file, as the configuration has it.

    >>> missing = Problem("data.mixture.web.path", "There is no file data/cpt/web.jsonl.")
    >>> add_example(missing, TrainConfig(recipe="tower_plus/2b"), "data/cpt/web.jsonl").text
    'There is no file data/cpt/web.jsonl. `rlvr data init data` writes an example.'
    """
    folder = Path(path).parts[:1]
    if not config.recipe.startswith("tower_plus/") or folder != ("data",) or Path("data").exists():
        return problem
    return replace(problem, text=f"{problem.text} `rlvr data init data` writes an example.")
