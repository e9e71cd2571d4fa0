"""Which assertions a swallowed error would keep from being reached.

`with transaction() as t: t.put(1); assert t.get() == 1` passes in one process when `put` raises and the program's
`__exit__` swallows that. A test whose assertion did not run has shown nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TypeAlias

Bodies: TypeAlias = "list[tuple[int, int, list[int]]]"
"""First and last line of each `with`, and the last lines of the assertions in it."""


def make_check(bodies: Mapping[str, Bodies]) -> Callable[[BaseException], bool]:
    """Says of an error that a context manager would swallow whether an assertion would stay unreached.

    Args:
        bodies: What `bodies_of` says of the tests, by the name of the file that they are compiled under.

    >>> tests = ast.parse("with m:\\n    f()\\n    assert f()\\nwith m:\\n    assert f()\\n    g()")
    >>> check = make_check({"t": bodies_of(tests)})
    >>> for line in (2, 3, 6):
    ...     try: exec(compile("\\n" * (line - 1) + "1 / 0", "t", "exec"))
    ...     except ZeroDivisionError as error: print(check(error))
    True
    True
    False
    """

    def skips(error: BaseException) -> bool:
        trace = error.__traceback__
        while trace is not None:
            for first, last, assertions in bodies.get(trace.tb_frame.f_code.co_filename, ()):
                line = trace.tb_lineno
                if first <= line <= last and any(line <= end for end in assertions):
                    return True
            trace = trace.tb_next
        return False

    return skips


def bodies_of(tree: ast.AST) -> Bodies:
    """Where the tests have assertions in a `with`."""
    found: Bodies = []
    for node in ast.walk(tree):
        if isinstance(node, ast.With | ast.AsyncWith):
            inside = [one for statement in node.body for one in ast.walk(statement) if _is_assertion(one)]
            found.append((node.lineno, node.end_lineno or node.lineno, [_end(one) for one in inside]))
    return [one for one in found if one[2]]


def _is_assertion(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr.startswith("assert")


def _end(node: ast.AST) -> int:
    return getattr(node, "end_lineno", 0)
