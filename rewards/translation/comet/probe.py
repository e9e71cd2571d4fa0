"""Whether the metrics' environment is there, for `rlvr doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rlvr.rewards.translation.comet.place import Condition, find, home

_STATES: Final = {
    Condition.READY: "ok",
    Condition.OUTDATED: "note",
    Condition.HALF_MADE: "missing",
    Condition.MISSING: "missing",
}


def probe() -> Iterator[dict[str, str]]:
    """One finding: where the environment is, and how to make it.

    >>> [row["name"] for row in probe()]
    ['comet']
    """
    place = find()
    whose = "" if place.own else ", brought along"
    fix = "" if place.condition is Condition.READY else "rlvr setup comet"
    yield {
        "name": "comet",
        "state": _STATES[place.condition],
        "detail": f"the environment of mt.comet and its kin is {place.condition}: {place.python}{whose}"
        if place.condition is not Condition.MISSING or not place.own
        else f"no environment for mt.comet and its kin in {home()}",
        "fix": fix,
    }
