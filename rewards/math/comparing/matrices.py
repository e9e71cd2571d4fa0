"""Products that do not commute: `A^{-1}B` is no `BA^{-1}`."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from rlvr.rewards.math.comparing.exact import exact
from rlvr.rewards.math.parsing.tree import Node, UndefinedError

Matrix = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]

_ROUNDS: Final = 3


def are_matrices(node: Node) -> bool:
    """Whether capital letters stand for matrices: one is inverted or transposed beside another one.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> are_matrices(read("A^{-1}B")), are_matrices(read("PV"))
    (True, False)
    """
    names = {part.name for part in node.walk() if part.kind == "symbol"} - {"T"}
    if len(names) < 2 or not all(_is_capital(name) for name in names):
        return False
    return any(part.kind == "pow" and part.args[0].kind == "symbol" and _power(part.args[1]) for part in node.walk())


def _is_capital(name: str) -> bool:
    return len(name.partition("_")[0]) == 1 and name[0].isupper()


def _power(node: Node) -> str:
    if node.kind == "symbol" and node.name == "T":
        return "transposed"
    return "inverted" if exact(node) == -1 else ""


def equal(reference: Node, answer: Node) -> bool:
    """Whether two expressions are equal for random 2 by 2 matrices.

    Raises:
        UndefinedError: One of them is no expression of matrices.
    """
    names = sorted(reference.symbols() | answer.symbols())
    for number in range(_ROUNDS):
        at = {name: _drawn(f"{name} {number}") for name in names}
        if _value(reference, at) != _value(answer, at):
            return False
    return True


def _drawn(seed: str) -> Matrix:
    draw = random.Random(seed)
    a, b, c, d = (Fraction(draw.randrange(1, 10**6)) for _ in range(4))
    return ((a, b), (c, d))


def _value(node: Node, at: Mapping[str, Matrix]) -> Matrix:
    if node.kind == "symbol" and node.name in at:
        return at[node.name]
    if node.kind == "add":
        return _added(_value(node.args[0], at), _value(node.args[1], at))
    if node.kind == "mul":
        return _multiplied(_value(node.args[0], at), _value(node.args[1], at))
    if node.kind == "neg":
        return _multiplied(_scalar(Fraction(-1)), _value(node.args[0], at))
    if node.kind == "pow":
        return _raised(_value(node.args[0], at), node.args[1])
    known = exact(node)
    if known is None:
        raise UndefinedError("no product of matrices")
    return _scalar(known)


def _scalar(value: Fraction) -> Matrix:
    return ((value, Fraction(0)), (Fraction(0), value))


def _added(left: Matrix, right: Matrix) -> Matrix:
    (a, b), (c, d) = left
    (e, f), (g, h) = right
    return ((a + e, b + f), (c + g, d + h))


def _multiplied(left: Matrix, right: Matrix) -> Matrix:
    (a, b), (c, d) = left
    (e, f), (g, h) = right
    return ((a * e + b * g, a * f + b * h), (c * e + d * g, c * f + d * h))


def _raised(base: Matrix, exponent: Node) -> Matrix:
    (a, b), (c, d) = base
    if _power(exponent) == "transposed":
        return ((a, c), (b, d))
    power = exact(exponent)
    if power is None or power.denominator != 1 or abs(power) > 8:
        raise UndefinedError("no power of a matrix")
    determinant = a * d - b * c
    if power < 0:
        if not determinant:
            raise UndefinedError("a matrix without an inverse")
        base = ((d / determinant, -b / determinant), (-c / determinant, a / determinant))
    result = _scalar(Fraction(1))
    for _ in range(abs(int(power))):
        result = _multiplied(result, base)
    return result
