"""The folder of a run: where everything lies, and how it is made and found again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from rlvr.errors import CheckpointError, ConfigError, did_you_mean
from rlvr.observe.files import write_text

_CONFIG = "config.yaml"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder; made by `create` or `open`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as runs:
    ...     folder = RunFolder.create(runs, "first", "stage: grpo")
    ...     RunFolder.open(folder.path).config_path.name
    'config.yaml'
    """

    path: Path

    @classmethod
    def create(cls, dir: str | Path, name: str, config_yaml: str, *, recipe: str = "") -> RunFolder:
        """A new folder `dir/name` that holds the configuration.

        A folder of a run that ended before its first step is used again.

        Args:
            dir: Where runs lie; made when missing.
            name: The run's name; when empty, the recipe's name and the time of day.
            config_yaml: The configuration as composed.
            recipe: Gives an unnamed run its name.

        Raises:
            ConfigError: The name leads out of `dir`, or a run lies there that has got somewhere.
        """
        folder = cls(_named(Path(dir), name) if name else _unnamed(Path(dir), recipe))
        if folder.holds_results():
            problem = f"run.name: `{folder.path}` already holds a run."
            hint = f"Continue it with `rlvr resume {folder.path}`, or choose another `run.name`."
            raise ConfigError([problem], hint=hint)
        for part in (folder.rollouts_dir, folder.checkpoints_dir):
            part.mkdir(parents=True, exist_ok=True)
        write_text(folder.config_path, config_yaml)
        return folder

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """The folder of an earlier run.

        Raises:
            CheckpointError: There is no run at `path`; the message names those nearby.
        """
        folder = cls(Path(path))
        if folder.config_path.is_file():
            return folder
        what = f"has no {_CONFIG}, so it is no run folder" if folder.path.is_dir() else "does not exist"
        raise CheckpointError(f"`{folder.path}` {what}.{_runs_nearby(folder.path)}")

    @property
    def config_path(self) -> Path:
        """The configuration as composed."""
        return self.path / _CONFIG

    @property
    def provenance_path(self) -> Path:
        """Versions, machine, command, seed, reward identities."""
        return self.path / "provenance.json"

    @property
    def metrics_path(self) -> Path:
        """A JSON line each step."""
        return self.path / "metrics.jsonl"

    @property
    def rollouts_dir(self) -> Path:
        """A parquet file each step, a row each sample."""
        return self.path / "rollouts"

    @property
    def checkpoints_dir(self) -> Path:
        """The checkpoints."""
        return self.path / "checkpoints"

    @property
    def verdicts_path(self) -> Path:
        """Every verdict of every reward, where that was asked for."""
        return self.path / "verdicts.jsonl"

    @property
    def canaries_path(self) -> Path:
        """Answers known to be wrong that were paid, and right ones that were not."""
        return self.path / "canaries.jsonl"

    @property
    def selections_dir(self) -> Path:
        """What is kept of each source of the mixture that is filtered by a pass over it."""
        return self.path / "selections"

    def mixture_path(self, stage: str) -> Path:
        """What the mixture of a stage really contained."""
        return self.path / f"mixture-{stage}.json"

    @property
    def tensorboard_dir(self) -> Path:
        """TensorBoard's events."""
        return self.path / "tensorboard"

    @property
    def report_path(self) -> Path:
        """The run on one page."""
        return self.path / "report.html"

    def holds_results(self) -> bool:
        """Whether a run got as far as its first metrics, rollouts or checkpoint here."""
        measured = self.metrics_path.is_file() and self.metrics_path.stat().st_size > 0
        return measured or any(
            part.is_dir() and any(part.iterdir()) for part in (self.rollouts_dir, self.checkpoints_dir)
        )


def _named(dir: Path, name: str) -> Path:
    if Path(name).is_absolute() or {"", ".", ".."} & set(name.split("/")):
        raise ConfigError([f"run.name: `{name}` leads out of `{dir}`."], hint="Say where runs lie with `run.dir`.")
    return dir / name


def _unnamed(dir: Path, recipe: str) -> Path:
    """A folder nobody has, made at once, so that two runs started in the same second do not share it."""
    words = re.sub(r"[^\w.-]+", "-", recipe).strip("-.") or "run"
    stem = f"{words}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    for attempt in count(1):
        path = dir / (stem if attempt == 1 else f"{stem}-{attempt}")
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        return path
    raise AssertionError


def _runs_nearby(path: Path) -> str:
    inside = sorted(config.parent.name for config in path.glob(f"*/{_CONFIG}"))
    if inside:
        return f" Runs in it: {', '.join(inside[:8])}{', ...' if len(inside) > 8 else ''}."
    return did_you_mean(str(path), [str(config.parent) for config in path.parent.glob(f"*/{_CONFIG}")])
