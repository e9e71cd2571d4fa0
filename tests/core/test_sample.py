"""What of a completion is its answer."""

import pickle
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Sample
from rlvr.sample import Task, sample_of


@pytest.mark.parametrize(
    ("completion", "opened", "answer"),
    [
        ("42", False, "42"),
        ("", False, ""),
        ("<think>41?</think>42", False, "42"),
        ("<think>42", False, None),
        ("Say 42. <think>or", False, None),
        ("<think>a</think>41<think>b</think>42", False, "42"),
        ("<think>a</think>41<think>b", False, None),
        ("41?</think>42", True, "42"),
        ("41? 42", True, None),
        ("a</think>41<think>b", True, None),
        ("<think></think>", False, ""),
        ("</think></think>42", False, "42"),
    ],
)
def test_the_answer_is_what_follows_the_closed_reasoning(completion, opened, answer):
    assert Sample(completion, reasoning_open=opened).answer == answer


def test_reasoning_tags_are_the_tasks_own():
    assert Sample("[R]41[/R]42", reasoning_tags=("[R]", "[/R]")).answer == "42"
    assert Sample("<think>41", reasoning_tags=("[R]", "[/R]")).answer == "<think>41"


def test_empty_reasoning_tags_are_refused():
    with pytest.raises(ValueError, match="reasoning_tags"):
        Sample("42", reasoning_tags=("<think>", ""))


@given(st.text(), st.booleans())
def test_an_unclosed_block_at_the_end_hides_every_answer(text, opened):
    assert Sample(text + "<think>" + "42", reasoning_open=opened).answer is None


@given(st.text(alphabet="ab<>/think "))
def test_the_answer_is_the_end_of_the_completion(text):
    answer = Sample(text).answer
    assert answer is None or text.endswith(answer)


def test_samples_are_frozen_and_travel():
    sample = Sample("<think>x</think>42\ud800", reference={"a": [1]}, data={"k": 1}, n_tokens=3, id="row")
    assert pickle.loads(pickle.dumps(sample)) == sample
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        sample.answer = "72"


def test_sample_of_takes_over_the_task():
    sample = sample_of(Task("2+2=", reference="4", data={"x": 1}), "4", n_tokens=1, truncated=True)
    assert (sample.prompt, sample.reference, sample.data, sample.n_tokens, sample.truncated) == (
        "2+2=",
        "4",
        {"x": 1},
        1,
        True,
    )
