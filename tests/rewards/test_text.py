"""The rewards on text, and that every wrong verdict explains itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Sample, Status, judge
from rlvr.rewards.text import exact, format, last_word, length, repetition


@pytest.mark.parametrize(
    ("completion", "reference", "score"),
    [
        ("Paris", "Paris", 1.0),
        (" Paris\n", "Paris", 1.0),
        ("caf\u00e9", "cafe\u0301", 1.0),
        ("<think>Rome?</think>Paris", "Paris", 1.0),
        ("paris", "Paris", 0.0),
        ("Paris.", "Paris", 0.0),
        ("\ufb01", "fi", 0.0),
        ("<think>Paris", "Paris", 0.0),
        ("", "", 1.0),
    ],
)
def test_exact(completion, reference, score):
    verdict = exact.check(completion, reference=reference)
    assert verdict.score == score
    assert verdict.explanation
    assert verdict.expected is not None


@pytest.mark.parametrize("reference", [None, 72, ["Paris"]])
def test_exact_needs_a_string(reference):
    assert exact.check("72", reference=reference).status is Status.ERROR


GOOD = "<think>6 * 7</think>\n<answer>42</answer>\n"


@pytest.mark.parametrize(
    ("completion", "why"),
    [
        ("", "<think> is there 0 times"),
        ("42", "<think> is there 0 times"),
        ("<think>6 * 7</think>42", "<answer> is there 0 times"),
        ("<think>6 * 7<answer>42</answer>", "</think> is there 0 times"),
        ("6 * 7</think><answer>42</answer>", "<think> is there 0 times"),
        (GOOD + "42", "text after </answer>"),
        ("Hm. " + GOOD, "text before <think>"),
        (GOOD.replace("\n", " so ", 1), "text between"),
        (GOOD + GOOD, "2 times"),
        ("<think></think></think><answer>42</answer>", "</think> is there 2 times"),
        ("<think><answer>42</answer></think>", "order"),
        ("</think><think><answer>42</answer>", "order"),
        ("<think>x</think></answer>42<answer>", "order"),
        ("<answer><think>x</think>42</answer>", "order"),
        ("<think>x</think><answer> \n</answer>", "empty"),
    ],
)
def test_format_wants_each_part_once_and_in_order(completion, why):
    verdict = format.check(completion)
    assert verdict.score == 0.0
    assert why in verdict.explanation


def test_format_right():
    assert format.check(GOOD).score == 1.0
    assert format.check(GOOD).extracted == "42"
    assert format.check("<think></think><answer>4 < 2</answer>").score == 1.0


def test_format_with_reasoning_opened_by_the_prompt():
    assert format.check("6 * 7</think><answer>42</answer>", reasoning_open=True).score == 1.0
    assert "opened" in format.check(GOOD, reasoning_open=True).explanation
    assert format.check("</think><answer>42</answer>", reasoning_open=True).score == 1.0
    assert format.check("<answer>42</answer></think>", reasoning_open=True).score == 0.0


def test_format_with_tags_of_ones_own():
    known = {"reasoning_tags": ("[R]", "[/R]"), "data": {"answer_tags": ["[A]", "[/A]"]}}
    assert format.check("[R]x[/R][A]42[/A]", **known).score == 1.0
    assert format.check(GOOD, **known).score == 0.0


@pytest.mark.parametrize("tags", ["<a>", ["<a>"], ["<a>", ""], ["<a>", "<a>"], [1, 2]])
def test_format_with_impossible_tags_is_an_error(tags):
    assert format.check(GOOD, data={"answer_tags": tags}).status is Status.ERROR


@given(st.text(), st.text())
def test_format_accepts_any_text_in_its_blocks_that_has_no_tags(thought, answer):
    free = not any(tag in thought + answer for tag in ("think>", "answer>")) and answer.strip()
    verdict = format.check(f"<think>{thought}</think><answer>{answer}</answer>")
    assert verdict.score == 1.0 or not free


@pytest.mark.parametrize(
    ("words", "limits", "score"),
    [
        (3, {"max": 4}, 1.0),
        (4, {"max": 4}, 1.0),
        (5, {"max": 4}, 0.75),
        (8, {"max": 4}, 0.0),
        (100, {"max": 4}, 0.0),
        (5, {"min": 5}, 1.0),
        (4, {"min": 5}, 0.8),
        (0, {"min": 5}, 0.0),
        (5, {"min": 3, "max": 7}, 1.0),
        (0, {"max": 0}, 1.0),
        (1, {"max": 0}, 0.0),
    ],
)
def test_length_decays_with_the_relative_overshoot(words, limits, score):
    for known in ({"reference": limits}, {"data": limits}):
        verdict = length.check("word " * words, **known)
        assert verdict.score == pytest.approx(score)
        assert verdict.explanation
        assert verdict.extracted == f"{words} words"


def test_length_units():
    assert length.check("<think>long</think> abcd ", reference={"max": 4, "unit": "characters"}).score == 1.0
    assert length.check("<think>long", reference={"max": 4, "unit": "characters"}).score == 0.0
    assert length.check("x", reference={"max": 4, "unit": "tokens"}, n_tokens=5).score == 0.75
    unknown = length.check("x", reference={"max": 4, "unit": "tokens"})
    assert unknown.status is Status.ABSTAINED


@pytest.mark.parametrize(
    "limits",
    [{}, {"max": "4"}, {"max": -1}, {"min": 5, "max": 4}, {"max": 4, "unit": "pages"}, {"max": 1.5}, {"unit": "words"}],
)
def test_impossible_limits_are_an_error(limits):
    assert length.check("x", reference=limits).status is Status.ERROR


@given(st.integers(0, 300), st.integers(0, 50), st.integers(0, 50))
def test_length_scores_lie_in_range_and_are_best_within(words, first, second):
    low, high = sorted((first, second))
    verdict = length.check("w " * words, reference={"min": low, "max": high})
    assert verdict.status is Status.SCORED
    assert (verdict.score == 1.0) == (low <= words <= high)


@pytest.mark.parametrize(
    ("completion", "data", "score"),
    [
        ("a b c d e f", {}, 1.0),
        ("a b", {}, 1.0),
        ("", {}, 0.0),
        (" \n", {}, 0.0),
        ("<think>a b c d", {}, 0.0),
        ("a a a a a", {}, 0.5),
        ("a a a a", {"ngram": 1}, 0.25),
        ("a b a b", {"ngram": 2}, 2 / 3),
        ("\u6211\u559c\u6b22\u4f60" * 10, {}, 4 / 37),
        ("ab" * 50, {}, 2 / 97),
    ],
)
def test_repetition_is_the_share_of_different_ngrams(completion, data, score):
    verdict = repetition.check(completion, data=data)
    assert verdict.score == pytest.approx(score)
    assert verdict.explanation


@pytest.mark.parametrize("size", [0, -1, 2.5, "4", True, None])
def test_repetition_of_an_impossible_size_is_an_error(size):
    assert repetition.check("a b", data={"ngram": size}).status is Status.ERROR


@pytest.mark.parametrize("reward", [exact, format, length, repetition])
@pytest.mark.parametrize("text", ["x" * 10**6, "a b " * 250_000, "<answer>" * 125_000, "</think>" * 125_000])
def test_a_megabyte_is_judged(reward, text):
    reference = {"max": 10} if reward is length else "reference"
    assert judge(reward, Sample(text, reference=reference)).status is Status.SCORED


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("Paris", 1.0),
        ("It is **paris**.", 1.0),
        ("<think>Lyon</think>\nThe capital: PARIS!", 1.0),
        ("Ｐａｒｉｓ", 1.0),
        ("Paris or Lyon", 0.0),
        ("Parisian", 0.0),
        ("", 0.0),
        ("...", 0.0),
        ("<think>Paris", 0.0),
    ],
)
def test_the_last_word_decides(answer, score):
    verdict = last_word.check(answer, reference="Paris")
    assert verdict.score == score
    assert verdict.explanation


def test_the_last_word_needs_a_reference_of_one_word():
    assert last_word.check("New York", reference="New York").status == "error"
