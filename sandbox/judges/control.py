"""Who is at fault when tests came to no verdict: they, or the program that they were run on.

An unscored sample leaves the loss, so a program that fails may not choose to be one. Whatever would be a
`sandbox_error` is first tried with a control: the reference solution where the task has one, else a stub whose
functions return None. If the control gets any verdict, the tests work, and the program is wrong.
"""

from __future__ import annotations

import ast
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rlvr.sandbox.checks import AssertTests, FunctionTests, PytestTests, StdinTests, Tests
from rlvr.sandbox.outcome import CaseResult, Judgement, Outcome

_KEPT: Final = 256
_STUB: Final = """
class Nothing:
    def __init__(self, *arguments, **named): pass
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return lambda *arguments, **named: None
def __getattr__(name):
    if name.startswith("__"): raise AttributeError(name)
    if name.endswith(("Error", "Exception")): return type(name, (Exception,), {})
    return type(name, (Nothing,), {}) if name[:1].isupper() else lambda *arguments, **named: None
"""

_works: OrderedDict[str, bool] = OrderedDict()
_lock = threading.Lock()


def is_unscored(judgement: Judgement) -> bool:
    """Whether there is no verdict on the program, or none on one of its tests."""
    return judgement.outcome is Outcome.SANDBOX_ERROR or any(
        test.outcome is Outcome.SANDBOX_ERROR for test in judgement.tests
    )


def settle(
    judgement: Judgement, tests: Tests, solution: str, try_control: Callable[[str], Judgement], *, needs: bool = False
) -> Judgement:
    """The judgement, as the program's own where a control gets a verdict from the same tests.

    Args:
        judgement: One that has no verdict.
        tests: What it was judged by.
        solution: The reference solution, or nothing.
        try_control: Judges a control by the same tests.
        needs: Whether the tests hand over what cannot cross. Only a solution can show that a right program has no need
            of it.

    >>> nothing = Judgement(Outcome.SANDBOX_ERROR, (CaseResult(Outcome.SANDBOX_ERROR),), 1, explanation="test 1: no")
    >>> tests = AssertTests("assert f(1) == 2", ["f"])
    >>> settle(nothing, tests, "", lambda stub: Judgement(Outcome.WRONG_ANSWER)).explanation
    'test 1: no; a stub gets a verdict from these tests'
    """
    if needs and not solution:
        return judgement
    control = solution or stub_for(tests)
    key = hashlib.sha256(repr((tests, control)).encode(errors="replace")).hexdigest()
    with _lock:
        works = _works.get(key)
    if works is None:
        found = try_control(control)
        works = not is_unscored(found)
        with _lock:
            if works or found.tests:  # a control whose lanes were lost has shown nothing of the tests
                _works[key] = works
            while len(_works) > _KEPT:
                _works.popitem(last=False)
    if not works:
        return judgement
    results = tuple(_as_programs(one) for one in judgement.tests)
    outcome = Outcome.RUNTIME_ERROR if judgement.outcome is Outcome.SANDBOX_ERROR else judgement.outcome
    named = "the reference solution" if solution else "a stub"
    why = f"{judgement.explanation}; {named} gets a verdict from these tests"
    return replace(judgement, outcome=outcome, tests=results, explanation=why)


def _as_programs(result: CaseResult) -> CaseResult:
    return replace(result, outcome=Outcome.RUNTIME_ERROR) if result.outcome is Outcome.SANDBOX_ERROR else result


def stub_for(tests: Tests) -> str:
    """A program that has whatever name the tests ask for, and does nothing.

    >>> names = {}
    >>> exec(stub_for(AssertTests("assert f(1) == 2", ["f", "Stack"])), names)
    >>> names["f"](1) is None, names["Stack"](3).push(1) is None
    (True, True)
    """
    if isinstance(tests, StdinTests):
        return ""
    names = _names_of(tests)
    functions = "".join(f"def {name}(*arguments, **named): return None\n" for name in names if not name[0].isupper())
    classes = "".join(f"{name} = __getattr__({name!r})\n" for name in names if name[0].isupper())
    return f"{_STUB}{functions}{classes}"


def _names_of(tests: FunctionTests | AssertTests | PytestTests) -> list[str]:
    if isinstance(tests, FunctionTests):
        return [tests.name]
    if isinstance(tests, AssertTests):
        return list(tests.entry)
    try:
        tree = ast.parse(tests.code)
    except (SyntaxError, ValueError, RecursionError):
        return []
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == tests.module)
    return [alias.name for node in nodes for alias in node.names if alias.name != "*"]
