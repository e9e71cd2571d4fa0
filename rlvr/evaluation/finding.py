"""Finding suites by name, through the entry point group `rlvr.suites`."""

from __future__ import annotations

from typing import Final

from rlvr.errors import DataError, MissingDependencyError, did_you_mean
from rlvr.suite import Suite

ENTRY_POINTS: Final = "rlvr.suites"


def suite_names() -> list[str]:
    """The suites of all installed packages.

    >>> {"gsm8k", "ifeval", "wmt"} <= set(suite_names())
    True
    """
    from importlib.metadata import entry_points

    return sorted(entry_points(group=ENTRY_POINTS).names)


def find_suite(name: str) -> Suite:
    """The suite of that name.

    Raises:
        DataError: There is none.
        MissingDependencyError: Its package lacks another.

    >>> find_suite("gsm8k").rewards
    {'accuracy': 'math.final_number'}
    """
    from importlib.metadata import entry_points

    points = entry_points(group=ENTRY_POINTS, name=name)
    if not points:
        known = suite_names()
        raise DataError(
            f"There is no suite `{name}`.{did_you_mean(name, known)}",
            hint=f"There are {', '.join(known)}. Tasks of your own are scored with --tasks FILE --reward NAME.",
        )
    point = next(iter(points))
    try:
        return point.load()
    except ImportError as error:
        raise MissingDependencyError(
            f"The suite `{name}` is declared by {point.value}, which cannot be imported: {error}.",
            hint="Install what it needs, or uninstall the package that declares it.",
        ) from error
