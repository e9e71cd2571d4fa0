"""The numbers of a run: a JSON line each step in `metrics.jsonl`, and the same as TensorBoard scalars."""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, Protocol

from rlvr.errors import DataError
from rlvr.observe.files import json_text, replacing
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import is_object

_RESERVED: Final = frozenset({"step", "time", "stage"})


class MetricsLog:
    """Appends a line each step; a killed run loses nothing it has written.

    Steps are counted within a stage. The main stage has no name; supervised warm-up steps are written with
    `stage="sft"` and lie in a TensorBoard run of their own, since a resumed main stage purges events by step.

    Args:
        folder: The run's folder.
        tensorboard: Write TensorBoard events as well.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as runs:
    ...     folder = RunFolder.create(runs, "first", "")
    ...     log = MetricsLog(folder, tensorboard=False)
    ...     log.write(1, {"reward/mean": 0.25, "loss": float("nan")})
    ...     log.close()
    ...     [(line["step"], line["reward/mean"], line["loss"]) for line in read_metrics(folder)]
    [(1, 0.25, None)]
    """

    def __init__(self, folder: RunFolder, tensorboard: bool) -> None:
        self._folder = folder
        self._tensorboard = tensorboard
        self._writers: dict[str, _Writer] = {}
        self._purge_steps: dict[str, int] = {}
        folder.path.mkdir(parents=True, exist_ok=True)
        _keep(folder, len(_lines(folder)))
        self._file = folder.metrics_path.open("a", encoding="utf-8")

    def write(self, step: int, values: Mapping[str, float], *, stage: str = "") -> None:
        """Record the values of a step; what is not finite becomes null in the line and stays as it is in TensorBoard.

        Raises:
            ValueError: A key is `step`, `time` or `stage`.
        """
        if taken := _RESERVED & values.keys():
            raise ValueError(f"Metrics cannot be called {', '.join(sorted(taken))}: every line has these already.")
        numbers = {key: value if isinstance(value, int) else float(value) for key, value in values.items()}
        head: dict[str, float | str] = {"step": step, "time": round(time.time(), 3)}
        line = {**head, **({"stage": stage, f"{stage}/step": step} if stage else {}), **numbers}
        self._file.write(json_text(line) + "\n")
        self._file.flush()
        if self._tensorboard:
            writer = self._writer(stage)
            # One event for all numbers of the step; `add_scalar` makes one for each, at ten times the cost.
            writer.file_writer.add_summary(_summary(numbers), step)
            writer.flush()

    def truncate_after(self, step: int, *, stage: str = "") -> None:
        """Forget what came after `step` of `stage`, from which the run resumes; call it before the first `write`."""
        self._file.close()
        _keep(self._folder, _kept(_lines(self._folder), step, stage))
        self._file = self._folder.metrics_path.open("a", encoding="utf-8")
        # A supervised stage comes first: resuming within it forgets all of the main stage.
        self._purge_steps = {stage: step + 1} if not stage else {stage: step + 1, "": 0}

    def close(self) -> None:
        """Close the files; no `write` may follow."""
        self._file.close()
        for writer in self._writers.values():
            writer.close()

    def _writer(self, stage: str) -> _Writer:
        if stage not in self._writers:
            folder = self._folder.tensorboard_dir / stage
            # Nothing to purge in a new folder, where a purge would only add an event.
            purge_step = self._purge_steps.get(stage) if folder.is_dir() else None
            self._writers[stage] = _summary_writer(str(folder), purge_step)
        return self._writers[stage]


def read_metrics(folder: RunFolder) -> list[dict[str, Any]]:
    """The lines of a run, oldest first; each has `step`, `time`, its values and perhaps `stage`.

    A last line that a killed run did not finish is left out.

    Raises:
        DataError: Another line is no JSON object; the message names it.
    """
    return _lines(folder)


class _Writer(Protocol):
    """What we use of `torch.utils.tensorboard.SummaryWriter`, which has no annotations."""

    file_writer: Any

    def flush(self) -> None: ...
    def close(self) -> None: ...


def _summary(numbers: Mapping[str, float]) -> object:
    summary: Any = import_module("tensorboard.compat.proto.summary_pb2").Summary
    return summary(value=[summary.Value(tag=key, simple_value=value) for key, value in numbers.items()])


def _summary_writer(folder: str, purge_step: int | None) -> _Writer:
    quiet = os.environ.get("TF_CPP_MIN_LOG_LEVEL")
    # Where TensorFlow is installed, TensorBoard imports it, and it talks at length.
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from torch.utils.tensorboard import SummaryWriter

            return SummaryWriter(folder, purge_step=purge_step)
    finally:
        if quiet is None:
            del os.environ["TF_CPP_MIN_LOG_LEVEL"]
        else:
            os.environ["TF_CPP_MIN_LOG_LEVEL"] = quiet


def _lines(folder: RunFolder) -> list[dict[str, Any]]:
    if not folder.metrics_path.is_file():
        return []
    *whole, _torn = folder.metrics_path.read_bytes().split(b"\n")
    return [_line(folder, number, text) for number, text in enumerate(whole, start=1)]


def _line(folder: RunFolder, number: int, text: bytes) -> dict[str, Any]:
    try:
        line: object = json.loads(text)
    except ValueError as error:
        raise DataError(f"{folder.metrics_path}, line {number}, is no JSON: {error}.") from error
    if not is_object(line) or "step" not in line:
        raise DataError(f"{folder.metrics_path}, line {number}, is no object with a `step`.")
    return line


def _kept(lines: list[dict[str, Any]], step: int, stage: str) -> int:
    """How many lines from the start remain: all before the first one of the stage that comes after `step`."""
    places = [place for place, line in enumerate(lines) if line.get("stage", "") == stage]
    later = [place for place in places if lines[place]["step"] > step]
    if later:
        return later[0]
    # The main stage comes last; what lies behind the last line of another stage belongs to a later one.
    return places[-1] + 1 if stage and places else len(lines)


def _keep(folder: RunFolder, count: int) -> None:
    """Cut the file after `count` lines; a torn last line goes too."""
    if not folder.metrics_path.is_file():
        return
    content = folder.metrics_path.read_bytes()
    kept = b"".join(line + b"\n" for line in content.split(b"\n")[:-1][:count])
    if kept != content:
        with replacing(folder.metrics_path) as unfinished:
            unfinished.write_bytes(kept)
