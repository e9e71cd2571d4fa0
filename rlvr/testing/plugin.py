"""The pytest plugin: files of golden cases are collected; nothing else of rlvr is loaded until there is one.

pytest finds it by its entry point (`pytest11`); `-p no:rlvr` leaves it out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from rlvr.testing.collecting import CasesModule

GROUPS = "cases contract relations probes"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--update-golden` and the ini key `rlvr_checks`."""
    parser.getgroup("rlvr").addoption(
        "--update-golden",
        action="store_true",
        help="Write what rewards say now, scores and explanations, into golden cases; not where CI is set.",
    )
    parser.addini(
        "rlvr_checks",
        "What is collected for the reward of a cases file, of: cases, contract, relations, probes.",
        type="args",
        default=GROUPS.split(),
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuses what cannot work before anything is collected."""
    updates = bool(config.getoption("--update-golden", default=False))
    if updates or config.getini("rlvr_checks") != GROUPS.split():
        from rlvr.testing.collecting import require_sense

        require_sense(config, updates=updates)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CasesModule | None:
    """Collects `cases.jsonl` and `NAME.cases.jsonl`."""
    if not file_path.name.endswith("cases.jsonl"):
        return None
    from rlvr.testing.collecting import collected

    return collected(file_path, parent)
