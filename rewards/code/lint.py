"""`code.lint`: does pyflakes find nothing to say of the program?"""

from __future__ import annotations

import ast
from typing import Final

from pyflakes.checker import Checker

from rlvr import Sample, Verdict, reward
from rlvr.rewards.code.extraction import program_of
from rlvr.sample import is_object

_LONGEST: Final = 50_000
"""Characters; what pyflakes takes grows with the depth of a program times its length."""

_SHOWN: Final = 3


@reward("code.lint", isolate="process", timeout=10.0, memory=512, preload=("pyflakes.checker",))
def lint(sample: Sample) -> Verdict:
    """1 when pyflakes finds nothing in the program, 1/2 with one finding, 1/3 with two, and so on; 0 without a program.

    Findings are faults that show without running: names that are not defined, imports and variables that are not used,
    placeholders without a value. The program is parsed, never run, in a process of its own that can be killed. A reward
    of form alone: put it behind one that runs tests, or weigh it little.

    Args:
        sample: `reference` may hold `prelude`, code before every program of the task: names that it defines are known.

    >>> lint.check("```python\\nimport os\\nprint(1)\\n```").explanation
    "1 finding: line 1: 'os' imported but unused"
    >>> lint.check("```python\\nprint(1)\\n```").score
    1.0
    """
    program, why = program_of(sample)
    if program is None:
        return Verdict.wrong(why)
    reference = sample.reference if is_object(sample.reference) else {}
    prelude = str(reference.get("prelude", ""))
    if len(program) > _LONGEST:
        return Verdict.wrong(f"the program has {len(program)} characters; more than {_LONGEST} are not looked at")
    try:
        tree = ast.parse(f"{prelude}\n{program}" if prelude else program)
        found = Checker(tree, filename="solution.py").messages
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Verdict.wrong(f"it does not compile: {str(error)[:200]}", extracted=program)
    before = len(prelude.splitlines()) if prelude else 0
    ours = sorted((one for one in found if one.lineno > before), key=lambda one: (one.lineno, one.col))
    if not ours:
        return Verdict.right(program, explanation="pyflakes finds nothing")
    said = "; ".join(f"line {one.lineno - before}: {one.message % one.message_args}" for one in ours[:_SHOWN])
    several = "finding" if len(ours) == 1 else "findings"
    return Verdict(
        1.0 / (1 + len(ours)),
        extracted=program,
        explanation=f"{len(ours)} {several}: {said}{'; ...' if len(ours) > _SHOWN else ''}",
        metrics={"findings": float(len(ours))},
    )
