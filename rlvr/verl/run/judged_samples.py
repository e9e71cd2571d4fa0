"""The samples of a run as its reward actors wrote them down, each with its task and its place in the step."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from rlvr.observe.files import replacing
from rlvr.sample import Message, Task
from rlvr.verdict import Verdict
from rlvr.verl.data.rows import task_in
from rlvr.verl.judging import JUDGED
from rlvr.verl.run.tail import Tail

_PATIENCE: Final = 10.0
_BETWEEN_LOOKS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A row of the data file.

    Attributes:
        task: With its reward.
        source: Name of the source it was drawn from; empty where there is one only.
    """

    task: Task
    source: str = ""


@dataclass(frozen=True, slots=True)
class JudgedSample:
    """One sample of a step.

    Attributes:
        asked: What was asked.
        group: Number of its group within the step: the place of its task among the step's.
        sample: Number within the group.
        verdict: What the reward said.
        line: All that was written down.
    """

    asked: Asked
    group: int
    sample: int
    verdict: Verdict
    line: dict[str, Any]

    @property
    def trained_on(self) -> float | None:
        """What verl was told; None for a sample that does not count."""
        return self.line.get("trained_on")

    @property
    def turns(self) -> list[Message]:
        """What was said between the prompt and the completion."""
        return [Message(**turn) for turn in self.line.get("turns") or ()]


class JudgedLines:
    """The lines of all reward actors of a run, as they come.

    Args:
        folder: Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / JUDGED
        self._tails: dict[Path, Tail] = {}
        self._waiting: dict[tuple[str, int], list[dict[str, Any]]] = {}

    def take(self, split: str, step: int, expected: int = 0) -> list[dict[str, Any]]:
        """The lines of a step, which are then forgotten here.

        Args:
            split: `train` or `eval`.
            step: Its number.
            expected: How many there should be. Where there are some, but fewer, those of other nodes are waited for:
                a network file system may show them seconds later.
        """
        deadline = time.monotonic() + _PATIENCE
        self._read()
        while 0 < len(self._waiting.get((split, step), ())) < expected and time.monotonic() < deadline:
            time.sleep(_BETWEEN_LOOKS)
            self._read()
        return self._waiting.pop((split, step), [])

    def steps(self, split: str) -> list[int]:
        """The steps of which there are lines that nobody took."""
        self._read()
        return sorted(step for kind, step in self._waiting if kind == split)

    def _read(self) -> None:
        for path in sorted(self._folder.glob("*.jsonl")):
            for line in self._tails.setdefault(path, Tail(path)).new():
                key = str(line.get("split") or "train"), int(line.get("step") or 0)
                self._waiting.setdefault(key, []).append(line)


def place(lines: Iterable[dict[str, Any]], asked: Sequence[Asked]) -> list[JudgedSample]:
    """The samples of a step, sorted by group and number.

    verl names groups by words of its own and judges them in any order. A line says the id of its task, which may come
    twice in a step.

    Args:
        lines: Of `JudgedLines`.
        asked: The step's rows, in order.
    """
    free: dict[str, list[int]] = {}
    for number, row in enumerate(asked):
        free.setdefault(row.task.id, []).append(number)
    groups: dict[str, int] = {}
    samples: dict[tuple[int, int], JudgedSample] = {}
    unknown = len(asked)
    for line in sorted(lines, key=lambda line: line.get("time", 0)):
        name, _, session = str(line.get("id", "")).rpartition("#")
        uid = str(line.get("group", ""))
        if uid not in groups:
            if free.get(name):
                groups[uid] = free[name].pop(0)
            else:  # a row that could not be read
                groups[uid], unknown = unknown, unknown + 1
        group = groups[uid]
        number = int(session) if session.isdigit() else sum(taken == group for taken, _ in samples)
        row = asked[group] if group < len(asked) else Asked(Task("", id=name))
        verdict = Verdict.from_dict(line["verdict"])
        samples[group, number] = JudgedSample(row, group, number, verdict, line)
    return [samples[key] for key in sorted(samples)]


def read_asked(path: Path) -> list[Asked]:
    """The rows of a data file."""
    parquet = import_module("pyarrow.parquet")  # not annotated
    infos = parquet.read_table(path, columns=["extra_info"]).column("extra_info").to_pylist()
    return [Asked(task_in(info), info.get("source") or "") for info in infos]


def forget_judged_after(folder: Path, step: int) -> None:
    """Forgets what was judged in later steps; a run that resumes from `step` draws other samples in them."""
    for path in (folder / JUDGED).glob("*.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if line.endswith(b"\n") and (json.loads(line).get("step") or 0) <= step]
        if kept != lines:
            with replacing(path) as unfinished:
                unfinished.write_bytes(b"".join(kept))
