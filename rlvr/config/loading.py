"""From a recipe's name and the command line to a typed configuration, and to a file and back."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rlvr.config.packaged import CONF, choices, groups, recipe_names
from rlvr.config.problem import Problem
from rlvr.config.ranges import allowed_names
from rlvr.config.recipes import Recipe, read_recipe, read_yaml
from rlvr.config.schema import TrainConfig
from rlvr.config.settings import Setting, apply, flatten, split_override
from rlvr.config.validation import find_problems
from rlvr.errors import ConfigError, did_you_mean

_STAGES = "stages"
_ALL = "all"

ORDER = ("cpt", "sft", "wpo", "grpo")
"""Stages, each of which starts from what the one before it leaves."""


def parse_command(words: Sequence[str]) -> tuple[str, list[str]]:
    """Splits the words of `rlvr train` into the recipe and the other overrides.

    Raises:
        ConfigError: No recipe, or two.

    >>> parse_command(["recipe=grpo", "run.steps=10"])
    ('grpo', ['run.steps=10'])
    """
    recipes = [word.partition("=")[2] for word in words if word.startswith("recipe=")]
    if len(recipes) != 1 or not recipes[0]:
        problem = f"`{recipes[0]}` and `{recipes[1]}`: name one." if len(recipes) > 1 else "name one."
        raise ConfigError(
            [f"recipe: {problem}"],
            hint=f"Write `recipe=NAME`, one of {', '.join(recipe_names())}, or `recipe=my.yaml` for your own.",
        )
    return recipes[0], [word for word in words if not word.startswith("recipe=")]


def load(recipe: str, overrides: Sequence[str] = (), *, check: bool = False) -> TrainConfig:
    """Composes a configuration: the defaults, the recipe over them, the overrides over both.

    Args:
        recipe: The name of a packaged recipe, or the path of a YAML file, which may begin with `extends: NAME`.
        overrides: `key=value`. Texts need no quoting: `data.tasks=/tmp/a b/x=1.jsonl` is what it looks like.
        check: Also do what `validate` does, and list what both find together.

    Raises:
        ConfigError: With all problems at once: unknown keys with the nearest one, values of the wrong type, an unknown
            recipe; with `check` also everything that could not run.

    >>> load("grpo", ["algorithm.group_size=16"]).algorithm.group_size
    16
    """
    found = read_recipe(recipe)
    problems = list(found.problems)
    settings = list(found.settings)
    for word in overrides:
        read = split_override(word)
        if isinstance(read, Problem):
            problems.append(read)
        elif read.key == "recipe":
            problems.append(Problem("recipe", f"already chosen: `{recipe}`; `{read.value}` is one too many."))
        else:
            settings.append(read)
    chosen, wrong = _choose_groups(settings)
    problems += wrong
    config = deepcopy(_composed(found.base, tuple(chosen.items())))
    values = [setting for setting in settings if setting.key not in groups()]
    values, wrong = _of_stage(config, f"the packaged recipe {found.base}", values)
    problems += wrong
    problems += apply(config, [*values, Setting("recipe", recipe, origin="recipe")], groups())
    return _finish(config, problems, check=check)


def stages_of(recipe: str, overrides: Sequence[str] = ()) -> list[str]:
    """The stages to go through: the one that is chosen, or with `stage=all` each that the recipe has settings for.

    In the order in which they build on each other.

    Raises:
        ConfigError: There is no such recipe, or it has no settings for single stages.

    >>> stages_of("grpo")
    ['grpo']
    """
    found = read_recipe(recipe)
    if found.problems:
        raise ConfigError([str(problem) for problem in found.problems])
    stage = _chosen_stage(found, overrides)
    if stage != _ALL:
        return [stage]
    packaged = _composed(found.base, ())
    named = set(cast("dict[str, object]", OmegaConf.to_container(packaged.stages)))
    for one in found.settings:
        if one.key == _STAGES and isinstance(one.value, dict):
            named.update(cast("dict[str, object]", one.value))
    if not named:
        raise ConfigError([f"stage: `all` needs a recipe with settings under `{_STAGES}`; {recipe} has none."])
    return [name for name in ORDER if name in named]


def is_chain(recipe: str, overrides: Sequence[str]) -> bool:
    """Whether all stages are asked for, by `stage=all`; a recipe that cannot be read asks for none.

    >>> is_chain("tower_plus/2b", ["stage=all"]), is_chain("tower_plus/2b", [])
    (True, False)
    """
    found = read_recipe(recipe)
    return not found.problems and _chosen_stage(found, overrides) == _ALL


def _chosen_stage(found: Recipe, overrides: Sequence[str]) -> str:
    chosen = [word.partition("=")[2] for word in overrides if word.startswith("stage=")]
    own = [str(one.value) for one in found.settings if one.key == "stage"]
    return (chosen or own or [str(_composed(found.base, ()).stage)])[-1]


def from_yaml(path: str | Path) -> TrainConfig:
    """Reads back what `resolved_yaml` wrote, as `rlvr resume` does with a run's `config.yaml`.

    Raises:
        ConfigError: The file is missing, is no YAML, or holds keys that this version does not know.
    """
    content = read_yaml(Path(path))
    if isinstance(content, Problem):
        raise ConfigError([str(content)])
    config = OmegaConf.structured(TrainConfig)
    OmegaConf.set_struct(config, True)
    return _finish(config, apply(config, list(flatten(content, str(path)))), check=False)


def resolved_yaml(config: TrainConfig) -> str:
    """The whole configuration as YAML, every key with its value.

    >>> resolved_yaml(load("grpo")).splitlines()[:3]
    ['recipe: grpo', 'stage: grpo', "reward: ''"]
    """
    return OmegaConf.to_yaml(OmegaConf.structured(config))


def _of_stage(config: DictConfig, where: str, settings: Sequence[Setting]) -> tuple[list[Setting], list[Problem]]:
    """What holds in the stage that is asked for; what stands under `stages` for others is left out.

    Args:
        config: As packaged; its `stages` come before all settings, and are emptied.
        where: It stands in.
        settings: Of the user, in order.
    """
    stage = next((str(one.value) for one in reversed(settings) if one.key == "stage"), str(config.stage))
    packaged = cast("dict[Any, Any]", OmegaConf.to_container(config.stages))
    config.stages = {}
    found, problems, known = list(flatten(packaged.get(stage) or {}, where)), list[Problem](), allowed_names()["stage"]
    for one in settings:
        parts = [one]
        if one.key == _STAGES and isinstance(one.value, dict):
            parts = list(flatten(cast("dict[Any, Any]", one.value), one.origin, f"{_STAGES}."))
        for part in parts:
            name, _, key = part.key.removeprefix(f"{_STAGES}.").partition(".")
            if not part.key.startswith(f"{_STAGES}."):
                found.append(part)
            elif name not in known:
                text = f"there is no stage `{name}`.{did_you_mean(name, known)} There is {', '.join(known)}."
                problems.append(Problem(part.key, text, part.origin))
            elif name == stage:
                found.append(replace(part, key=key))
    return found, problems


def _choose_groups(settings: Sequence[Setting]) -> tuple[dict[str, str], list[Problem]]:
    chosen: dict[str, str] = {}
    problems: list[Problem] = []
    for setting in settings:
        if setting.key not in groups():
            continue
        name, known = str(setting.value), choices(setting.key)
        if name in known:
            chosen[setting.key] = name
        else:
            text = f"there is no `{name}`.{did_you_mean(name, known)} There is {', '.join(known)}."
            problems.append(
                Problem(setting.key, text, setting.origin, concerns=(f"{setting.key}.backend", f"{setting.key}.kind"))
            )
    return chosen, problems


@cache
def _composed(base: str | None, chosen: tuple[tuple[str, str], ...]) -> DictConfig:
    """What Hydra makes of the packaged files, over the dataclasses; they stay the same as long as the process lives."""
    from hydra import compose, initialize_config_module
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from hydra.initialize import get_gh_backup, restore_gh_from_backup

    overrides = [f"{group}={name}" for group, name in (*chosen, *([("recipe", base)] if base else []))]
    backup = get_gh_backup()  # a notebook, or verl, may be in the middle of its own composition
    GlobalHydra.instance().clear()
    try:
        with initialize_config_module(CONF, version_base="1.3"):
            composed = compose("train", overrides=overrides)
        config = OmegaConf.merge(OmegaConf.structured(TrainConfig), composed)
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError([f"recipe: the packaged recipe `{base}` is broken: {error}"]) from None
    finally:
        restore_gh_from_backup(backup)
    OmegaConf.set_struct(config, True)
    return cast("DictConfig", config)


def _finish(config: DictConfig, problems: Sequence[Problem], *, check: bool) -> TrainConfig:
    problems = list(problems)
    try:
        made: Any = OmegaConf.to_object(config)
    except OmegaConfBaseException as error:  # an interpolation of nothing
        key = getattr(error, "full_key", None) or "interpolation"
        said = str(error).splitlines()[0].removeprefix("KeyError raised while resolving interpolation: ").strip("\"'")
        raise ConfigError([*map(str, problems), f"{key}: {said}."]) from None
    for optim in (made.optim, made.cpt.optim, made.sft.optim, made.wpo.optim):
        optim.betas = tuple(optim.betas)  # OmegaConf has lists only
    if check and not any(problem.key == "recipe" for problem in problems):  # without the recipe, much would be missing
        concerned = {key for problem in problems for key in problem.concerns}
        problems += [problem for problem in find_problems(made) if problem.key not in concerned]
    if problems:
        raise ConfigError([str(problem) for problem in problems])
    return made
