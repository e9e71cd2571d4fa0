"""Tests made ready by the caller, once for all programs that they judge: the tests' process only loads their code.

That process is forked for each program, with cold memory; to parse and compile there costs more than most tests.
"""

from __future__ import annotations

import ast
import base64
import builtins
import marshal
import threading
import warnings
from functools import lru_cache
from typing import Any, Final

from rlvr.sandbox.judges.tests_side.evaluation_order import compile_tests
from rlvr.sandbox.judges.tests_side.mentions import mentions_of
from rlvr.sandbox.judges.tests_side.own_code import own_texts
from rlvr.sandbox.judges.tests_side.skipped_assertions import bodies_of

_KEPT: Final = 512
_LARGEST_KEPT: Final = 1 << 18
_lock = threading.Lock()


class NoProgramError(ValueError):
    """Tests that are no Python."""


def prepare(files: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """What the tests' process needs of tests, as JSON.

    Args:
        files: The name of each piece and its source.

    Returns:
        `code`, the pieces as the interpreter has them; `texts`, the texts that stand in them; `bodies`, see
        `rlvr.sandbox.judges.tests_side.skipped_assertions`; `names`, what `from solution import *` gives; `mentions`,
        see `rlvr.sandbox.judges.tests_side.mentions`.

    Raises:
        NoProgramError: One is no Python.

    >>> prepare((("t", "import math\\nassert abs(f(3)) < math.pi"),))["names"]
    ['f']
    """
    small = sum(len(source) for _, source in files) <= _LARGEST_KEPT
    return (_kept if small else _prepared)(files)


def _prepared(files: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    try:
        with _lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tests' escapes; they are no business of the caller's
            trees = {name: ast.parse(source) for name, source in files}
            texts = sorted(frozenset[str]().union(*map(own_texts, trees.values())))
            bodies = {name: found for name, tree in trees.items() if (found := bodies_of(tree))}
            names = star_names(*trees.values())
            mentions = mentions_of(list(trees.values()))
            code = [marshal.dumps(compile_tests(tree, name)) for name, tree in trees.items()]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NoProgramError(f"the tests are no program: {type(error).__name__}: {error}"[:300]) from None
    encoded = [base64.b64encode(one).decode() for one in code]
    return {"code": encoded, "texts": texts, "bodies": bodies, "names": names, "mentions": mentions}


_kept = lru_cache(_KEPT)(_prepared)


def star_names(*trees: ast.Module) -> list[str]:
    """What `from solution import *` gives: the names that the tests use and neither they nor Python have.

    A program that defines `abs`, `pytest` or `math` so replaces nothing that the tests judge with.

    >>> star_names(ast.parse("import math\\nfrom solution import *\\ndef test_f():\\n    assert abs(f(3)) < math.pi"))
    ['f']
    """
    used: set[str] = set()
    bound: set[str] = set(dir(builtins))
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    return sorted(used - bound)
