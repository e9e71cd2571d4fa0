"""Tasks from the rows of known data sets, as they are published. Nothing here downloads anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr import Task
from rlvr.errors import DataError
from rlvr.rewards.math.extracting.extraction import extract


def gsm8k(row: Mapping[str, Any]) -> Task:
    r"""A row of openai/gsm8k: `question`, and `answer` with the solution and `#### 72` at its end.

    Raises:
        DataError: One of them is missing, or the answer has no `####`.

    >>> gsm8k({"question": "6 * 12?", "answer": "6 * 12 = <<6*12=72>>72\n#### 72"}).reference
    '72'
    """
    question, answer = row.get("question"), row.get("answer")
    if not isinstance(question, str) or not isinstance(answer, str):
        raise DataError("A row of GSM8K has the texts `question` and `answer`.")
    _, mark, final = answer.rpartition("####")
    if not mark or not final.strip():
        raise DataError("The `answer` of a row of GSM8K ends in `#### 72`.")
    # What stands between << and >> is for a calculator, and no way to write a solution.
    shown = "".join(part.rpartition(">>")[2] for part in answer.split("<<"))
    return Task(question, final.strip(), demonstration=shown)


def competition(row: Mapping[str, Any]) -> Task:
    r"""A row of MATH or MATH-500: `problem`, and `answer` or else a `solution` with `\boxed{}` in it.

    Raises:
        DataError: One of them is missing.

    >>> competition({"problem": "1/2 + 1/2?", "solution": r"It is \boxed{1}.", "level": "Level 1"}).reference
    '1'
    """
    problem, solution, answer = (row.get(name) for name in ("problem", "solution", "answer"))
    if isinstance(solution, str) and answer is None:
        answer = extract(solution, strict=True).text
    if not isinstance(problem, str) or not isinstance(answer, str) or not answer.strip():
        raise DataError(r"A row of MATH has `problem`, and `answer` or a `solution` with `\boxed{}` in it.")
    known = {name: row[name] for name in ("level", "type", "subject") if isinstance(row.get(name), str | int)}
    shown = solution if isinstance(solution, str) else None
    return Task(problem, answer.strip(), known, demonstration=shown, id=str(row.get("unique_id", "")))
