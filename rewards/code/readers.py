"""Tasks from the rows of known data sets: HumanEval, MBPP, EvalPlus, APPS, TACO, CodeContests, LiveCodeBench.

Each reader takes a row as the data set has it and gives a task with its reward's name. Tests that the data set shows
with its prompts come first, and `public` says how many they are. Nothing here downloads anything.
"""

from __future__ import annotations

import ast
import base64
import builtins
import io
import json
import pickle
import zlib
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from rlvr import Task
from rlvr.errors import DataError
from rlvr.sample import Json

_LARGEST = 256 << 20


def human_eval(row: Mapping[str, Any]) -> Task:
    """A row of HumanEval, or of EvalPlus in the same form.

    >>> row = {"task_id": "x/0", "prompt": "def f(x):\\n", "entry_point": "f", "test": "def check(f):\\n  assert f(1)"}
    >>> human_eval(row).reward
    'code.asserts'
    """
    prompt, name = _texts(row, "prompt", "entry_point")
    reference: dict[str, Json] = {
        "code": f"{_text(row, 'test')}\ncheck({name})\n",
        "entry": [name],
        "prompt": f"{prompt}    pass\n",
        "prelude": _imports(f"{prompt}    pass\n"),
    }
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
    return _assertions(row, [*tests, _text(row, "test")], setup, public=len(tests))


def _assertions(row: Mapping[str, Any], tests: list[str], setup: str, public: int) -> Task:
    text = str(row.get("text") or row.get("prompt") or "")
    reference: dict[str, Json] = {
        "code": list[Json](tests),
        "entry": list[Json](sorted(_called(tests[0]))),
        "prompt": setup,
        "public": public,
    }
    asked = f"{text}\nYour code should pass this test:\n\n{tests[0]}"
    return Task(asked, reference, reward="code.asserts", id=str(row.get("task_id", "")))


def apps(row: Mapping[str, Any]) -> Task:
    """A row of APPS or TACO, whose tests are all hidden: `input_output` is JSON with `inputs`, `outputs`, `fn_name`?.

    >>> apps({"question": "Add.", "input_output": '{"inputs": ["1 2"], "outputs": ["3"]}'}).reward
    'code.stdio'
    """
    try:
        given = json.loads(_text(row, "input_output"))
        pairs = list(zip(given["inputs"], given["outputs"], strict=True))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"`input_output` of the row is not of the form of APPS: {error}.") from None
    identity = str(row.get("problem_id", row.get("name", "")))
    question = _text(row, "question")
    if name := given.get("fn_name"):
        cases: list[Json] = [{"args": list[Json](args), "expected": _single(wanted)} for args, wanted in pairs]
        return Task(question, {"fn_name": str(name), "cases": cases}, reward="code.function", id=identity)
    texts: list[Json] = [{"input": _lines(inputs), "output": _lines(wanted)} for inputs, wanted in pairs]
    return Task(question, {"cases": texts}, reward="code.stdio", id=identity)


def code_contests(row: Mapping[str, Any]) -> Task:
    """A row of CodeContests: public, private and generated tests, and the problem's own time limit.

    >>> code_contests({"description": "Add.", "private_tests": {"input": ["1 2"], "output": ["3"]}}).reward
    'code.stdio'
    """
    cases: list[Json] = []
    public = 0
    for kind in ("public_tests", "private_tests", "generated_tests"):
        found = cast("dict[str, list[str]]", row.get(kind) or {"input": [], "output": []})
        pairs = zip(found["input"], found["output"], strict=True)
        cases.extend({"input": given, "output": wanted} for given, wanted in pairs)
        public = len(cases) if kind == "public_tests" else public
    limit: Any = row.get("time_limit")
    seconds = float((limit.get("seconds") if isinstance(limit, Mapping) else limit) or 0)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    # The limits are those of compiled languages.
    data: dict[str, Json] = {"limits": {"cpu": 3.0 * seconds}} if seconds else {}
    reference: dict[str, Json] = {"cases": cases, "public": public}
    return Task(_text(row, "description"), reference, data, "code.stdio", id=str(row.get("name", "")))


def livecodebench(row: Mapping[str, Any]) -> Task:
    """A row of LiveCodeBench, public and private tests.

    >>> tests = '[{"input": "1 2", "output": "3", "testtype": "stdin"}]'
    >>> livecodebench({"question_content": "Add.", "public_test_cases": tests}).reward
    'code.stdio'
    """
    shown = _test_cases(row.get("public_test_cases"))
    tests = [*shown, *_test_cases(row.get("private_test_cases"))]
    question, identity = _text(row, "question_content"), str(row.get("question_id", ""))
    if any(test.get("testtype") == "functional" for test in tests):
        known = json.loads(str(row.get("metadata") or "{}"))
        cases: list[Json] = [
            {
                "args": [json.loads(line) for line in str(test["input"]).split("\n")],
                "expected": json.loads(test["output"]),
            }
            for test in tests
        ]
        name = str(known.get("func_name", ""))
        reference: dict[str, Json] = {"fn_name": name, "cases": cases, "public": len(shown)}
        return Task(question, reference, reward="code.function", id=identity)
    texts: list[Json] = [{"input": str(test["input"]), "output": str(test["output"])} for test in tests]
    return Task(question, {"cases": texts, "public": len(shown)}, reward="code.stdio", id=identity)


def _test_cases(given: object) -> list[dict[str, Any]]:
    """JSON, or JSON pickled, compressed and in base 64, as the private tests are."""
    if not given:
        return []
    text = str(given)
    try:
        if not text.lstrip().startswith("["):
            unpacked = zlib.decompressobj().decompress(base64.b64decode(text), _LARGEST)
            text = _TextUnpickler(io.BytesIO(unpacked)).load()
        return cast("list[dict[str, Any]]", json.loads(text))
    except (ValueError, TypeError, zlib.error, pickle.UnpicklingError, EOFError) as error:
        raise DataError(f"The test cases of the row cannot be read: {error}.") from None


class _TextUnpickler(pickle.Unpickler):
    """Reads a pickled text; a pickle that asks for anything else could run what it likes."""

    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}")


def _text(row: Mapping[str, Any], name: str) -> str:
    if not isinstance(row.get(name), str):
        raise DataError(f"The row has no text `{name}`.")
    return row[name]


def _texts(row: Mapping[str, Any], *names: str) -> list[str]:
    return [_text(row, name) for name in names]


def _single(wanted: Any) -> Json:
    """Lists of one element stand for the element, in those data sets."""
    several = cast("list[Json]", wanted if isinstance(wanted, list) else [wanted])
    return several[0] if len(several) == 1 else several


def _lines(given: Any) -> str:
    return "\n".join(map(str, cast("list[Any]", given))) if isinstance(given, list) else str(given)


def _imports(prompt: str) -> str:
    """The imports that a prompt begins with: an answer often leaves them out."""
    try:
        found = ast.parse(prompt).body
    except SyntaxError:
        return ""
    return "\n".join(ast.unparse(node) for node in found if isinstance(node, ast.Import | ast.ImportFrom))


def _called(test: str) -> set[str]:
    """Names of functions that a test calls and Python does not have."""
    calls = [
        node.func.id
        for node in ast.walk(ast.parse(test))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return {name for name in calls if not hasattr(builtins, name)}
