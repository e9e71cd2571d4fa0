"""Tests for rewards: golden cases, the contract, metamorphic relations and probes.

Beside a reward stands `cases.jsonl`, and pytest collects it by itself (the plugin comes with rlvr): the cases, and what
follows without a line of yours. A test of your own has the assertions, and the checks one by one:

>>> from rlvr.testing import assert_accepts, assert_rejects, contract
>>> verdict = assert_accepts("math.final_number", "#### 72", reference=72)
>>> verdict = assert_rejects("math.final_number", "#### 71 or 72", reference=72)
>>> for check in contract("text.exact"):
...     check()
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlvr.testing.assertions import assert_accepts, assert_rejects, assert_same
    from rlvr.testing.cases import Case, Declaration, read_cases
    from rlvr.testing.check import Check, Result, run_check, run_checks
    from rlvr.testing.clauses import contract
    from rlvr.testing.finding import find_subjects, subject_of
    from rlvr.testing.golden_cases import golden
    from rlvr.testing.metamorphic import RELATIONS, relations
    from rlvr.testing.probing.probing import Finding, fooled, probe, probes
    from rlvr.testing.subject import Subject

__all__ = [
    "RELATIONS",
    "Case",
    "Check",
    "Declaration",
    "Finding",
    "Result",
    "Subject",
    "assert_accepts",
    "assert_rejects",
    "assert_same",
    "contract",
    "find_subjects",
    "fooled",
    "golden",
    "probe",
    "probes",
    "read_cases",
    "relations",
    "run_check",
    "run_checks",
    "subject_of",
]

# pytest loads the plugin in every project of an environment that has rlvr, and with it this module: nothing else then.
_HOMES = {
    "assertions": "assert_accepts assert_rejects assert_same",
    "cases": "Case Declaration read_cases",
    "check": "Check Result run_check run_checks",
    "clauses": "contract",
    "finding": "find_subjects subject_of",
    "golden_cases": "golden",
    "metamorphic": "RELATIONS relations",
    "probing.probing": "Finding fooled probe probes",
    "subject": "Subject",
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(f"rlvr.testing.{module}"), name)
    raise AttributeError(f"module `rlvr.testing` has no attribute `{name}`")


def __dir__() -> list[str]:
    return __all__
