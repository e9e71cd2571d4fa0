"""Prompts with answers that somebody has scored, as preference data sets publish them: UltraFeedback and its like."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from rlvr.errors import DataError
from rlvr.rows.fields import kind, prompt_problems, read_prompt
from rlvr.sample import Json, Prompt, Task, is_list, is_mapping

SCORES: Final = "candidate_scores"
"""Key of a task's `data`: a number for each of its candidates, the larger the better."""

_SCORE_KEYS: Final = ("overall_score", "score", "rating")
_CHOSEN_KEYS: Final = ("score_{}", "{}_score", "{}-rating", "{}_rating", "{}_avg_rating")


def ultrafeedback(row: Mapping[str, Any]) -> Task:
    """A task with its candidates and their scores (`data.candidate_scores`).

    Two forms are read. With `chosen` and `rejected`, as texts or as chats whose last turn is the answer (ultrafeedback
    binarized or cleaned, Tulu 3's preference mixtures): scores are `score_chosen`, `chosen-rating` or the like, and 1
    and 0 where there are none. With `completions`, as UltraFeedback itself: `instruction`, and of each completion
    `response` and `overall_score`; one without a score is left out.

    Raises:
        DataError: It has neither, or one of them is of another kind.

    >>> ultrafeedback({"prompt": "2 + 2 =", "chosen": "4", "rejected": "5"}).candidates
    ('4', '5')
    >>> rated = [{"response": "5", "overall_score": 2.0}, {"response": "4", "overall_score": 8.5}]
    >>> ultrafeedback({"instruction": "2 + 2 =", "completions": rated}).data
    {'candidate_scores': [2.0, 8.5]}
    """
    if "completions" in row:
        return _task(row, row.get("instruction", row.get("prompt")), *_completions(row["completions"]))
    if "chosen" not in row or "rejected" not in row:
        listed = ", ".join(list(row)[:8]) or "nothing"
        raise DataError(f"neither `chosen` and `rejected` nor `completions`; it has {listed}.")
    answers, prompts = zip(*(_answer(row[key], key) for key in ("chosen", "rejected")), strict=True)
    scores = [_score(row, [name.format(key) for name in _CHOSEN_KEYS]) for key in ("chosen", "rejected")]
    known = [score for score in scores if score is not None]
    # The turns before the answer are the whole conversation; `prompt` is often its first question alone.
    asked = prompts[0] or row.get("prompt", row.get("instruction"))
    return _task(row, asked, answers, known if len(known) == 2 else [1.0, 0.0])


def scores_given(task: Task) -> tuple[float, ...]:
    """The scores of a task's candidates; nothing where they have none that can be used.

    >>> scores_given(Task("2 + 2 =", candidates=("4", "5"), data={"candidate_scores": [1, 0]}))
    (1.0, 0.0)
    """
    given: Any = task.data.get(SCORES)
    if not is_list(given) or len(given) != len(task.candidates):
        return ()
    scores = [float(one) for one in given if isinstance(one, int | float) and math.isfinite(one)]
    return tuple(scores) if len(scores) == len(given) else ()


def _task(row: Mapping[str, Any], prompt: Any, answers: Any, scores: list[float]) -> Task:
    if problems := list(prompt_problems(prompt)):
        raise DataError(" ".join(problems))
    name = next((row[key] for key in ("prompt_id", "id") if isinstance(row.get(key), str)), "")
    asked: Prompt = read_prompt(prompt)
    return Task(asked, candidates=tuple(answers), data={SCORES: list[Json](scores)}, id=name)


def _completions(given: Any) -> tuple[list[str], list[float]]:
    if not is_list(given) or not all(is_mapping(one) for one in given):
        raise DataError(f"`completions` is {kind(given)}; it is a list of objects with `response` and `overall_score`.")
    rated = [(_text(one.get("response", one.get("content")), "response"), _score(one, _SCORE_KEYS)) for one in given]
    found = [(text, score) for text, score in rated if score is not None]
    if len(found) < 2:
        raise DataError(f"{len(found)} of {len(given)} `completions` have a score; two make a pair.")
    return [text for text, _ in found], [score for _, score in found]


def _answer(given: Any, key: str) -> tuple[str, Any]:
    """The answer, and the turns before it where the value is a chat."""
    if isinstance(given, str):
        return given, None
    if problems := list(prompt_problems(given)):
        raise DataError(" ".join(problem.replace("`prompt`", f"`{key}`") for problem in problems))
    if given[-1]["role"] != "assistant":
        raise DataError(f"`{key}` ends with a turn of the {given[-1]['role']}; the last is the assistant's.")
    return given[-1]["content"], given[:-1] or None


def _score(row: Mapping[str, Any], keys: Any) -> float | None:
    for key in keys:
        value = row.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise DataError(f"{kind(value)} in `{key}`; it is a text.")
    return value
