"""Suites in the style of small published exercises: each right solution is accepted, each wrong one is not.

A suite in `suites/*.txt` is a name, what its task allows (`operators`, `own_equality`), a right solution, what makes it
wrong (a text in it, and another in its place), and the tests.
"""

import re
from pathlib import Path

import pytest

from rlvr.sandbox import Job, Limits, Outcome, PytestTests

FILES = sorted((Path(__file__).parent / "suites").glob("*.txt"))
LIMITS = Limits(cpu=10, wall=60)
FORM = re.compile(r"--- right\n(.*?)--- wrong\n(.*?)--- tests\n(.*)", re.DOTALL)


def suites_of(path):
    """The name of each suite, a right program, a wrong one, and the tests."""
    for block in re.split(r"^##### ", path.read_text(), flags=re.MULTILINE)[1:]:
        head, body = block.split("\n", 1)
        name, *allowed = head.split()
        right, change, code = FORM.fullmatch(body).groups()
        old, new = change.rstrip("\n").split("\n=>\n")
        assert old in right, name
        yield name, right, right.replace(old, new), PytestTests(code, **dict.fromkeys(allowed, True))


def test_there_are_suites_of_many_kinds():
    names = [name for path in FILES for name, *_ in suites_of(path)]
    assert len(names) == len(set(names)) >= 60


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_right_solutions_are_accepted_and_wrong_ones_are_not(pool, path):
    suites = list(suites_of(path))
    found = pool.judge_all(Job(right, tests, LIMITS) for _, right, _, tests in suites)
    refused = [(name, one.explanation) for (name, *_), one in zip(suites, found, strict=True) if not is_right(one)]
    assert refused == []
    found = pool.judge_all(Job(wrong, tests, LIMITS) for _, _, wrong, tests in suites)
    rewarded = [(name, str(one.outcome)) for (name, *_), one in zip(suites, found, strict=True) if not is_wrong(one)]
    assert rewarded == []


def is_right(judged):
    return judged.outcome is Outcome.ACCEPTED


def is_wrong(judged):
    return judged.outcome not in (Outcome.ACCEPTED, Outcome.SANDBOX_ERROR)
