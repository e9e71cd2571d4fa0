"""Folders and files that a configuration names."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

from rlvr.config.problem import Problem
from rlvr.config.schema import TrainConfig
from rlvr.errors import ConfigError
from rlvr.registry import pinned
from rlvr.rows.files import HUB

PACKAGE = "pkg://"


def resolve_folder(text: str) -> Path:
    """The folder that `text` names, whether or not it exists.

    Args:
        text: A path (`~` is the home folder), or `pkg://package.module` for a folder inside an installed package, so
            that a recipe works from any working directory.

    Raises:
        ConfigError: The package cannot be imported or does not lie in a folder.

    >>> resolve_folder("pkg://rlvr.recipes.quickstart").name
    'quickstart'
    """
    if not text.startswith(PACKAGE):
        return Path(text).expanduser()
    package = text.removeprefix(PACKAGE)
    try:
        folder = resources.files(package)
    except (ModuleNotFoundError, ValueError, TypeError):
        raise ConfigError([f"{text}: there is no package `{package}`."]) from None
    if not isinstance(folder, Path):
        raise ConfigError([f"{text}: the package lies in an archive; unpack it and give its path."])
    return folder


def pin(config: TrainConfig) -> None:
    """Makes every path of a configuration absolute, so that a run can be resumed from any folder.

    >>> config = TrainConfig(reward="rewards.py:price")
    >>> pin(config)
    >>> config.reward == f"{Path.cwd()}/rewards.py:price"
    True
    """
    named = (
        (config.model, ("path", "init", "shape")),
        (config.data, ("tasks",)),
        (config.eval, ("tasks",)),
        (config.wpo, ("given_file", "reward_model")),
        (config.scoring, ("cache", "canary_file")),
    )
    for part, names in named:
        for name in names:
            if text := getattr(part, name):
                setattr(part, name, text if text.startswith(PACKAGE) else str(Path(text).expanduser().absolute()))
    for source in config.data.mixture.values():
        if not source["path"].startswith(HUB):
            source["path"] = str(Path(source["path"]).expanduser().absolute())
        if source.get("reward"):
            source["reward"] = pinned(source["reward"])
    for part, name in ((config, "reward"), (config.eval, "strict"), (config.eval, "lenient")):
        if text := getattr(part, name):
            setattr(part, name, pinned(text))


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
