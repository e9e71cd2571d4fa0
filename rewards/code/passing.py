"""`code.stdio`, `code.function`, `code.asserts`: a program is right when it passes the tests of its task."""

from __future__ import annotations

from typing import Any, Final

from rlvr import Sample, Verdict, reward
from rlvr.rewards.code import extraction, scoring
from rlvr.rewards.code.scoring import LANES, score_program
from rlvr.sandbox import Tests, read_tests

_DEPENDS: Final = (extraction, scoring)
_SECONDS: Final = 300.0


def _stdin(reference: dict[str, Any]) -> Tests:
    if "cases" not in reference and "inputs" in reference:
        pairs = zip(reference["inputs"], reference.get("outputs", []), strict=True)
        reference = reference | {"cases": [{"input": given, "output": wanted} for given, wanted in pairs]}
    return read_tests("stdin", reference)


@reward("code.stdio", timeout=_SECONDS, concurrency=LANES, cache=True, depends=_DEPENDS)
def stdio(sample: Sample) -> Verdict:
    """1 when the program writes the expected output for every input; with `score: fraction` the share of the tests.

    The program is the last Python block of the answer (`rlvr.rewards.code.extraction`). It runs in the sandbox, once
    for each input; the outputs are compared outside it.

    Args:
        sample: `reference` is `{"cases": [{"input", "output"}], "float_tol"?, "mode"?, "checker"?, "weights"?,
            "prelude"?}` (or `inputs` and `outputs`, two lists); see `rlvr.sandbox.read_tests`. `data` may hold `limits`
            and `score`.

    Raises:
        ValueError: The tests are of no such form (status `error`).

    >>> task = {"cases": [{"input": "2 3", "output": "5"}]}
    >>> stdio.check("```python\\nprint(sum(map(int, input().split())))\\n```", reference=task).score
    1.0
    >>> stdio.check("```python\\nprint(6)\\n```", reference=task).explanation
    "wrong_answer: test 1 of 1: it wrote '6\\\\n'"
    """
    return score_program(sample, _stdin)


@reward("code.function", timeout=_SECONDS, concurrency=LANES, cache=True, depends=_DEPENDS)
def function(sample: Sample) -> Verdict:
    """1 when a function returns the expected value for all arguments; with `score: fraction` the share of the tests.

    Arguments and results cross as plain data; an object with an `__eq__` of its own equals nothing.

    Args:
        sample: `reference` is `{"fn_name", "cases": [{"args", "expected"}], "float_tol"?, "weights"?, "prelude"?}`.
            `data` may hold `limits` and `score`.

    Raises:
        ValueError: The tests are of no such form (status `error`).

    >>> task = {"fn_name": "add", "cases": [{"args": [2, 3], "expected": 5}]}
    >>> function.check("```python\\ndef add(a, b): return a + b\\n```", reference=task).score
    1.0
    """
    return score_program(sample, lambda reference: read_tests("function", reference))


@reward("code.asserts", timeout=_SECONDS, concurrency=LANES, cache=True, depends=_DEPENDS)
def asserts(sample: Sample) -> Verdict:
    """1 when the program passes tests written as assertions; with `score: fraction` the share of the pieces.

    The tests run in a process of their own, with their own builtins, and call the program in another. A program that
    exits, patches or compares in its own way has changed nothing for them.

    Args:
        sample: `reference` is `{"code": text or list of texts, "entry": names, "prompt"?, "weights"?, "prelude"?}`:
            `entry` names the functions that the tests call, `prompt` is code whose helpers they use. `data` may hold
            `limits` and `score`.

    Raises:
        ValueError: The tests are of no such form (status `error`).

    >>> task = {"code": "assert add(2, 3) == 5", "entry": ["add"]}
    >>> asserts.check("```python\\ndef add(a, b): return a + b\\n```", reference=task).score
    1.0
    >>> asserts.check("```python\\nimport sys\\nsys.exit(0)\\n```", reference=task).score
    0.0
    """
    return score_program(sample, lambda reference: read_tests("assert", reference))
