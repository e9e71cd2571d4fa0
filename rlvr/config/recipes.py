"""Finding a recipe: a packaged one by its name, or a user's own YAML file, which may extend another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from rlvr.config.packaged import recipe_names
from rlvr.config.problem import Problem
from rlvr.config.settings import Setting, flatten
from rlvr.errors import did_you_mean

_EXTENDS = "extends"


@dataclass
class Recipe:
    """What a recipe amounts to.

    Args:
        base: The packaged recipe underneath; `None` for the defaults alone.
        settings: What the user's own files add, in order.
        problems: What is wrong with it.
    """

    base: str | None = None
    settings: list[Setting] = field(default_factory=list[Setting])
    problems: list[Problem] = field(default_factory=list[Problem])


def read_recipe(recipe: str, *, beside: Path | None = None, seen: tuple[Path, ...] = ()) -> Recipe:
    """The recipe of that name, or in that file.

    A file holds the same keys as the command line, and may start from another recipe: `extends: grpo` for a packaged
    one, `extends: other.yaml` for a file beside it.
    """
    if not recipe.endswith((".yaml", ".yml")):
        if recipe in recipe_names():
            return Recipe(recipe)
        suggestion = did_you_mean(recipe, recipe_names())
        known = ", ".join(recipe_names())
        text = (
            f"there is no recipe `{recipe}`.{suggestion} Recipes: {known}; one of your own is a path, `recipe=my.yaml`."
        )
        return Recipe(problems=[Problem("recipe", text, concerns=("recipe",))])
    path = (beside or Path()) / Path(recipe).expanduser()
    if path.resolve() in seen:
        return Recipe(problems=[Problem("recipe", f"{path} extends itself.")])
    content = read_yaml(path)
    if isinstance(content, Problem):
        return Recipe(problems=[replace(content, key="recipe", text=f"{content.key}: {content.text}")])
    parent = content.pop(_EXTENDS, None)
    found = read_recipe(str(parent), beside=path.parent, seen=(*seen, path.resolve())) if parent else Recipe()
    for setting in flatten(content, str(path)):
        if setting.key == "recipe" or setting.key.startswith("defaults"):
            problem = Problem(setting.key, "start from another recipe with `extends: NAME`.", str(path))
            found.problems.append(problem)
        else:
            found.settings.append(setting)
    return found


def read_yaml(path: Path) -> dict[Any, Any] | Problem:
    """The mapping in a YAML file, interpolations unresolved."""
    import yaml
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        content = OmegaConf.to_container(OmegaConf.load(path))
    except FileNotFoundError:
        return Problem(str(path), f"there is no such file (looked in {Path.cwd()}).")
    except (yaml.YAMLError, OmegaConfBaseException, OSError, UnicodeDecodeError) as error:
        return Problem(str(path), f"cannot be read as YAML: {' '.join(str(error).split())}")
    if not isinstance(content, Mapping):
        return Problem(str(path), "holds no keys; a recipe is a mapping, such as `extends: grpo`.")
    return dict(cast("Mapping[Any, Any]", content))
