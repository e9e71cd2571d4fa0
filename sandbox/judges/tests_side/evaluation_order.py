"""Tests are compiled so that the program cannot move what it is compared with.

`assert f(xs) == sorted(xs)` calls `f` first, and one that empties `xs` is then compared with `sorted([])`. Here the
side that the tests compute by themselves is computed first. `assert account.pay(5) == account.balance` is left as it
is: what a call does to an object of the program's is what the test looks at.

Texts that are formatted go through a formatter that shows nothing private, unless they stand in the tests. `is` knows
that two handles may be on one object.
"""

from __future__ import annotations

import ast
import builtins
import copy
from dataclasses import dataclass
from typing import Any, Final

from rlvr.sandbox.judges.tests_side.own_code import FORMAT_NAMES, IS_NAME, OURS_NAME, SUPER_NAME, TYPE_NAME

_FIRST: Final = "@first"
_PURE: Final = frozenset(
    {
        "abs", "all", "any", "bool", "dict", "enumerate", "float", "frozenset", "int", "len", "list", "max", "min",
        "range", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip",
    }
)  # fmt: skip
_PURE_METHODS: Final = frozenset(
    {"copy", "count", "get", "index", "items", "join", "keys", "lower", "split", "strip", "upper", "values"}
)
_EQUAL: Final = frozenset(
    {
        "assertEqual", "assertListEqual", "assertDictEqual", "assertSetEqual", "assertTupleEqual",
        "assertSequenceEqual", "assertCountEqual", "assertAlmostEqual", "assertNotEqual",
    }
)  # fmt: skip


def compile_tests(source: str | ast.Module, name: str) -> Any:
    """The code of tests, with the sides of comparisons in that order.

    Raises:
        SyntaxError, ValueError: It is no Python.

    >>> names = {"@is_ours": any, "f": lambda xs: xs.clear() or [], "xs": [2, 1]}
    >>> try: exec(compile_tests("assert f(xs) == sorted(xs)", "tests"), names)
    ... except AssertionError: print("refused")
    refused
    """
    tree = ast.parse(source) if isinstance(source, str) else source
    return builtins.compile(
        ast.fix_missing_locations(_Order().visit(tree)), name, "exec", dont_inherit=True, optimize=0
    )


class _Order(ast.NodeTransformer):
    def __init__(self) -> None:
        self._first_arguments: list[str] = []
        """Of the functions that are being visited."""
        self._bound: set[str] = set()
        """Names that the tests bind: `type` may be a parameter of theirs."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        for one in ast.walk(node):
            if isinstance(one, ast.arg):
                self._bound.add(one.arg)
            elif isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
                self._bound.add(one.id)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        given = [*node.args.posonlyargs, *node.args.args]
        self._first_arguments.append(given[0].arg if given else "")
        self.generic_visit(node)
        self._first_arguments.pop()
        return node

    def _own_super(self, node: ast.Call) -> ast.expr:
        """`super()` by name: it may be of a class that derives from one of the program's."""
        arguments: list[ast.expr] = list(node.args)
        if not arguments and self._first_arguments and self._first_arguments[-1]:
            arguments = [ast.Name("__class__", ast.Load()), ast.Name(self._first_arguments[-1], ast.Load())]
        if len(arguments) != 2:
            return node
        return ast.copy_location(ast.Call(ast.Name(SUPER_NAME, ast.Load()), arguments, []), node)

    def visit_Assert(self, node: ast.Assert) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(node)
        test = node.test
        if not isinstance(test, ast.Compare) or len(test.ops) > 1:
            return node
        shared = _shared(test.left, test.comparators[0])
        if not shared:
            return node
        first = _name_first(test.comparators[0], shared)
        test.comparators[0] = first.load
        return [first.assignment, node]

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(node)
        call = node.value
        if not isinstance(call, ast.Call) or len(call.args) < 2 or not isinstance(call.func, ast.Attribute):
            return node
        shared = _shared(call.args[0], call.args[1]) if call.func.attr in _EQUAL else []
        if not shared:
            return node
        first = _name_first(call.args[1], shared)
        call.args[1] = first.load
        return [first.assignment, node]

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        if len(node.ops) > 1 or not isinstance(node.ops[0], ast.Is | ast.IsNot):
            return node
        if isinstance(node.left, ast.Constant) or isinstance(node.comparators[0], ast.Constant):
            return node
        found: ast.expr = ast.Call(ast.Name(IS_NAME, ast.Load()), [node.left, node.comparators[0]], [])
        return ast.copy_location(found if isinstance(node.ops[0], ast.Is) else ast.UnaryOp(ast.Not(), found), node)

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) and not node.keywords else ""
        if name == "super" and name not in self._bound:
            return self._own_super(node)
        if name == "type" and name not in self._bound and len(node.args) == 1:
            return ast.copy_location(ast.Call(ast.Name(TYPE_NAME, ast.Load()), node.args, []), node)
        function = node.func
        if not isinstance(function, ast.Attribute) or function.attr not in FORMAT_NAMES:
            return node
        if isinstance(function.value, ast.Constant):
            return node
        keys: list[ast.expr | None] = [None if one.arg is None else ast.Constant(one.arg) for one in node.keywords]
        named = ast.Dict(keys, [one.value for one in node.keywords])
        arguments = [function.value, ast.Tuple(node.args, ast.Load()), named]
        return ast.copy_location(ast.Call(ast.Name(FORMAT_NAMES[function.attr], ast.Load()), arguments, []), node)


@dataclass
class _First:
    """A value that is computed before the statement it stands in, and its name there."""

    assignment: ast.stmt
    load: ast.expr


def _name_first(value: ast.expr, shared: list[ast.expr]) -> _First:
    """Computed first only where something shared is the tests': what becomes of a handle, they want to see."""

    def load() -> ast.expr:
        return ast.Name(_FIRST, ast.Load())

    ours = ast.Call(ast.Name(OURS_NAME, ast.Load()), shared, [])
    kept = ast.IfExp(ours, ast.Tuple([value], ast.Load()), ast.Constant(None))
    item = ast.Subscript(load(), ast.Constant(0), ast.Load())
    later = ast.IfExp(ast.Compare(load(), [ast.Is()], [ast.Constant(None)]), copy.deepcopy(value), item)
    assignment = ast.Assign([ast.Name(_FIRST, ast.Store())], kept)
    return _First(ast.copy_location(assignment, value), ast.copy_location(later, value))


def _is_pure(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in _PURE_METHODS
    return isinstance(call.func, ast.Name) and call.func.id in _PURE


def _shared(left: ast.expr, right: ast.expr) -> list[ast.expr]:
    """What a call on the left is handed and the right, which calls nothing else, is computed from."""
    handed: dict[str, ast.expr] = {}
    for node in ast.walk(left):
        if isinstance(node, ast.Call) and not _is_pure(node):
            for given in (*node.args, *(keyword.value for keyword in node.keywords)):
                handed |= _places(given)
    if isinstance(right, ast.Name):  # the same object, however it has changed
        return []
    if any(isinstance(node, ast.Call) and not _is_pure(node) for node in ast.walk(right)):
        return []
    names = {*_places(right), *(node.id for node in ast.walk(right) if isinstance(node, ast.Name))}
    return [copy.deepcopy(place) for text, place in handed.items() if text in names]


def _places(node: ast.expr) -> dict[str, ast.expr]:
    """The variables that are read in it, and attributes of `self`."""
    found: dict[str, ast.expr] = {}
    below: list[ast.AST] = [node]
    while below:
        one = below.pop()
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "self":
            found[ast.unparse(one)] = one
        elif isinstance(one, ast.Name):
            found[one.id] = one
        else:
            below += ast.iter_child_nodes(one)
    return found
