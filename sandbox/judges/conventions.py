"""What a judge of functions gives every program: LeetCode's header, and plain values for its lists and trees."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from rlvr.sandbox.checks import FunctionTests
from rlvr.sandbox.inside import adapting

HEADER_MODULES: Final = (
    "string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics", "itertools",
    "functools", "operator", "io", "sys", "json", "builtins", "typing",
)  # fmt: skip
"""Whose names stand in LeetCode's header, and in LiveCodeBench's; `builtins` gives back what those before it hide."""

_NODES: Final = """\
class ListNode:
    def __init__(self, val=0, next=None):
        self.val, self.next = val, next
class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val, self.left, self.right = val, left, right
"""

_CALL: Final = "_judged_call"
_SOLUTION: Final = re.compile(r"^class\s+Solution\b", re.MULTILINE)
_ADAPTED: Final = re.compile("ListNode|TreeNode|[fF]raction|[dD]ecimal|[nN]ode")
_FUTURE: Final = re.compile(r"^from\s+__future__\s+import\s+(?:\([^)]*\)|[^\n(]*)\n?", re.MULTILINE)


def imports_of(modules: tuple[str, ...]) -> str:
    """All names of some modules, and then the modules themselves.

    >>> print(imports_of(("math",)), end="")
    from math import *
    import math
    """
    return "".join([*(f"from {name} import *\n" for name in modules), *(f"import {name}\n" for name in modules)])


LEETCODE_HEADER: Final = imports_of(HEADER_MODULES) + _NODES


def put_before(header: str, program: str) -> str:
    """A program after what stands before every program of its task; its `from __future__` lines stay the first.

    >>> print(put_before("import math", "from __future__ import annotations\\nx = 1"))
    from __future__ import annotations
    import math
    x = 1
    """
    if not header:
        return program
    place = max((found.end() for found in _FUTURE.finditer(program)), default=0)
    before = program[:place]
    return f"{before}{'' if before.endswith(chr(10)) or not before else chr(10)}{header.rstrip()}\n{program[place:]}"


def prepare_call(program: str, tests: FunctionTests) -> tuple[str, str]:
    """The program as it is run, and the name that is called.

    One with a class `Solution` gets LeetCode's header. One that has lists of nodes, fractions or decimals, or is to
    change what it is given, gets `rlvr.sandbox.inside.adapting` around its function.

    >>> prepare_call("def f(x): return x", FunctionTests("f", [([1], 1)]))
    ('def f(x): return x', 'f')
    """
    prepared = put_before(LEETCODE_HEADER, program) if _SOLUTION.search(program) else program
    if not tests.in_place and not _ADAPTED.search(program):
        return prepared, tests.name
    made = f"(lambda n: (exec({_adapter()!r}, n), n['adapt'](globals(), {tests.name!r}, in_place={tests.in_place}))[1])"
    return f"{prepared}\n{_CALL} = {made}({{}})\n", _CALL


@cache
def _adapter() -> str:
    return Path(adapting.__file__).read_text(encoding="utf-8")
