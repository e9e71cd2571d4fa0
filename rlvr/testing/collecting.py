"""What pytest sees of a file of golden cases: an item for each check."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest

from rlvr.errors import MissingDependencyError, RlvrError, did_you_mean
from rlvr.testing.cases import Case, holds_cases, is_cases_file
from rlvr.testing.check import Check, Group
from rlvr.testing.clauses import contract
from rlvr.testing.finding import subjects_in
from rlvr.testing.golden_cases import golden, recorded, write_golden
from rlvr.testing.metamorphic import relations
from rlvr.testing.probing.probing import probes
from rlvr.testing.subject import Subject

MAKERS = {"cases": golden, "contract": contract, "relations": relations, "probes": probes}


def collected(path: Path, parent: pytest.Collector) -> CasesModule | None:
    """The collector of a cases file; `None` for another file, be it somebody else's `cases.jsonl`."""
    return CasesModule.from_parent(parent, path=path) if is_cases_file(path) and holds_cases(path) else None


def require_sense(config: pytest.Config, *, updates: bool) -> None:
    """Refuses to write golden cases where nobody would read them, and groups of checks that there are not.

    Raises:
        pytest.UsageError: One of the two.
    """
    for name in config.getini("rlvr_checks"):
        if name not in get_args(Group):
            known = ", ".join(get_args(Group))
            raise pytest.UsageError(f"rlvr_checks: there is no `{name}`.{did_you_mean(name, MAKERS)} Of: {known}.")
    if not updates:
        return
    if os.environ.get("CI"):
        raise pytest.UsageError(
            "--update-golden writes golden cases, and CI is set: record them at home and commit them."
        )
    if hasattr(config, "workerinput") or config.getoption("numprocesses", None):
        raise pytest.UsageError("--update-golden writes files; run it without -n.")


class CasesModule(pytest.File):
    """A file of golden cases."""

    def collect(self) -> Iterable[CheckItem | UpdateItem]:
        """The checks on each reward the file is about; with `--update-golden`, what writes into it instead."""
        try:
            subjects = subjects_in(self.path)
            if self.config.getoption("--update-golden"):
                for subject in subjects:
                    for case in subject.cases:
                        yield UpdateItem.from_parent(self, name=case.why, subject=subject, case=case)
                return
            wanted = self.config.getini("rlvr_checks")
            for subject in subjects:
                of = f"{subject.name}: " if len(subjects) > 1 else ""
                for group, make in MAKERS.items():
                    for check in make(subject) if group in wanted else ():
                        name = check.name if group == "cases" else f"{group}: {check.name}"
                        yield CheckItem.from_parent(self, name=f"{of}{name}", check=check)
        except RlvrError as error:
            raise self.CollectError(str(error)) from error


class CheckItem(pytest.Item):
    """One check."""

    def __init__(self, *, check: Check, **known: Any) -> None:
        super().__init__(**known)
        self.check = check

    def runtest(self) -> None:
        """Runs the check."""
        try:
            self.check()
        except MissingDependencyError as reason:
            pytest.skip(str(reason))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The sentence that says what is wrong; the way there, through rlvr's own code, is nobody's concern."""
        if isinstance(excinfo.value, AssertionError | RlvrError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the check stands."""
        return self.path, None, self.name


class UpdateItem(pytest.Item):
    """Writes what a reward says now into the row of a case."""

    def __init__(self, *, subject: Subject, case: Case, **known: Any) -> None:
        super().__init__(**known)
        self.subject, self.case = subject, case

    def runtest(self) -> None:
        """Judges the case and writes."""
        change = recorded(self.subject, self.case)
        if change is None:
            pytest.fail(
                f"{self.subject.name} no longer says `{self.case.kind}` of line {self.case.line}. That is for you to "
                "decide: change its `kind`, or the reward.",
                pytrace=False,
            )
        write_golden(self.path, {self.case.line: change})

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the case stands."""
        return self.path, self.case.line - 1, self.name
