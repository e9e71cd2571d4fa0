"""Comparing numbers and expressions: exactly, unless the task allows a difference."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rlvr.rewards.math.comparing.evaluation import Range, approximate, context
from rlvr.rewards.math.comparing.exact import exact
from rlvr.rewards.math.comparing.families import same_family
from rlvr.rewards.math.comparing.identity import Finding, same
from rlvr.rewards.math.parsing.tree import Node, UndefinedError

EXPRESSIONS: Final = frozenset(
    {
        "number",
        "symbol",
        "constant",
        "add",
        "mul",
        "div",
        "neg",
        "pow",
        "call",
        "factorial",
        "binomial",
        "degree",
    }
)
SPOKEN: Final = {
    "round": "tuple", "square": "list", "relation": "relation", "list": "list", "pm": "pair of values",
    "number": "number", "base": "number in another base", "unevaluated": "sum, integral or limit not worked out",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a number may be from the reference; all `None`: not at all.

    Args:
        absolute: Largest difference.
        relative: Largest difference, as a share of the reference.
        decimals: Both are rounded to so many decimals.
        significant: Both are rounded to so many significant digits.
    """

    absolute: float | None = None
    relative: float | None = None
    decimals: int | None = None
    significant: int | None = None

    @property
    def declared(self) -> bool:
        """Whether any is."""
        return any(value is not None for value in (self.absolute, self.relative, self.decimals, self.significant))


EXACT: Final = Tolerance()


def numbers(reference: Node, answer: Node, tolerance: Tolerance = EXACT) -> Finding:
    """Whether two expressions are equal, within what the task allows."""
    if answer.kind in ("list", "set", "pm"):
        return Finding(False, "several answers where one was asked for")
    if answer.kind not in EXPRESSIONS:
        return Finding(False, f"a {SPOKEN.get(answer.kind, answer.kind)} is no {SPOKEN.get(reference.kind, 'number')}")
    found = same(reference, answer)
    if found.equal is False and same_family(reference, answer):
        return Finding(True, "the same family, its constants aside")
    if found.equal is not False or reference.symbols() or answer.symbols():
        return found
    if tolerance.declared:
        return _within(reference, answer, tolerance)
    return _rounded(reference, answer)


def _rounded(reference: Node, answer: Node) -> Finding:
    """A fraction as a decimal, cut or rounded after six significant digits or more; the other way round as well."""
    for whole, decimal, which in ((reference, answer, "answer"), (answer, reference, "reference")):
        inner, text = decimal.args[0] if decimal.kind == "neg" else decimal, ""
        text = inner.name
        if inner.kind != "number" or "." not in text or whole.kind == "number":
            continue
        exactly = exact(whole)
        digits = text.replace(".", "").lstrip("0")
        if (exactly is None and which == "answer") or len(digits) < 6 or "e" in text.lower():
            continue
        places = len(text.partition(".")[2])
        near = exactly if exactly is not None else _approximately(whole)
        written = exact(decimal)
        if written is None or (exactly is not None and _terminates(exactly)):
            continue
        error, unit = abs(near - written), Fraction(1, 10**places)
        if error <= unit / 2 or (error < unit and abs(written) < abs(near)):  # rounded, or cut
            return Finding(True, f"the {which} is the other one's decimals")
    return Finding(False, "different numbers")


def _terminates(fraction: Fraction) -> bool:
    below = fraction.denominator
    for prime in (2, 5):
        while below % prime == 0:
            below //= prime
    return below == 1


def _approximately(node: Node) -> Fraction:
    number_there = approximate(node, {}, 60, Range())
    mp = context()
    if mp.im(number_there):
        raise UndefinedError("no real number")
    return Fraction(mp.nstr(mp.re(number_there), 50))


def _within(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    left, right = (
        found if (found := exact(node)) is not None else _approximately(node) for node in (reference, answer)
    )
    if tolerance.decimals is not None and round(left, tolerance.decimals) == round(right, tolerance.decimals):
        return Finding(True, f"to {tolerance.decimals} decimals")
    if tolerance.significant is not None and _significant(left, right, tolerance.significant):
        return Finding(True, f"to {tolerance.significant} significant digits")
    limit = max(
        Fraction(repr(tolerance.absolute)) if tolerance.absolute is not None else Fraction(0),
        abs(left) * Fraction(repr(tolerance.relative)) if tolerance.relative is not None else Fraction(0),
    )
    return Finding(
        abs(left - right) <= limit, "within the tolerance" if abs(left - right) <= limit else "beyond the tolerance"
    )


def _significant(left: Fraction, right: Fraction, digits: int) -> bool:
    if not left or not right:
        return left == right
    size = 0
    while abs(left) >= 10 ** (size + 1):
        size += 1
    while abs(left) < Fraction(10) ** size:
        size -= 1
    return round(left, digits - 1 - size) == round(right, digits - 1 - size)
