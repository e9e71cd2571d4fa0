"""Whether two expressions are the same function: exactly, or at random points of their symbols."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from rlvr.rewards.math.comparing import matrices, steps
from rlvr.rewards.math.comparing.evaluation import Range, approximate, close, context, digits_needed
from rlvr.rewards.math.comparing.exact import exact
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UndefinedError

_POINTS: Final = 16
_ENOUGH: Final = 6
_SCALES: Final = (1.0, 3.0, 0.4, 10.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether two things are equal, and how that was found; `equal` is `None` where it could not be."""

    equal: bool | None
    how: str


@lru_cache(maxsize=4096)
def same(reference: Node, answer: Node) -> Finding:
    r"""Compares two expressions.

    Constants are compared as rationals, or to thirty digits beyond the smallest number in them. With symbols the two
    must agree at points where both are real, or, where they never are, at complex ones.

    Raises:
        TooCostlyError: Computing them would take too long.
        UndefinedError: A constant without a value.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> same(read("x^2-1"), read("(x-1)(x+1)")).how
    'as rational functions'
    >>> same(read("x"), read("|x|")).equal
    False
    """
    if reference == answer:
        return Finding(True, "the same expression")
    names = sorted(reference.symbols() | answer.symbols())
    if any(part.kind == "div" and _is_zero(part.args[1]) for part in answer.walk()):
        raise UndefinedError("a division by zero")
    if not names:
        left, right = exact(reference), exact(answer)
        if left is not None and right is not None:
            return Finding(left == right, "as rational numbers")
        equal, _ = _agree(reference, answer, {})
        return Finding(equal, "to thirty digits")

    def agree(at: dict[str, Any]) -> tuple[bool, bool]:
        return _agree(reference, answer, at)

    if stepped := steps.symbols(reference) | steps.symbols(answer):
        found = _at_steps(agree, names, stepped)
        return found if not found.equal or stepped == frozenset(names) else _at_points(agree, names)
    if matrices.are_matrices(reference) or matrices.are_matrices(answer):
        return Finding(matrices.equal(reference, answer), "as matrices at random points")
    found = _at_points(agree, names)
    return _proved(reference, answer, names) or found if found.equal else found


def _is_zero(node: Node) -> bool:
    return not node.symbols() and exact(node) == 0


def _at_steps(agree: Any, names: Sequence[str], stepped: frozenset[str]) -> Finding:
    """At integers, and between them where the symbol need not be one: where steps are."""
    met = 0
    for at in steps.points(names, stepped):
        try:
            equal, _ = agree(at)
        except UndefinedError:
            continue
        if not equal:
            return Finding(False, "different at a step")
        met += 1
    return (
        Finding(True, f"the same at {met} steps") if met >= _ENOUGH else Finding(None, "without a value at most points")
    )


def _proved(reference: Node, answer: Node, names: Sequence[str]) -> Finding | None:
    """Rational functions once more, in exact arithmetic at a point of which 64 bits are random.

    Different ones agree there with a probability of their degree over 2^64 (Schwartz 1980, Zippel 1979).
    """
    at = {name: Fraction(random.Random(f"{name} exactly").getrandbits(64), 3) for name in names}
    try:
        left, right = (exact(_at(node, at)) for node in (reference, answer))
    except (TooCostlyError, UndefinedError):
        return None
    if left is None or right is None:
        return None
    return Finding(left == right, "as rational functions")


def _at(node: Node, values: Mapping[str, Fraction]) -> Node:
    if node.kind == "symbol":
        return Node("number", value=values[node.name])
    return replace(node, args=tuple(_at(part, values) for part in node.args)) if node.args else node


def proportional(reference: Node, answer: Node) -> Finding:
    r"""Whether one expression is the other times a constant that is not zero: what makes `a = 0` and `b = 0` the same.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> proportional(read("2x+4y-3"), read(r"y+x/2-3/4")).equal
    True
    """
    names = sorted(reference.symbols() | answer.symbols())
    if not names or not reference.symbols() or not answer.symbols():
        return Finding(False, "one of them is a constant")
    ratios: list[Any] = []

    def ratio(at: dict[str, Any]) -> tuple[bool, bool]:
        found = Range()
        left, right = (approximate(node, at, 40, found) for node in (reference, answer))
        if not left or not right:
            if bool(left) != bool(right):
                return False, True
            raise UndefinedError("both are zero")
        ratios.append(left / right)
        spread = abs(ratios[0] - ratios[-1])
        real = not context().im(left) and not context().im(right)
        return bool(spread <= abs(ratios[0]) * context().mpf(10) ** -20), real

    return _at_points(ratio, names, spread=False)


def _at_points(agree: Any, names: Iterable[str], *, spread: bool = True) -> Finding:
    real = complex_ones = 0
    for at in points(names, spread=spread):
        try:
            equal, is_real = agree(at)
        except UndefinedError:
            continue
        if not equal and is_real:
            return Finding(False, "different at a random point")
        real, complex_ones = real + is_real, complex_ones + (equal and not is_real)
        if real >= _ENOUGH:
            return Finding(True, f"the same at {real} random points")
        if not real and complex_ones >= _POINTS - 2:
            return Finding(True, f"the same at {complex_ones} complex points")
    return (
        Finding(True, f"the same at {real} random points")
        if real >= 3
        else Finding(None, "without a value at most points")
    )


def points(names: Iterable[str], *, spread: bool = True) -> Iterator[dict[str, Any]]:
    """Values for symbols: always the same ones for a name, of either sign and several scales."""
    mp = context()
    for index in range(_POINTS if spread else 8):
        at: dict[str, Any] = {}
        for name in names:
            draw = random.Random(f"{name} {index}")
            scale = _SCALES[index % len(_SCALES)]
            sign = -1 if index >= 4 and draw.random() < 0.5 else 1
            at[name] = mp.mpf(sign * draw.randrange(10**8, 10**9)) * scale / 10**9
        yield at


def _agree(reference: Node, answer: Node, at: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the values are equal, and whether they are real."""
    found = Range()
    for node in (reference, answer):
        approximate(node, at, 30, found)
    digits = digits_needed(found)
    left, right = (approximate(node, at, digits, found) for node in (reference, answer))
    mp = context()
    noise = mp.mpf(10) ** (max(0.0, found.largest) + 14 - digits)
    real = abs(mp.im(left)) <= noise and abs(mp.im(right)) <= noise
    if not real and (abs(mp.im(left)) <= noise) != (abs(mp.im(right)) <= noise):
        real = True  # one is real where the other is not: they differ
    return close(left, right, found, digits), real
