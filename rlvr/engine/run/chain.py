"""The stages of a recipe one after the other, each from what the one before it leaves: `stage=all`.

In the chain's folder lie for each stage the folder of its run, in it the exported model, and beside it two files:
`STAGE.yaml`, the configuration, and `STAGE.json`, what it started from and what it left. A stage whose record says that
it is done is skipped where settings, model, data and result are what they were then.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from rlvr.config import from_yaml, load, resolved_yaml, stages_of
from rlvr.config.paths import pin
from rlvr.config.schema import TrainConfig
from rlvr.engine.policy import checkpoint
from rlvr.engine.run import loop
from rlvr.engine.run.fingerprint import differences, fingerprint, hash_of, settings
from rlvr.engine.run.loop import Outcome
from rlvr.errors import CheckpointError, ConfigError
from rlvr.observe.files import json_text, write_text

MARK: Final = "chain.json"
"""The file that makes a folder a chain's."""

_MODEL: Final = "model"


@dataclass(frozen=True, slots=True)
class ChainOutcome:
    """How a chain ended.

    Attributes:
        folder: Of the chain.
        runs: The stages that were trained now; the others had been done before.
        model: What the last stage left; None when it was interrupted.
    """

    folder: Path
    runs: tuple[Outcome, ...]
    model: Path | None


def train_chain(recipe: str, overrides: Sequence[str], *, console: Console | None = None) -> ChainOutcome:
    """Runs all stages that a recipe has settings for, or goes on with a chain of the same name.

    Args:
        recipe: As for `rlvr.config.load`.
        overrides: They hold in every stage; `stages.sft.KEY=VALUE` in one.
        console: Where progress goes; standard error by default.

    Raises:
        ConfigError: Something is wrong with a stage, all of which are checked before the first begins; or a stage that
            is done or begun was so with other settings, data or model.
        RlvrError: Whatever else a user can do something about.
    """
    configs = chain_configs(recipe, overrides)
    first = configs[0].run
    folder = (Path(first.dir) / (first.name or _named_after(recipe))).absolute()
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise ConfigError([f"run.name: `{folder}` holds something else than a chain of stages; choose another."])
    for config in configs:
        config.run.dir, config.run.name = str(folder), config.stage
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / MARK, json_text({"recipe": recipe, "stages": [config.stage for config in configs]}))
    return _go(folder, configs, console or Console(stderr=True))


def resume_chain(folder: Path, *, console: Console | None = None, accept_changed_rewards: bool = False) -> ChainOutcome:
    """Goes on with a chain.

    Args:
        folder: Of the chain.
        console: Where progress goes.
        accept_changed_rewards: Go on although a reward's source has changed since.

    Raises:
        ConfigError: Data or model of a stage that is done or begun are others now.
        RlvrError: Whatever else a user can do something about.
    """
    folder = folder.absolute()
    stages: list[str] = json.loads((folder / MARK).read_text(encoding="utf-8"))["stages"]
    configs = [from_yaml(folder / f"{stage}.yaml") for stage in stages]
    for config in configs:
        config.run.dir = str(folder)
    return _go(folder, configs, console or Console(stderr=True), accept_changed_rewards=accept_changed_rewards)


def chain_configs(recipe: str, overrides: Sequence[str]) -> list[TrainConfig]:
    """The configurations of all stages, checked with the model that the first one starts from; paths are absolute.

    Raises:
        ConfigError: With the problems of all stages.
    """
    words = [word for word in overrides if not word.startswith("stage=")]
    found: list[TrainConfig] = []
    problems: dict[str, list[str]] = {}
    for stage in stages_of(recipe, overrides):
        try:
            found.append(load(recipe, [*words, f"stage={stage}"], check=True))
        except ConfigError as error:
            for problem in error.problems:
                problems.setdefault(problem, []).append(stage)
    if found and found[0].engine.kind != "embedded":
        problems[f"engine.kind: `{found[0].engine.kind}` trains single stages; stage=all needs `embedded`."] = []
    if problems:
        raise ConfigError(
            [f"{text} (stage {', '.join(stages)})" if stages else text for text, stages in problems.items()]
        )
    for config in found:
        pin(config)
    return found


def _go(
    folder: Path, configs: Sequence[TrainConfig], console: Console, *, accept_changed_rewards: bool = False
) -> ChainOutcome:
    for config in configs:
        _Stage(folder, config, None, console).refuse_other_settings()
    for config in configs:  # `rlvr resume` needs those of later stages too
        write_text(folder / f"{config.stage}.yaml", resolved_yaml(config))
    runs: list[Outcome] = []
    model: Path | None = None
    for config in configs:
        stage = _Stage(folder, config, model, console)
        outcome = stage.go(accept_changed_rewards=accept_changed_rewards)
        if outcome is not None:
            runs.append(outcome)
            if outcome.interrupted:
                return ChainOutcome(folder, tuple(runs), None)
        model = stage.model
    return ChainOutcome(folder, tuple(runs), model)


class _Stage:
    """One stage of a chain.

    Args:
        folder: Of the chain.
        config: Of the stage.
        model: What the stage before it left.
        console: Where progress goes.
    """

    def __init__(self, folder: Path, config: TrainConfig, model: Path | None, console: Console) -> None:
        self.config, self.console = deepcopy(config), console
        if model is not None:
            self.config.model.path, self.config.model.init = str(model), None
        self.run = folder / config.stage
        self.model = self.run / _MODEL
        self.record = folder / f"{config.stage}.json"

    def go(self, *, accept_changed_rewards: bool) -> Outcome | None:
        """Trains and exports, or does what is left of it; None where nothing was left to train."""
        now = fingerprint(self.config)
        before, newest = self._before(), checkpoint.newest(self.run / "checkpoints")
        if before:
            self._refuse(differences(before["start"], now))
        if before.get("result") and self._is_whole(before["result"]):
            self._say("was done before, and its model is as it left it.")
            return None
        if newest is None:
            # What ended before its first checkpoint has left nothing to go on from.
            shutil.rmtree(self.run, ignore_errors=True)
            write_text(self.record, json_text({"start": now}))
            self._say(f"starts from {self.config.model.path or self.config.model.init}.")
            outcome = loop.train(deepcopy(self.config), console=self.console)
        else:
            # Ranks, devices and batches may be others now.
            write_text(self.run / "config.yaml", resolved_yaml(self.config))
            outcome = loop.resume(self.run, console=self.console, accept_changed_rewards=accept_changed_rewards)
        if outcome.finished:
            shutil.rmtree(self.model, ignore_errors=True)
            loop.export(self.run, self.model)
            write_text(self.record, json_text({"start": now, "result": hash_of(self.model)}))
        return outcome

    def refuse_other_settings(self) -> None:
        """Raises where the stage is done or begun with others than it has now."""
        if before := self._before():
            self._refuse(differences(before["start"], {**before["start"], "settings": settings(self.config)}))

    def _before(self) -> dict[str, Any]:
        """The record of a stage that is done, or begun and able to go on; without its folder it is neither."""
        if not self.record.is_file() or not self.run.is_dir():
            return {}
        found: dict[str, Any] = json.loads(self.record.read_text(encoding="utf-8"))
        return found if found.get("result") or checkpoint.newest(self.run / "checkpoints") else {}

    def _refuse(self, changed: list[str]) -> None:
        if changed:
            raise ConfigError(
                [f"stage {self.config.stage}: {text}." for text in changed],
                hint=f"{self.run} was trained so. Choose another run.name, or delete that folder and those of the "
                "stages after it to train them again.",
            )

    def _is_whole(self, result: str) -> bool:
        if self.model.is_dir() and hash_of(self.model) == result:
            return True
        if checkpoint.newest(self.run / "checkpoints") is None:
            raise CheckpointError(
                f"{self.model} is not what the stage left, and there is no checkpoint to export it from again.",
                hint=f"Delete {self.run} and the folders of the stages after it to train them again.",
            )
        self._say("was done before; its model is not as it left it and is exported again.")
        return False

    def _say(self, text: str) -> None:
        self.console.print(f"{self.config.stage}: {text}", markup=False, highlight=False, soft_wrap=True)


def _named_after(recipe: str) -> str:
    """A name that the same command finds again."""
    words = re.sub(r"[^\w.-]+", "-", recipe.removesuffix(".yaml").removesuffix(".yml")).strip("-.")
    return f"{words or 'chain'}-all"
