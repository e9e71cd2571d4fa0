"""The suites `gsm8k` and `math`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rlvr import Message, Task
from rlvr.suite import Suite, each_row

_BOXED: Final = "Reason step by step, and put the final answer within \\boxed{}."
_LAST: Final = "Reason step by step, and end with `The answer is N.`"


def gsm8k_task(row: Mapping[str, Any]) -> Task:
    """A row of openai/gsm8k: `question`, and `answer` with the result behind `####`.

    >>> gsm8k_task({"question": "1 + 1?", "answer": "1 + 1 = 2 #### 2"}).reference
    '2'
    """
    question, answer = str(row["question"]), str(row["answer"])
    result = answer.rpartition("####")[2].strip()
    return Task((Message("user", f"{question}\n{_LAST}"),), result, {"question": question}, demonstration=answer)


def math_task(row: Mapping[str, Any]) -> Task:
    """A row of MATH or MATH-500 (`problem`, `solution`, `answer`, `subject` or `type`), or of AIME in that form.

    >>> math_task({"problem": "1 + 1?", "solution": "It is \\\\boxed{2}.", "type": "Algebra"}).reference
    'It is \\\\boxed{2}.'
    """
    problem = str(row["problem"])
    reference = row["answer"] if row.get("answer") not in (None, "") else row["solution"]
    subject = row.get("subject") or row.get("type") or ""
    id = row.get("unique_id") or row.get("id")
    data = {"question": problem, "subject": str(subject)}
    return Task((Message("user", f"{problem}\n{_BOXED}"),), str(reference), data, id=str(id) if id is not None else "")


def _asked(task: Task) -> str:
    return str(task.data["subject"])


gsm8k = Suite(
    "gsm8k",
    "Grade-school word problems: the final number.",
    "openai/gsm8k on the hub (main/test), or grade_school_math/data/test.jsonl of github.com/openai/grade-school-math",
    each_row(gsm8k_task),
    {"accuracy": "math.final_number"},
    main="accuracy",
)

math = Suite(
    "math",
    "Competition problems: the final answer, by value.",
    "HuggingFaceH4/MATH-500 on the hub (test.jsonl)",
    each_row(math_task),
    {"accuracy": "math.answer"},
    main="accuracy",
    group=_asked,
    max_new_tokens=2048,
)
