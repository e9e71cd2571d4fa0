"""The names of what is packaged: recipes, groups of settings, stages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

CONF = "rlvr.recipes.conf"
"""Where the packaged recipes lie; a name and no import, since the library imports none of its recipes."""


@cache
def choices(group: str) -> tuple[str, ...]:
    """The names in a packaged group; those in a folder of it with the folder before them, `tower_plus/2b`.

    >>> "grpo" in choices("recipe")
    True
    """
    return tuple(sorted(_names(resources.files(CONF) / group)))


def _names(folder: Traversable, before: str = "") -> Iterator[str]:
    for item in folder.iterdir():
        if item.name.endswith(".yaml"):
            yield f"{before}{Path(item.name).stem}"
        elif item.is_dir() and not item.name.startswith("_"):
            yield from _names(item, f"{before}{item.name}/")


@cache
def groups() -> tuple[str, ...]:
    """The names of the groups beside `recipe`: sections of which one of several packaged versions is chosen.

    >>> groups()
    ('engine', 'rollout')
    """
    folders = (item.name for item in resources.files(CONF).iterdir() if item.is_dir())
    return tuple(sorted(name for name in folders if name != "recipe" and not name.startswith("_")))


def recipe_names() -> tuple[str, ...]:
    """The packaged recipes.

    >>> "quickstart" in recipe_names()
    True
    """
    return choices("recipe")


def stage_names() -> tuple[str, ...]:
    """The stages of all packages that are installed.

    >>> {"grpo", "sft"} <= set(stage_names())
    True
    """
    from importlib.metadata import entry_points

    return tuple(sorted(entry_points(group="rlvr.stages").names))
