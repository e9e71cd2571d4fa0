"""Rows as data sets publish them, read as tasks: a reader for each form, found by entry point (`rlvr.formats`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any, Final

from rlvr.errors import ConfigError, DataError, did_you_mean
from rlvr.rows.files import open_rows
from rlvr.sample import Task
from rlvr.tasks.reading import read_tasks

ENTRY_POINTS: Final = "rlvr.formats"
_SHOWN = 5


def format_names() -> tuple[str, ...]:
    """The forms that all installed packages can read.

    >>> "gsm8k" in format_names()
    True
    """
    return tuple(sorted(entry_points(group=ENTRY_POINTS).names))


def reader_of(name: str) -> Callable[[Mapping[str, Any]], Task]:
    """The function that makes a task of a row.

    Raises:
        ConfigError: There is no such form.

    >>> reader_of("gsm8k")({"question": "6 * 12?", "answer": "#### 72"}).reference
    '72'
    """
    points = entry_points(group=ENTRY_POINTS, name=name)
    if not points:
        known = format_names()
        raise ConfigError(
            [f"format: there is no `{name}`.{did_you_mean(name, known)} It is one of {', '.join(known)}."]
        )
    return next(iter(points)).load()


def read_as(path: str, name: str) -> list[Task]:
    """The tasks of a file.

    Args:
        path: Of a tasks file, or of published rows.
        name: Of the form of its rows; empty for tasks.

    Raises:
        ConfigError: There is no such form.
        DataError: Rows that are not of that form; the message names them.
    """
    return read_published(path, name) if name else read_tasks(path)


def read_published(path: str, name: str) -> list[Task]:
    """The tasks of a file of published rows: JSONL, gzipped or not, parquet, or what else `rlvr.data` reads.

    Args:
        path: As `path` of a mixture's source.
        name: Of the form.

    Raises:
        ConfigError: There is no such form.
        DataError: Rows that are not of that form; the message names them.
    """
    read = reader_of(name)
    tasks: list[Task] = []
    broken: list[str] = []
    for row in open_rows(path).read(0):
        try:
            task = read(row.fields)
        except DataError as error:
            broken.append(f"  {row.place}: {error.message}")
            continue
        tasks.append(task if task.id else replace(task, id=row.place))
    if broken:
        more = [f"  and {len(broken) - _SHOWN} more."] if len(broken) > _SHOWN else []
        raise DataError("\n".join([f"{path} has rows that are not of the form `{name}`:", *broken[:_SHOWN], *more]))
    if not tasks:
        raise DataError(f"{path} holds no tasks.")
    return tasks
