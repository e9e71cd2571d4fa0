"""Which names of a program its tests use, and what the tests take from the standard library without an import."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Sequence
from typing import Final

_BUILT_IN: Final = frozenset(dir(builtins))


def entry_of(tests: Sequence[str], setup: str, solution: str = "") -> list[str]:
    """The program's names: those that the tests use and neither make nor have of Python.

    Args:
        tests: Their texts.
        setup: What stands before them.
        solution: A right program, where there is one: what it defines and the tests use are names of the program, also
            where Python has them too. Without it tests that use no other name call such a one.

    >>> entry_of(["assert add(1, 2) == 3"], ""), entry_of(["assert sum(10, 15) == 6"], "")
    (['add'], ['sum'])
    >>> entry_of(["assert height(root) == 1"], "root = Node(1)")
    ['Node', 'height']
    """
    used, made = _names([setup, *tests])
    wanted = used - made
    own = {name for name in wanted if name not in _BUILT_IN and name not in sys.stdlib_module_names}
    own |= wanted & _defined(solution)
    return sorted(own or _called(tests[0] if tests else "") & wanted)


def imports_for(tests: Sequence[str], setup: str) -> str:
    """Imports of the modules that tests use by name and do not import: the program did, in the same namespace.

    >>> imports_for(["assert size((1,)) == sys.getsizeof((1,))"], "")
    'import sys'
    """
    used, made = _names([setup, *tests])
    wanted = (used - made - _BUILT_IN) & sys.stdlib_module_names
    return "\n".join(f"import {name}" for name in sorted(wanted))


def uses_any(setup: str, entry: Sequence[str]) -> bool:
    """Whether what stands before tests uses names of the program.

    >>> uses_any("root = Node(1)", ["Node", "height"])
    True
    """
    return bool(_names([setup])[0] & set(entry))


def _names(texts: Sequence[str]) -> tuple[set[str], set[str]]:
    """Names that are read, and names that are bound; a text that is no Python has none."""
    used: set[str] = set()
    made: set[str] = set()
    for tree in map(_parsed, texts):
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else made).add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                made.add(node.name)
            elif isinstance(node, ast.arg):
                made.add(node.arg)
            elif isinstance(node, ast.alias):
                made.add((node.asname or node.name).partition(".")[0])
            elif isinstance(node, ast.ExceptHandler) and node.name:
                made.add(node.name)
    return used, made


def _defined(program: str) -> set[str]:
    """Functions and classes at the top of a program."""
    body = _parsed(program).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


def _called(test: str) -> set[str]:
    calls = [node.func for node in ast.walk(_parsed(test)) if isinstance(node, ast.Call)]
    return {function.id for function in calls if isinstance(function, ast.Name)}


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])
