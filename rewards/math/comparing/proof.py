r"""Where arithmetic has no answer: sums, integrals, limits and derivatives, with sympy and Math-Verify's parser.

Only reached in a worker with a deadline, after the cost of the text was looked at, and only when at least one side is
such an operator; everything else was decided by `comparison`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from rlvr.rewards.math.comparing.closeness import EXACT, EXPRESSIONS, Tolerance
from rlvr.rewards.math.comparing.comparison import compare
from rlvr.rewards.math.comparing.identity import Finding
from rlvr.rewards.math.comparing.series import compare_series
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError

LONGEST: Final = 300
MOST_NODES: Final = 60
_RANGE = re.compile(r"\d{5,}|\^\s*\{?\s*\d{4,}|!|\\binom|\^[^{}]*\{[^{}]*\^")


@lru_cache(maxsize=8192)  # the members of a group come to few different answers
def settle(reference: Node, answer: Node, tolerance: Tolerance = EXACT) -> Finding:
    r"""`comparison.compare`, and where a side is a sum, an integral, a limit or a derivative, sympy.

    Raises:
        UndefinedError: The answer has no value.
        TooCostlyError: Computing it would take too long.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> settle(read(r"\frac{d}{dx}x^2"), read("2x")).equal
    True
    """
    kinds = {reference.kind, answer.kind}
    if "unevaluated" not in kinds:
        found = compare(reference, answer, tolerance)
        small = sum(1 for node in (reference, answer) for _ in node.walk()) <= MOST_NODES
        if found.equal is not None or not kinds <= EXPRESSIONS or not small:
            return found
    if "".join(reference.name.split()) == "".join(answer.name.split()) != "":
        return Finding(True, "the same expression")
    if (found := compare_series(reference, answer)) is not None:
        return found
    left, right = _sympy(reference), _sympy(answer)
    if left is None or right is None:
        return Finding(None, "neither arithmetic nor sympy can compare them")
    return _proved(left, right)


def _proved(left: Any, right: Any) -> Finding:
    import sympy

    simplify: Any = sympy.simplify  # pyright: ignore[reportUnknownVariableType]
    try:
        simple = simplify((left - right).doit())
    except (TypeError, ValueError, NotImplementedError, AttributeError, ArithmeticError, RecursionError) as error:
        return Finding(None, f"sympy gives up: {type(error).__name__}")
    if simple == 0:
        return Finding(True, "proved by sympy")
    return Finding(False, "sympy finds a difference")


@lru_cache(maxsize=256)
def _sympy(node: Node) -> Any:
    text = node.name if node.kind == "unevaluated" else _written(node)
    if len(text) > LONGEST or _RANGE.search(text):
        raise TooCostlyError("a sum, product or integral of this size")
    import latex2sympy2_extended

    parse: Any = latex2sympy2_extended.latex2sympy  # pyright: ignore[reportUnknownVariableType]
    try:
        return parse(text)
    except Exception as error:  # the parser raises exceptions of every kind, and has no base class of its own
        raise TooCostlyError(f"Math-Verify's parser gives up: {type(error).__name__}") from error


def _written(node: Node) -> str:
    """A tree as LaTeX."""
    parts = [_written(part) for part in node.args]
    if node.value is not None:
        return (
            f"({node.value})"
            if node.value.denominator == 1
            else rf"\frac{{{node.value.numerator}}}{{{node.value.denominator}}}"
        )
    if node.kind in ("symbol", "constant"):
        return rf"\{node.name} " if len(node.name.partition("_")[0]) > 1 else node.name
    if node.kind == "call":
        return rf"\{node.name}({', '.join(parts)})"
    templates = {
        "neg": "(-{0})", "add": "({0}+{1})", "mul": r"({0}\cdot {1})", "div": r"\frac{{{0}}}{{{1}}}",
        "pow": "({0})^{{{1}}}",        "factorial": "({0})!",
    }  # fmt: skip
    if node.kind not in templates:
        raise TooCostlyError(f"a {node.kind} beside a sum or integral")
    return templates[node.kind].format(*parts)
