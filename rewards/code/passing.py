"""`code.stdio`, `code.function`, `code.asserts`, `code.pytest`: a program is right when it passes its task's tests."""

from __future__ import annotations

from typing import Any, Final

from rlvr import Sample, Verdict, reward
from rlvr.rewards.code.scoring import LANES, score_program
from rlvr.sample import is_list
from rlvr.sandbox import BadTestsError, Tests, read_tests

_SECONDS: Final = 300.0


def stdin_tests(reference: dict[str, Any]) -> Tests:
    """The tests of a reference, whose cases may also be two lists.

    Raises:
        BadTestsError: They are of no such form.
    """
    if "cases" not in reference and "inputs" in reference:
        inputs, outputs = reference["inputs"], reference.get("outputs")
        if not is_list(inputs) or not is_list(outputs):
            raise BadTestsError("`inputs` and `outputs` are two lists.")
        if len(inputs) != len(outputs):
            raise BadTestsError("`inputs` and `outputs` are two lists of one length.")
        pairs = zip(inputs, outputs, strict=True)
        reference = reference | {"cases": [{"input": given, "output": wanted} for given, wanted in pairs]}
    return read_tests("stdin", reference)


@reward("code.stdio", timeout=_SECONDS, concurrency=LANES, cache=True)
def stdio(sample: Sample) -> Verdict:
    """1 when the program writes the expected output for every input; with `score: fraction` the share of the tests.

    The program is the last block of the answer in the task's language (`rlvr.rewards.code.extraction`). It runs in the
    sandbox, once for each input; the outputs are compared outside it.

    Args:
        sample: `reference` is `{"cases": [{"input", "output"}], "float_tol"?, "mode"?, "checker"?, "weights"?,
            "public"?, "prelude"?}` (or `inputs` and `outputs`, two lists); see `rlvr.sandbox.read_tests`. `data` may
            hold `language` (Python where nothing is said), `limits`, `score` and `count`.

    Raises:
        ValueError: The tests are of no such form (status `error`).

    >>> task = {"cases": [{"input": "2 3", "output": "5"}]}
    >>> stdio.check("```python\\nprint(sum(map(int, input().split())))\\n```", reference=task).score
    1.0
    >>> stdio.check("```python\\nprint(6)\\n```", reference=task).explanation
    "wrong_answer: test 1 of 1: it wrote '6\\\\n'"
    """
    return score_program(sample, stdin_tests)


@reward("code.function", timeout=_SECONDS, concurrency=LANES, cache=True)
def function(sample: Sample) -> Verdict:
    """1 when a function returns the expected value for all arguments; with `score: fraction` the share of the tests.

    Arguments and results cross as plain data; an object with an `__eq__` of its own equals nothing.

    Args:
        sample: `reference` is `{"fn_name", "cases": [{"args", "expected"}], "float_tol"?, "weights"?, "public"?,
            "prelude"?}`. `data` may hold `limits`, `score` and `count`.

    Raises:
        ValueError: The tests are of no such form (status `error`).

    >>> task = {"fn_name": "add", "cases": [{"args": [2, 3], "expected": 5}]}
    >>> function.check("```python\\ndef add(a, b): return a + b\\n```", reference=task).score
    1.0
    """
    return score_program(sample, lambda reference: read_tests("function", reference))


@reward("code.asserts", timeout=_SECONDS, concurrency=LANES, cache=True)
def asserts(sample: Sample) -> Verdict:
    """1 when the program passes tests written as assertions; with `score: fraction` the share of the pieces.

    The tests run in a process of their own, with their own builtins, and call the program in another. A program that
    exits, patches or compares in its own way has changed nothing for them.

    Args:
        sample: `reference` is `{"code": text or list of texts, "entry": names, "prompt"?, "operators"?, "weights"?,
            "public"?, "prelude"?}`: `entry` names the functions and classes that the tests use, `prompt` is code whose
            helpers they use; `operators` see `rlvr.sandbox.AssertTests`. `data` may hold `limits`, `score` and `count`.

    Raises:
        ValueError: The tests are of no such form (status `error`).

    >>> task = {"code": "assert add(2, 3) == 5", "entry": ["add"]}
    >>> asserts.check("```python\\ndef add(a, b): return a + b\\n```", reference=task).score
    1.0
    >>> asserts.check("```python\\nimport sys\\nsys.exit(0)\\n```", reference=task).score
    0.0
    """
    return score_program(sample, lambda reference: read_tests("assert", reference))


@reward("code.pytest", timeout=_SECONDS, concurrency=LANES, cache=True)
def pytest_style(sample: Sample) -> Verdict:
    """1 when the program passes a module of pytest-style tests; with `score: fraction` the share of the tests.

    pytest itself runs them, in a process of its own; the program is in another, and the tests import it by name. A test
    that is skipped or expected to fail shows nothing, so it has not passed.

    Args:
        sample: `reference` is `{"code": text, "module"?, "operators"?, "weights"?, "public"?, "prelude"?}`: `module` is
            the name under which the tests import the program, `solution` where nothing is said; `weights` is an object
            of tests' names and numbers, `public` a list of names; `test_add` stands for `test_add[1-2]` too. `data` may
            hold `limits`, `score` and `count`.

    Raises:
        ValueError: The tests are of no such form (status `error`).
        MissingDependencyError: pytest is not installed.

    >>> task = {"code": "from solution import add\\ndef test_add():\\n    assert add(2, 3) == 5"}
    >>> pytest_style.check("```python\\ndef add(a, b): return a + b\\n```", reference=task).score
    1.0
    >>> pytest_style.check("```python\\ndef add(a, b): return a - b\\n```", reference=task).explanation
    'wrong_answer: test_add: an assertion failed'
    """
    return score_program(sample, lambda reference: read_tests("pytest", reference))
