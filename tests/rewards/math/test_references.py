# ruff: noqa: E501 - tables
"""References of fifty forms: each answers itself however it is styled, and no small change of it does."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rlvr.rewards.math import answer
from rlvr.rewards.math.comparing.comparison import compare
from rlvr.rewards.math.parsing.grammar import read
from rlvr.rewards.math.parsing.latex import tidy

BENCHMARKS = str(Path(__file__).parents[3] / "benchmarks")
MUTANTS = 2000
LEAST_FORMS, LEAST_REFERENCES = 30, 3000


@pytest.fixture(scope="module")
def properties():
    sys.path.insert(0, BENCHMARKS)
    try:
        from verdicts import properties
    finally:
        sys.path.remove(BENCHMARKS)
    return properties


def test_a_reference_answers_itself_however_it_is_styled(properties):
    rows = properties.own_references(60)
    found = properties.reflexive(rows)
    assert len(rows) >= LEAST_REFERENCES
    assert found.forms >= LEAST_FORMS
    assert not found.refused, found.shown


def test_no_small_change_of_a_reference_is_accepted(properties):
    found = properties.mutated(MUTANTS)
    assert found.changes.total() == MUTANTS
    assert not found.accepted


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("x^2-1", "(x-1)(x+1)"), ("(1,2)", "(2,1)"), (r"\{1,2\}", r"\{2,1\}"), ("1,1,2", "1,2"), ("2:3", "4:6"),
        ("A^{-1}B", "BA^{-1}"), (r"\lfloor x\rfloor", r"\lceil x\rceil - 1"), (r"x \equiv 1 \pmod 3", r"x \equiv 4 \pmod 3"),
        (r"\vec{a}", "a"), (r"\frac{\pi}{6}+k\pi", r"\frac{\pi}{6}+n\pi"), ("f(x)=2x", "f(t)=2t"), ("f(2)=3", "f(3)=3"),
        (r"60^\circ, 30^\circ", "60, 30"), ("x=1,y=2", "y=2,x=1"), ("a=b=3", "b=a=3"),
    ],
)  # fmt: skip
def test_equality_is_symmetric(left, right):
    trees = [read(tidy(text)) for text in (left, right)]
    assert compare(*trees).equal == compare(*trees[::-1]).equal


def test_verdicts_are_the_same_in_eight_threads(properties):
    rows = properties.own_references(3)[:150]

    def verdicts(_):
        return [answer.check(rf"\boxed{{{text}}}", reference=text).score for _, text in rows]

    barrier = threading.Barrier(8)

    def at_once(number):
        barrier.wait()
        return verdicts(number)

    first = verdicts(0)
    with ThreadPoolExecutor(8) as threads:
        assert all(found == first for found in threads.map(at_once, range(8)))
