"""Preference rows as they are published: what is chosen, what is rejected, and how good each is said to be."""

import pytest

from rlvr.errors import DataError
from rlvr.sample import Message, Task
from rlvr.tasks.preferences import scores_given, ultrafeedback


def chat(*texts):
    return [{"role": role, "content": text} for role, text in zip(["user", "assistant"] * 3, texts, strict=False)]


BINARIZED = {
    "prompt": "2 + 2 =",
    "prompt_id": "7",
    "chosen": chat("2 + 2 =", "4"),
    "rejected": chat("2 + 2 =", "5"),
    "messages": chat("2 + 2 =", "4"),
    "score_chosen": 8.5,
    "score_rejected": 3,
}


@pytest.mark.parametrize(
    ("row", "answers", "scores"),
    [
        (BINARIZED, ("4", "5"), (8.5, 3.0)),
        ({"prompt": "?", "chosen": "4", "rejected": "5"}, ("4", "5"), (1.0, 0.0)),
        (
            {"chosen": chat("?", "4"), "rejected": chat("?", "5"), "chosen-rating": 5.0, "rejected-rating": 4.5},
            ("4", "5"),
            (5, 4.5),
        ),
        ({"prompt": "?", "chosen": "4", "rejected": "5", "score_chosen": 5.0}, ("4", "5"), (1.0, 0.0)),
        (
            {"prompt": "?", "chosen": "4", "rejected": "5", "score_chosen": None, "score_rejected": None},
            ("4", "5"),
            (1, 0),
        ),
        (
            {
                "instruction": "?",
                "completions": [
                    {"response": "a", "overall_score": 7.5},
                    {"response": "b", "overall_score": None},
                    {"response": "c", "overall_score": float("nan")},
                    {"response": "d", "overall_score": 2},
                ],
            },
            ("a", "d"),
            (7.5, 2.0),
        ),
    ],
)
def test_rows_of_every_form_are_read(row, answers, scores):
    task = ultrafeedback(row)
    assert task.candidates == answers
    assert scores_given(task) == scores
    assert task.reward is None


def test_the_whole_conversation_is_the_prompt():
    turns = ("Hi.", "Hello!", "2 + 2 =")
    task = ultrafeedback({"prompt": "Hi.", "chosen": chat(*turns, "4"), "rejected": chat(*turns, "5")})
    assert task.prompt == (Message("user", "Hi."), Message("assistant", "Hello!"), Message("user", "2 + 2 ="))
    assert ultrafeedback(BINARIZED).id == "7"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"prompt": "?"}, "neither `chosen` and `rejected` nor `completions`; it has prompt."),
        ({"prompt": "?", "chosen": 4, "rejected": "5"}, "`chosen` is a number; it is a text or a list of messages."),
        ({"chosen": "4", "rejected": "5"}, "`prompt` is null"),
        ({"chosen": chat("?", "4"), "rejected": chat("?")}, "`rejected` ends with a turn of the user"),
        ({"instruction": "?", "completions": "a"}, "`completions` is a text"),
        ({"instruction": "?", "completions": [{"response": "a", "overall_score": 1}]}, "1 of 1 `completions` have a"),
        ({"instruction": "?", "completions": [{"response": 1, "overall_score": 1}]}, "a number in `response`"),
    ],
)
def test_what_is_no_preference_is_named(row, said):
    with pytest.raises(DataError) as caught:
        ultrafeedback(row)
    assert said in str(caught.value)


@pytest.mark.parametrize("scores", [None, [], [1], [1, "2"], [1, float("nan")], [1, 2, 3]])
def test_scores_that_cannot_be_used_are_none(scores):
    assert scores_given(Task("?", candidates=("a", "b"), data={"candidate_scores": scores})) == ()
