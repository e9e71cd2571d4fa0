"""Tasks from the rows of known data sets, as they are published. Nothing here downloads anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr import Task
from rlvr.errors import DataError


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
