"""Rational values of trees, found by arithmetic alone and never at the price of numbers nobody could write down."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UndefinedError

MOST_BITS: Final = 20_000
"""Of an exact number; the longest numbers read have a third of it."""

LARGEST_FACTORIAL: Final = 1000
LARGEST_BINOMIAL: Final = 5000


@lru_cache(maxsize=8192)
def exact(node: Node) -> Fraction | None:
    """The rational value of a tree, `None` where it has none or it is not found by arithmetic alone.

    Raises:
        UndefinedError: A division by zero.
        TooCostlyError: A number of thousands of digits on the way.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> exact(read("2^{10}/3")), exact(read("x")), exact(read(r"\\sqrt{16}"))
    (Fraction(1024, 3), None, Fraction(4, 1))
    """
    if node.value is not None:
        return node.value
    if node.kind not in _EXACT and not (node.kind == "call" and node.name in _EXACT_CALLS):
        return None
    values = [exact(part) for part in node.args]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    value: Fraction | None = _EXACT[node.kind](*known) if node.kind != "call" else _called_exactly(node.name, known)
    if value is not None and value.numerator.bit_length() + value.denominator.bit_length() > 2 * MOST_BITS:
        raise TooCostlyError("a number of thousands of digits")
    return value


def _divided(above: Fraction, below: Fraction) -> Fraction:
    if not below:
        raise UndefinedError("a division by zero")
    return above / below


def _raised(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1:
        return _rooted(base, exponent)
    if not base and exponent <= 0:
        raise UndefinedError("zero to a power that is not positive") if exponent < 0 else UndefinedError("0^0")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(base) != 1 and abs(exponent) * max(1, bits - 1) > MOST_BITS:
        raise TooCostlyError("a power with thousands of digits")
    return Fraction(1 if exponent % 2 == 0 else base) if abs(base) == 1 else base ** int(exponent)


def _rooted(base: Fraction, exponent: Fraction) -> Fraction | None:
    index = exponent.denominator
    if (base < 0 and index % 2 == 0) or index > 64:
        return None
    roots = [_whole_root(abs(part), index) for part in (base.numerator, base.denominator)]
    if None in roots:
        return None
    root = Fraction(roots[0] or 0, roots[1] or 1)
    return _raised(-root if base < 0 else root, Fraction(exponent.numerator))


def _whole_root(number: int, index: int) -> int | None:
    root = math.isqrt(number) if index == 2 else _nearest_root(number, index)
    return root if root**index == number else None


def _nearest_root(number: int, index: int) -> int:
    low, high = 0, 1 << (number.bit_length() // index + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**index <= number else (low, middle - 1)
    return low


def _factorial(of: Fraction) -> Fraction | None:
    if of.denominator != 1 or of < 0:
        return None
    if of > LARGEST_FACTORIAL:
        raise TooCostlyError(f"the factorial of a number beyond {LARGEST_FACTORIAL}")
    return Fraction(math.factorial(int(of)))


def _binomial(of: Fraction, many: Fraction) -> Fraction | None:
    if of.denominator != 1 or many.denominator != 1 or of < 0 or many < 0:
        return None
    if of > LARGEST_BINOMIAL:
        raise TooCostlyError(f"a binomial coefficient of a number beyond {LARGEST_BINOMIAL}")
    return Fraction(math.comb(int(of), int(many)))


def _called_exactly(name: str, values: list[Fraction]) -> Fraction | None:
    if name in ("gcd", "lcm") and all(value.denominator == 1 for value in values):
        return Fraction((math.gcd if name == "gcd" else math.lcm)(*(int(value) for value in values)))
    if name in ("max", "min"):
        return (max if name == "max" else min)(values)
    if len(values) != 1:
        return None
    if name == "abs":
        return abs(values[0])
    if name in ("floor", "ceil"):
        return Fraction((math.floor if name == "floor" else math.ceil)(values[0]))
    return None


_EXACT: Final[dict[str, Callable[..., Any]]] = {
    "neg": operator.neg,
    "add": operator.add,
    "mul": operator.mul,
    "div": _divided,
    "pow": _raised,
    "factorial": _factorial,
    "binomial": _binomial,
}
_EXACT_CALLS: Final = frozenset({"gcd", "lcm", "max", "min", "abs", "floor", "ceil"})
