"""What an evaluation found, as JSON that `rlvr compare` reads: each item's statistics, and what they depend on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from rlvr.errors import DataError
from rlvr.evaluation.bootstrap import Estimate, FloatArray, estimate, width
from rlvr.suite import Kind

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Item:
    """A task of the suite and what its answers add to each metric: nothing but zeros where it could not be had."""

    id: str
    group: str
    values: Mapping[str, Sequence[float]]

    def has(self, metric: str) -> bool:
        """Whether the metric could be had."""
        return any(self.values.get(metric, ()))


@dataclass(frozen=True)
class Results:
    """An evaluation.

    Attributes:
        suite: Its name; that of the tasks file for tasks of one's own.
        model: What was evaluated.
        main: The metric that stands for the suite.
        axis: `translation` or `general`.
        macro: Whether metrics of the whole are means of the groups'.
        kinds: Of metrics that are no ratios.
        items: In the order of the files.
        failed: By metric, the share of answers that could not be scored.
        facts: What the numbers depend on: files and their hashes, rewards, generation or completions, judge,
            versions.
    """

    suite: str
    model: str
    main: str
    axis: str
    macro: bool
    kinds: Mapping[str, Kind]
    items: Sequence[Item]
    failed: Mapping[str, float] = field(default_factory=dict[str, float])
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def metrics(self) -> list[str]:
        """The metrics that any item has, the main one first."""
        names = dict.fromkeys(name for item in self.items for name in item.values)
        return sorted(names, key=lambda name: name != self.main)

    def groups(self) -> list[str]:
        """The groups in order of appearance; none where there is only one."""
        found = list(dict.fromkeys(item.group for item in self.items))
        return found if len(found) > 1 else []

    def kind(self, metric: str) -> Kind:
        """How that metric is made of sums."""
        return self.kinds.get(metric, "ratio")

    def estimate(self, metric: str, group: str | None = None) -> Estimate:
        """A metric with its interval, of the whole or of a group."""
        return estimate(strata_of(self, metric, self.items, group), self.kind(metric))

    def summary(self) -> dict[str, Any]:
        """The metrics, by group where there are several, and what they depend on: all but the items."""
        return {
            "format": FORMAT,
            "suite": self.suite,
            "model": self.model,
            "main": self.main,
            "axis": self.axis,
            "macro": self.macro,
            "kinds": dict(self.kinds),
            "metrics": self._estimates,
            "failed": dict(self.failed),
            **self.facts,
        }

    @cached_property
    def _estimates(self) -> dict[str, Any]:
        metrics: dict[str, Any] = {}
        for name in self.metrics():
            row: dict[str, Any] = asdict(self.estimate(name))
            row["items"] = sum(item.has(name) for item in self.items)
            if groups := self.groups():
                held = [group for group in groups if any(i.has(name) for i in self.items if i.group == group)]
                row["groups"] = {group: asdict(self.estimate(name, group)) for group in held}
            metrics[name] = row
        return metrics

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON data."""
        return {**self.summary(), "items": [asdict(item) for item in self.items]}


def strata_of(results: Results, metric: str, items: Sequence[Item], group: str | None = None) -> list[FloatArray]:
    """The statistics of items for a metric, (items, columns): one array, or one a group where the mean is of groups."""
    nothing = (0.0,) * width(results.kind(metric))
    chosen = [item for item in items if group is None or item.group == group]
    groups = dict.fromkeys(item.group for item in chosen) if results.macro else {"": None}
    return [
        np.array([item.values.get(metric, nothing) for item in chosen if not results.macro or item.group == name])
        for name in groups
        if not results.macro or any(item.has(metric) for item in chosen if item.group == name)
    ]


def read_results(path: str | Path) -> Results:
    """The results that `rlvr eval --results` wrote.

    Raises:
        DataError: The file is missing or holds none.
    """
    try:
        row: Any = json.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise DataError(f"{path} is no JSON: {error}.") from None
    try:
        if row["format"] != FORMAT:
            raise DataError(f"{path} is of format {row['format']!r}, not {FORMAT}.", hint="Evaluate anew.")
        items = [
            Item(str(one["id"]), str(one["group"]), {name: _numbers(given) for name, given in one["values"].items()})
            for one in row["items"]
        ]
        known = {"format", "suite", "model", "main", "axis", "macro", "kinds", "metrics", "failed", "items"}
        found = Results(
            suite=str(row["suite"]),
            model=str(row["model"]),
            main=str(row["main"]),
            axis=str(row["axis"]),
            macro=bool(row["macro"]),
            kinds=row["kinds"],
            items=items,
            failed=row["failed"],
            facts={key: value for key, value in row.items() if key not in known},
        )
        wrong = [name for item in items for name, given in item.values.items() if len(given) != width(found.kind(name))]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(
            f"{path} holds no results: {type(error).__name__}: {error}.",
            hint="`rlvr eval MODEL SUITE --results FILE` writes them.",
        ) from None
    if wrong or not items:
        raise DataError(f"{path} holds no results: {f'`{wrong[0]}` is malformed' if wrong else 'it has no items'}.")
    return found


def _numbers(given: Sequence[Any]) -> list[float]:
    return [float(value) for value in given]
