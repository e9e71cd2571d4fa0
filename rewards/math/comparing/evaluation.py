"""Values of trees at points, to as many digits as telling them apart takes."""

from __future__ import annotations

import operator
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rlvr.errors import RlvrError
from rlvr.rewards.math.comparing.exact import LARGEST_FACTORIAL, exact
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UndefinedError

_LARGEST_LOG: Final = 20_000
"""Decimal digits before the point of an inexact value."""

_DIGITS: Final = 30
_SPARE: Final = 14


@dataclass
class Range:
    """The largest and the smallest magnitude met on the way to a value, as decimal logarithms."""

    largest: float = -1e9
    smallest: float = 1e9

    @property
    def spread(self) -> int:
        """Digits between them."""
        return max(0, int(self.largest - self.smallest)) if self.largest >= self.smallest else 0


def digits_needed(found: Range) -> int:
    """Digits to compute with so that what is smallest still tells.

    Raises:
        TooCostlyError: Too many.
    """
    if found.spread > _LARGEST_LOG:
        raise TooCostlyError("numbers of too different magnitude")
    return _DIGITS + found.spread


def close(left: Any, right: Any, found: Range, digits: int) -> bool:
    """Whether two values are the same as far as they were computed."""
    mp = context()
    return bool(abs(left - right) <= mp.mpf(10) ** (max(0.0, found.largest) + _SPARE - digits))


_LOCAL = threading.local()


def context() -> Any:
    """Mpmath for this thread: its precision is a field that threads would set for each other."""
    if not hasattr(_LOCAL, "mp"):
        from mpmath.ctx_mp import MPContext  # pyright: ignore

        _LOCAL.mp = MPContext()
    return _LOCAL.mp


def approximate(node: Node, at: Mapping[str, Any], digits: int, found: Range) -> Any:
    """The value of a tree at a point, a real or complex number of mpmath.

    Args:
        node: What to compute.
        at: Values of its symbols.
        digits: Decimal digits to compute with.
        found: Takes in what magnitudes were met.

    Raises:
        UndefinedError: It has no value there.
        TooCostlyError: A magnitude beyond all reason.
    """
    mp = context()
    mp.dps = digits
    try:
        return _Value(mp, at, found).of(node)
    except (ZeroDivisionError, OverflowError, ValueError, TypeError) as error:
        if isinstance(error, RlvrError):
            raise
        raise UndefinedError(f"it has no value: {error}") from None


class _Value:
    """One evaluation."""

    def __init__(self, mp: Any, at: Mapping[str, Any], found: Range) -> None:
        self.mp, self.at, self.found = mp, at, found

    def of(self, node: Node) -> Any:
        value: Any
        if node.value is not None:
            value = self.mp.mpf(node.value.numerator) / node.value.denominator
        elif node.kind == "symbol":
            return self.at[node.name]
        elif node.kind == "constant":
            value = self._constant(node.name)
        elif node.kind == "call" and node.name[0] == "?":
            return self._unknown(node)
        elif node.kind == "degree":
            value = self.of(node.args[0]) * self.mp.pi / 180
        elif node.kind in ("factorial", "binomial"):
            value = self._counted(node)
        elif node.kind == "pow":
            value = self._power(node)
        elif node.kind == "call":
            value = self._call(node.name, [self.of(part) for part in node.args])
        elif node.kind in _ARITHMETIC:
            value = _ARITHMETIC[node.kind](*(self.of(part) for part in node.args))
        else:
            raise UndefinedError(f"a {node.kind} is no number")
        return self._noted(value, small=node.kind in ("number", "div", "pow"))

    def _noted(self, value: Any, *, small: bool) -> Any:
        size = abs(value)
        if not self.mp.isfinite(size):
            raise UndefinedError("it is not finite")
        if size:
            log = float(self.mp.mag(size)) * 0.30103
            if abs(log) > _LARGEST_LOG:
                raise TooCostlyError("a number of too many digits")
            self.found.largest = max(self.found.largest, log)
            if small:
                self.found.smallest = min(self.found.smallest, log)
        return value

    def _constant(self, name: str) -> Any:
        if name in ("pi", "e"):
            return +getattr(self.mp, name)
        if name == "i":
            return self.mp.mpc(0, 1)
        raise UndefinedError("infinity is no number" if name == "oo" else f"{name} is no number")

    def _counted(self, node: Node) -> Any:
        known = exact(node)
        if known is not None:
            return self.mp.mpf(known.numerator) / known.denominator
        values = [self.of(part) for part in node.args]
        if any(abs(value) > LARGEST_FACTORIAL for value in values):
            raise TooCostlyError("a factorial of a large number")
        return self.mp.factorial(*values) if node.kind == "factorial" else self.mp.binomial(*values)

    def _power(self, node: Node) -> Any:
        base, exponent = self.of(node.args[0]), self.of(node.args[1])
        if not base and self.mp.re(exponent) <= 0:
            raise UndefinedError("zero to a power that is not positive")
        if base and abs(exponent) * abs(self.mp.log(abs(base))) > 2.4 * _LARGEST_LOG:
            raise TooCostlyError("a power with too many digits")
        known = exact(node.args[1])
        if known is not None and not self.mp.im(base) and base < 0 and known.denominator % 2 and known.denominator > 1:
            root = -self.mp.root(-self.mp.re(base), known.denominator)  # the real one, as in school
            return root**known.numerator
        return base**exponent

    def _unknown(self, node: Node) -> Any:
        values = [self.of(part) for part in (node.args[0].args if node.args[0].kind == "round" else node.args)]
        key = ",".join(self.mp.nstr(value, 12) for value in values)
        return self.mp.mpf(random.Random(f"{node.name}({key})").randrange(10**6, 10**7)) / 10**6

    def _settled(self, value: Any) -> Any:
        """A value so near to an integer that only rounding parts them: log_2 8 is 3."""
        nearest = self.mp.nint(self.mp.re(value))
        return nearest if abs(value - nearest) <= self.mp.mpf(10) ** (_SPARE - self.mp.dps) else value

    def _call(self, name: str, values: list[Any]) -> Any:
        mp, first = self.mp, values[0]
        if name in _MPMATH and len(values) == 1:
            return getattr(mp, _MPMATH[name])(first)
        if name in ("log", "ln"):
            return mp.log(first) if len(values) == 1 else mp.log(first) / mp.log(values[1])
        if name == "lg":
            return mp.log(first) / mp.log(10)
        if name == "abs":
            return abs(first)
        if name in ("floor", "ceil", "sgn"):
            return {"floor": mp.floor, "ceil": mp.ceil, "sgn": mp.sign}[name](self._settled(first))
        if name in ("max", "min"):
            return {"max": max, "min": min}[name](values)
        raise UndefinedError(f"{name} of that is not computed")


_ARITHMETIC: Final[dict[str, Any]] = {
    "neg": operator.neg,
    "add": operator.add,
    "mul": operator.mul,
    "div": operator.truediv,
}
_MPMATH: Final = {name: name for name in ["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "exp"]} | {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccot": "acot",
}  # fmt: skip
