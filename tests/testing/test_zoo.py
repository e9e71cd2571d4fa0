"""The rewards that come with rlvr: each has golden cases, and what is said of each is true.

That they pass their cases, the contract, the relations and the probes is tested where the cases stand: `rlvr/rewards`.
"""

import pytest

from rlvr import registry
from rlvr.testing import fooled, probe, read_cases, subject_of

OURS = [name for name in registry.names() if name.partition(".")[0] in ("math", "text")]


@pytest.mark.parametrize("name", OURS)
def test_each_has_a_dozen_cases_of_both_kinds(name):
    subject = subject_of(name)
    assert len(subject.cases) >= 12
    assert {"accept", "reject"} <= {case.kind for case in subject.cases}
    assert read_cases(subject.path).declaration.reward == name


@pytest.mark.parametrize("name", OURS)
def test_form_is_had_for_nothing_and_answers_are_not(name):
    subject = subject_of(name)
    found = fooled(probe(subject))
    assert bool(found) == (subject.declaration.judges == "form")
