"""Folders that a configuration names."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

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
