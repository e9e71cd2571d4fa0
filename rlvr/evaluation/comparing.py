"""Models side by side: differences on the same items, and the Pareto plot of translation against general ability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rlvr.errors import DataError
from rlvr.evaluation.bootstrap import Difference, Estimate, difference, whole
from rlvr.evaluation.results import Item, Results, strata_of
from rlvr.sample import is_list


@dataclass(frozen=True, slots=True)
class Compared:
    """A metric of two models on the same items.

    Attributes:
        suite: Its name.
        metric: Its name.
        group: A group of the suite, or empty for the whole.
        first: Model that is compared with.
        second: Model that is compared.
        values: The metric of both, on the items they share.
        difference: The second minus the first.
        items: Shared items that both have the metric of.
        left_out: Items that only one of them has.
    """

    suite: str
    metric: str
    group: str
    first: str
    second: str
    values: tuple[float, float]
    difference: Difference
    items: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Point:
    """A model in the Pareto plot; `leads` where no other is as good on both axes and better on one."""

    model: str
    general: Estimate
    translation: Estimate
    leads: bool


def compare(all_results: Sequence[Results], *, seed: int = 0) -> list[Compared]:
    """Every model with the first of its suite, metric by metric and group by group, by the paired bootstrap.

    Args:
        all_results: Of one suite or several.
        seed: Of the draws.

    Raises:
        DataError: Two results of a suite share no item, or are of different files.
    """
    by_suite = dict[str, list[Results]]()
    for results in all_results:
        by_suite.setdefault(results.suite, []).append(results)
    return [row for first, *others in by_suite.values() for other in others for row in _pair(first, other, seed)]


def _pair(first: Results, second: Results, seed: int) -> list[Compared]:
    there, here = _hashes(first), _hashes(second)
    known = {item.id: item for item in second.items}
    both = [(item, known[item.id]) for item in first.items if item.id in known]
    if not both or (there and here and not there & here):
        what = "share no item" if not both else "are of different files"
        raise DataError(
            f"The results of {first.model} and {second.model} on {first.suite} {what}.",
            hint="Differences are taken on the same items: evaluate both on the same files.",
        )
    left_out = len(first.items) + len(second.items) - 2 * len(both)
    groups: list[str | None] = [None, *first.groups()]
    rows = list[Compared]()
    for metric in first.metrics():
        for group in groups:
            held = [pair for pair in both if all(one.has(metric) for one in pair)]
            held = [pair for pair in held if group is None or pair[0].group == group]
            if held:
                rows.append(_compared(first, second, metric, group, held, left_out, seed))
    return rows


def _compared(
    first: Results,
    second: Results,
    metric: str,
    group: str | None,
    held: Sequence[tuple[Item, Item]],
    left_out: int,
    seed: int,
) -> Compared:
    one = strata_of(first, metric, [pair[0] for pair in held])
    # Items of one id stand in the group that the first names.
    other = strata_of(first, metric, [Item(pair[0].id, pair[0].group, pair[1].values) for pair in held])
    found = difference(one, other, first.kind(metric), seed=seed)
    value = _whole(first, metric, [pair[0] for pair in held])
    values = (value, value + found.estimate.value)
    return Compared(first.suite, metric, group or "", first.model, second.model, values, found, len(held), left_out)


def _whole(results: Results, metric: str, items: Sequence[Item]) -> float:
    return whole(strata_of(results, metric, items), results.kind(metric))


def _hashes(results: Results) -> set[str]:
    files: Any = results.facts.get("data")
    if not is_list(files):
        return set()
    return {str(one["sha256"]) for one in files if "sha256" in one}


def pareto(all_results: Sequence[Results]) -> list[Point]:
    """Each model by the means of its suites' main metrics, translation against general ability.

    Raises:
        DataError: A model lacks a suite that another has, or an axis has no suite.
    """
    suites = {results.suite: results.axis for results in all_results}
    for axis in ("translation", "general"):
        if axis not in suites.values():
            raise DataError(
                f"The plot needs a suite of each axis, and none of these is of `{axis}`.",
                hint="wmt and if-mt are of `translation`; the others are of `general`.",
            )
    by_model = dict[str, dict[str, Results]]()
    for results in all_results:
        by_model.setdefault(results.model, {})[results.suite] = results
    for model, held in by_model.items():
        if missing := [suite for suite in suites if suite not in held]:
            raise DataError(f"{model} has no results of {', '.join(missing)}; its mean would be of other suites.")
    found = [
        (model, *(_mean([one for one in held.values() if one.axis == axis]) for axis in ("general", "translation")))
        for model, held in by_model.items()
    ]
    places = [(general.value, translation.value) for _, general, translation in found]
    return [
        Point(model, general, translation, leads=not any(_beats(other, mine) for other in places))
        for (model, general, translation), mine in zip(found, places, strict=True)
    ]


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] >= other[0] and one[1] >= other[1]


def _mean(held: Sequence[Results]) -> Estimate:
    """The mean over suites; its interval takes them for independent, which they are: no item is in two."""
    parts = [results.estimate(results.main) for results in held]
    value = sum(part.value for part in parts) / len(parts)
    low, high = (
        math.sqrt(sum((part.value - bound) ** 2 for part, bound in zip(parts, bounds, strict=True))) / len(parts)
        for bounds in ([part.low for part in parts], [part.high for part in parts])
    )
    return Estimate(value, value - low, value + high)
