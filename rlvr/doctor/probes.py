"""Findings of others: the sandbox's layers, a metric's environment, whatever a package registers.

A probe is a callable without arguments in the entry point group `rlvr.doctor`. It gives mappings with `name`, `state`
(see `State`) and, as needed, `detail` and `fix`; its entry point's name is their heading. It need not import `rlvr`.

    [project.entry-points."rlvr.doctor"]
    sandbox = "rlvr.sandbox.layers:probe"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Final, TypeAlias

from rlvr.doctor.finding import Finding, State
from rlvr.errors import DataError, RlvrError, did_you_mean

ENTRY_POINTS: Final = "rlvr.doctor"

Probe: TypeAlias = Callable[[], Iterable[Mapping[str, str]]]


def check_probes() -> Iterator[Finding]:
    """The findings of every registered probe.

    >>> {finding.group for finding in check_probes()} >= {"sandbox", "comet"}
    True
    """
    for point in sorted(_entry_points(), key=lambda point: point.name):
        yield from _ask(point)


def check_one(name: str) -> list[Finding]:
    """The findings of one registered probe.

    Raises:
        DataError: There is no such probe.

    >>> {finding.group for finding in check_one("sandbox")}
    {'sandbox'}
    """
    points = {point.name: point for point in _entry_points()}
    if name not in points:
        raise DataError(
            f"There is no probe `{name}`.{did_you_mean(name, points)}", hint=f"Probes: {', '.join(points)}."
        )
    return list(_ask(points[name]))


def _ask(point: EntryPoint) -> Iterator[Finding]:
    try:
        probe: Probe = point.load()
        for row in probe():
            yield Finding(point.name, row["name"], State(row["state"]), row.get("detail", ""), row.get("fix", ""))
    except (RlvrError, ImportError, OSError, KeyError, ValueError) as error:
        detail = f"its probe {point.value} failed: {type(error).__name__}: {error}"
        yield Finding(point.name, point.name, State.WARNING, detail)


def _entry_points() -> EntryPoints:
    return entry_points(group=ENTRY_POINTS)
