"""A verdict has a score exactly when it is scored."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Status, Verdict


def test_a_scored_verdict_needs_a_score():
    with pytest.raises(ValueError, match="has no score"):
        Verdict(None)


@pytest.mark.parametrize("status", [Status.ABSTAINED, Status.ERROR, Status.TIMEOUT])
def test_other_statuses_carry_no_score(status):
    assert Verdict.unscored(status, "why").score is None
    with pytest.raises(ValueError, match="carries the score"):
        Verdict(0.0, status=status)


def test_a_verdict_is_no_truth_value():
    with pytest.raises(TypeError, match=r"verdict\.score"):
        bool(Verdict.right("72"))


def test_the_ends_of_a_range_survive_a_copy():
    """Copied by value, as on the way to another process: the score is equal then, and not the same object."""
    for verdict, end in ((Verdict.right("72"), 5.0), (Verdict.wrong("no"), -5.0)):
        copy = pickle.loads(pickle.dumps(verdict))
        assert copy.within((-5.0, 5.0)).score == verdict.within((-5.0, 5.0)).score == end
        assert copy.within((-5.0, 5.0)).within((-9.0, 9.0)).score == end


verdicts = st.recursive(
    st.builds(
        Verdict,
        score=st.floats(-10, 10),
        extracted=st.none() | st.text(min_size=1),
        explanation=st.text(),
        metrics=st.dictionaries(st.text(), st.floats(-1, 1), max_size=2),
        elapsed=st.floats(0, 1),
    )
    | st.builds(Verdict.unscored, st.sampled_from([Status.ERROR, Status.TIMEOUT, Status.ABSTAINED]), st.text()),
    lambda inner: st.builds(Verdict, score=st.just(0.5), components=st.dictionaries(st.text(), inner, max_size=2)),
    max_leaves=4,
)


@given(verdicts)
def test_verdicts_survive_json(verdict):
    assert Verdict.from_dict(json.loads(json.dumps(verdict.as_dict()))) == verdict


@pytest.mark.parametrize(
    "row", [{}, {"score": 1.0}, {"score": 1.0, "status": "great"}, {"score": None, "status": "scored"}]
)
def test_what_is_no_verdict_is_refused(row):
    with pytest.raises((KeyError, ValueError)):
        Verdict.from_dict(row)


def test_a_status_is_no_text():
    with pytest.raises(ValueError, match="status"):
        Verdict(1.0, status="scored")
