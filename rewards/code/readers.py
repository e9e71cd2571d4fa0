"""Tasks from the rows of known data sets: HumanEval, MBPP, EvalPlus, APPS, TACO, CodeContests, LiveCodeBench.

Each reader takes a row as the data set has it and gives a task with its reward's name, which judges as the data set's
own judge does: `docs/code.md` has the table. Tests that the data set shows with its prompts come first, and `public`
says how many they are; a solution that the row brings becomes `solution`. Nothing here downloads anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rlvr import Task
from rlvr.errors import DataError
from rlvr.rewards.code.entry import entry_of, imports_for, uses_any
from rlvr.rewards.code.headers import APPS_HEADER, LIVECODEBENCH_HEADER, imports_in
from rlvr.rewards.code.row_texts import first_solution, joined_lines, read_test_cases, text_of
from rlvr.sample import Json, is_list, is_mapping

CLOSE: Final = 1e-5
"""What CodeContests and APPS let a number be off by, and LeetCode's statements allow."""

JUDGED_CLOSE: Final = 1e-6
"""What the statements of LiveCodeBench's contests allow."""


def human_eval(row: Mapping[str, Any]) -> Task:
    """A row of HumanEval, or of EvalPlus in the same form.

    >>> row = {"task_id": "x/0", "prompt": "def f(x):\\n", "entry_point": "f", "test": "def check(f):\\n  assert f(1)"}
    >>> human_eval(row).reward
    'code.asserts'
    """
    prompt, name = text_of(row, "prompt"), text_of(row, "entry_point")
    reference: dict[str, Json] = {
        "code": f"{text_of(row, 'test')}\ncheck({name})\n",
        "entry": [name],
        "prompt": f"{prompt}    pass\n",
        "prelude": imports_in(f"{prompt}    pass\n"),
    }
    if isinstance(body := row.get("canonical_solution"), str):
        reference["solution"] = f"{prompt}{body}"
    asked = (
        f"Complete this Python function. Answer with the whole function in one code block.\n\n```python\n{prompt}```"
    )
    return Task(asked, reference, reward="code.asserts", id=str(row.get("task_id", "")))


def mbpp(row: Mapping[str, Any]) -> Task:
    """A row of MBPP, `text` or `prompt`, its tests judged one by one; the first is shown, the challenges are hidden.

    >>> mbpp({"text": "Add.", "test_list": ["assert add(1, 2) == 3"], "task_id": 1}).reference["entry"]
    ['add']
    """
    tests = [str(one) for one in (*row.get("test_list", []), *row.get("challenge_test_list", []))]
    setup = str(row.get("test_setup_code") or "\n".join(row.get("test_imports", [])))
    if not tests:
        raise DataError("The row of MBPP has no `test_list`.")
    return _assertions(row, tests, setup, public=1)


def evalplus(row: Mapping[str, Any]) -> Task:
    """A row of HumanEval+ or MBPP+: of the second, the tests of MBPP are public but for what EvalPlus added.

    >>> row = {"prompt": "Add.", "test_list": ["assert add(1, 2) == 3"], "test": "assert add(9, 9) == 18"}
    >>> evalplus(row).reference["public"]
    1
    """
    if "entry_point" in row:
        return human_eval(row)
    tests = [str(one) for one in row.get("test_list", [])]
    if not tests:
        raise DataError("The row of EvalPlus has neither `entry_point` nor `test_list`.")
    setup = "\n".join(map(str, row.get("test_imports") or []))
    return _assertions(row, [*tests, text_of(row, "test")], setup, public=len(tests))


def _assertions(row: Mapping[str, Any], tests: list[str], setup: str, public: int) -> Task:
    text, shown = str(row.get("text") or row.get("prompt") or ""), tests[0]
    solution = str(row.get("code") or row.get("canonical_solution") or "")
    entry = entry_of(tests, setup, solution)
    prompt = "\n".join(filter(None, (imports_for(tests, setup), setup)))
    if uses_any(setup, entry):
        # Objects of the program's own classes, made anew for each test.
        tests, prompt = [f"{prompt}\n{test}" for test in tests], ""
    reference: dict[str, Json] = {
        "code": list[Json](tests),
        "entry": list[Json](entry),
        "prompt": prompt,
        "public": public,
    }
    if solution:
        reference["solution"] = solution
    asked = f"{text}\nYour code should pass this test:\n\n{shown}"
    return Task(asked, reference, reward="code.asserts", id=str(row.get("task_id", "")))


def apps(row: Mapping[str, Any]) -> Task:
    """A row of APPS or TACO, whose tests are all hidden: `input_output` is JSON with `inputs`, `outputs`, `fn_name`?.

    >>> apps({"question": "Add.", "input_output": '{"inputs": ["1 2"], "outputs": ["3"]}'}).reward
    'code.stdio'
    """
    try:
        given = json.loads(text_of(row, "input_output"))
        pairs = list(zip(given["inputs"], given["outputs"], strict=True))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"`input_output` of the row is not of the form of APPS: {error}.") from None
    identity = str(row.get("problem_id", row.get("name", "")))
    question = text_of(row, "question")
    reference: dict[str, Json] = {"prelude": APPS_HEADER, "float_tol": CLOSE}
    if solution := first_solution(row.get("solutions")):
        reference["solution"] = solution
    if name := given.get("fn_name"):
        cases: list[Json] = [{"args": list[Json](args), "expected": wanted} for args, wanted in pairs]
        # Where every value stands in a list of one, the list is the data set's; or the value's own.
        singles = all(is_list(wanted) and len(wanted) == 1 for _, wanted in pairs)
        reference |= {"fn_name": str(name), "cases": cases, "int_keys": True, "singles": singles}
        reference["in_place"] = _returns_nothing(row)
        return Task(question, reference, reward="code.function", id=identity)
    texts: list[Json] = [{"input": joined_lines(inputs), "output": joined_lines(wanted)} for inputs, wanted in pairs]
    reference |= {"cases": texts, "mode": "words"}
    return Task(question, reference, reward="code.stdio", id=identity)


def code_contests(row: Mapping[str, Any]) -> Task:
    """A row of CodeContests: public, private and generated tests, and the problem's own time limit.

    >>> code_contests({"description": "Add.", "private_tests": {"input": ["1 2"], "output": ["3"]}}).reward
    'code.stdio'
    """
    cases: list[Json] = []
    public = 0
    for kind in ("public_tests", "private_tests", "generated_tests"):
        found: dict[str, list[str]] = row.get(kind) or {"input": [], "output": []}
        pairs = zip(found["input"], found["output"], strict=True)
        cases.extend({"input": given, "output": wanted} for given, wanted in pairs)
        public = len(cases) if kind == "public_tests" else public
    limit: Any = row.get("time_limit")
    seconds = float((limit.get("seconds") if is_mapping(limit) else limit) or 0)
    # The limits are those of compiled languages.
    data: dict[str, Json] = {"limits": {"cpu": 3.0 * seconds}} if seconds else {}
    reference: dict[str, Json] = {"cases": cases, "public": public, "mode": "tokens", "ignore_case": True}
    reference |= {"float_tol": CLOSE, "absolute": True}
    if solution := first_solution(row.get("solutions")):
        reference["solution"] = solution
    return Task(text_of(row, "description"), reference, data, "code.stdio", id=str(row.get("name", "")))


def livecodebench(row: Mapping[str, Any]) -> Task:
    """A row of LiveCodeBench, public and private tests.

    >>> tests = '[{"input": "1 2", "output": "3", "testtype": "stdin"}]'
    >>> livecodebench({"question_content": "Add.", "public_test_cases": tests}).reward
    'code.stdio'
    """
    shown = read_test_cases(row.get("public_test_cases"))
    tests = [*shown, *read_test_cases(row.get("private_test_cases"))]
    question, identity = text_of(row, "question_content"), str(row.get("question_id", ""))
    reference: dict[str, Json] = {"public": len(shown), "prelude": LIVECODEBENCH_HEADER}
    if any(test.get("testtype") == "functional" for test in tests):
        known = json.loads(str(row.get("metadata") or "{}"))
        cases: list[Json] = [
            {
                "args": [json.loads(line) for line in str(test["input"]).split("\n")],
                "expected": json.loads(test["output"]),
            }
            for test in tests
        ]
        reference |= {"fn_name": str(known.get("func_name", "")), "cases": cases, "float_tol": CLOSE}
        reference["in_place"] = _returns_nothing(row)
        return Task(question, reference, reward="code.function", id=identity)
    texts: list[Json] = [{"input": str(test["input"]), "output": str(test["output"])} for test in tests]
    reference |= {"cases": texts, "mode": "words", "float_tol": JUDGED_CLOSE}
    return Task(question, reference, reward="code.stdio", id=identity)


def _returns_nothing(row: Mapping[str, Any]) -> bool:
    """Whether the function that the row begins for its solver changes what it is given: LeetCode's `-> None`."""
    return "-> None:" in str(row.get("starter_code") or "")
