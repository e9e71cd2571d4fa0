"""`code.compiles`: the answer holds a program that compiles."""

from __future__ import annotations

from typing import Final

from rlvr import Sample, Status, Verdict, reward
from rlvr.errors import RlvrError
from rlvr.rewards.code.extraction import program_of
from rlvr.rewards.code.scoring import LANES
from rlvr.sandbox import Limits, shared_pool

# In the sandbox too: the compiler recurses on what it is given.
_COMPILER: Final = (
    "import sys\ntext = sys.stdin.read()\n"
    "try:\n    compile(text, 'solution.py', 'exec', dont_inherit=True)\n"
    "except (SyntaxError, ValueError, RecursionError, MemoryError) as error:\n    print(f'no: {error}')\n"
    "else:\n    print('yes')\n"
)


@reward("code.compiles", timeout=60.0, concurrency=LANES, cache=True)
def compiles(sample: Sample) -> Verdict:
    """1 when the program of the answer is Python that compiles; it is not run.

    A reward of form alone: any program has it. Put it behind one that runs tests, or weigh it little.

    >>> compiles.check("```python\\nprint(1)\\n```").score
    1.0
    >>> compiles.check("```python\\nprint(1\\n```").score
    0.0
    """
    program, why = program_of(sample)
    if program is None:
        return Verdict.wrong(why)
    try:
        run = shared_pool().run(_COMPILER, program.encode(errors="replace"), Limits(cpu=2.0))
    except RlvrError as error:
        return Verdict.unscored(Status.ERROR, f"sandbox_error: {error.message}")
    if run.ending is None and run.stdout == b"yes\n":
        return Verdict.right(program[:2000], explanation="it compiles")
    return Verdict.wrong(run.stdout.decode(errors="replace")[:300].strip() or run.explanation, extracted=program[:2000])
