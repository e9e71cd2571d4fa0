"""What the source of tests says of what they will do: it is read by the caller, once for all programs.

What the tests change in their own process (a module of the library, the environment, the working folder) is changed in
the program's too, where they mention it; what they do not mention costs nothing.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

_WORDS: Final = frozenset(
    {
        "environ", "setenv", "delenv", "getenv", "putenv", "unsetenv", "chdir", "seed", "numpy", "inspect",
        "caplog", "assertLogs",
        "assertNoLogs", "logging", "warnings", "warns", "recwarn", "deprecated_call", "assertWarns", "catch_warnings",
        "stdout", "stderr", "redirect_stdout", "redirect_stderr", "capsys", "capfd", "setattr", "patch",
    }
)  # fmt: skip
_CHANGES: Final = frozenset({"setattr", "patch"})
_CLOSED: Final = frozenset({"importlib", "marshal", "pickle", "rlvr", "solution", "pytest", "unittest", "_pytest"})
_SURROUNDINGS: Final = frozenset(
    {
        "os.name", "platform.machine", "platform.python_implementation", "platform.python_version", "platform.release",
        "platform.system", "sys.byteorder", "sys.implementation", "sys.maxsize", "sys.platform", "sys.version",
        "sys.version_info",
    }
)  # fmt: skip
"""What is so whatever the program does."""

_COMPUTED: Final = (
    ast.Call, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Subscript, ast.Slice, ast.Tuple, ast.IfExp,
    ast.Constant, ast.expr_context, ast.cmpop, ast.boolop, ast.unaryop, ast.operator,
)  # fmt: skip
_SKIPS: Final = frozenset({"skip", "skipif", "skipIf", "skipUnless"})


def mentions_of(trees: list[ast.Module]) -> dict[str, Any]:
    """What tests mention.

    Returns:
        `words`, of a fixed list; `modules`, those of the library in which they may replace something, and what they
        name there; `skips`, the functions, classes and methods that are skipped by a condition in which the program
        has no part.

    >>> mentions_of([ast.parse("def test_a(monkeypatch):\\n    monkeypatch.setattr('random.randint', f)")])
    {'words': ['setattr'], 'modules': ['random', 'random.randint'], 'skips': []}
    """
    nodes = [node for tree in trees for node in ast.walk(tree)]
    seen = {word for node in nodes for word in _words(node)}
    assigned = {
        one.value.id
        for node in nodes
        if isinstance(node, ast.Assign)
        for one in node.targets
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
    }
    candidates = seen if seen & _CHANGES else assigned & seen
    modules = {name for name in candidates if name.partition(".")[0] in sys.stdlib_module_names}
    return {
        "words": sorted(seen & _WORDS),
        "modules": sorted(name for name in modules if name.partition(".")[0] not in _CLOSED),
        "skips": sorted(name for tree in trees for name in _skipped(tree)),
    }


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.ImportFrom):
        yield from (str(node.module), *(alias.name for alias in node.names))
    elif isinstance(node, ast.alias):
        yield node.name
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 100:
        yield node.value
        yield from (node.value[:place] for place, sign in enumerate(node.value) if sign == ".")


def _skipped(tree: ast.Module) -> Iterator[str]:
    """What is skipped by `skipif(sys.platform == "win32")` and its like: the program has no part in that."""
    bound = Counter(_bound(tree))
    known = {name for name in ("os", "platform", "sys") if bound[name] == 0}
    for node in tree.body:
        if isinstance(node, ast.Assign) and _is_surroundings(node.value, known):
            known |= {one.id for one in node.targets if isinstance(one, ast.Name) and bound[one.id] == 1}
    yield from _skipped_in(tree.body, "", known)


def _bound(tree: ast.Module) -> Iterator[str]:
    """Each name that the tests bind, as often as they do; `import sys` binds what everybody takes it for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.asname for alias in node.names if alias.asname)


def _skipped_in(body: list[ast.stmt], above: str, known: set[str]) -> Iterator[str]:
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        marks = [one for one in node.decorator_list if _skip_name(one) in _SKIPS]
        if marks and all(_is_surroundings(one, known) for mark in marks for one in _conditions(mark)):
            yield above + node.name
        if isinstance(node, ast.ClassDef):
            yield from _skipped_in(node.body, f"{above}{node.name}.", known)


def _skip_name(mark: ast.expr) -> str:
    function = mark.func if isinstance(mark, ast.Call) else mark
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _conditions(mark: ast.expr) -> list[ast.expr]:
    """What decides: of `skipif` also what a text says, which pytest evaluates."""
    if not isinstance(mark, ast.Call):
        return []
    given = [*mark.args, *(one.value for one in mark.keywords if one.arg != "reason")]
    if _skip_name(mark) != "skipif":
        return given
    return [
        ast.parse(one.value, mode="eval").body if isinstance(one, ast.Constant) and isinstance(one.value, str) else one
        for one in given
    ]


def _is_surroundings(value: ast.AST, known: set[str]) -> bool:
    """Whether it is computed from constants and what the interpreter says of the machine."""
    if isinstance(value, ast.Name):
        return value.id in known - {"os", "platform", "sys"}
    if isinstance(value, ast.Attribute):
        path = ast.unparse(value)
        return (path in _SURROUNDINGS and path.partition(".")[0] in known) or _is_surroundings(value.value, known)
    return isinstance(value, _COMPUTED) and all(_is_surroundings(one, known) for one in ast.iter_child_nodes(value))
