r"""Sums and derivatives, compared by their values: `\sum_{n=0}^\infty x^n` is `1/(1-x)`, whatever its index is called.

Power series are added up where they converge fast, sums up to a symbol at small integers. Where neither settles, sympy
is asked (`proof`).
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from rlvr.rewards.math.comparing.closeness import EXPRESSIONS
from rlvr.rewards.math.comparing.evaluation import Range, approximate, context
from rlvr.rewards.math.comparing.identity import Finding
from rlvr.rewards.math.parsing.grammar import read
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UndefinedError, UnreadableError

_SUM: Final = re.compile(
    r"^(?P<before>[^\\=]{0,40}?)\\sum\s*_\s*\{\s*(?P<index>[A-Za-z])\s*=\s*(?P<low>-?\w+)\s*\}\s*\^\s*"
    r"(?P<high>\{[^{}]{1,20}\}|\\infty|\w)\s*(?P<body>.+)$",
    re.DOTALL,
)
_DERIVATIVE: Final = re.compile(r"\\frac\s*\{\s*d\s*\}\s*\{\s*d\s*(?P<by>[a-z])\s*\}\s*(?P<body>[^=+]{1,200})")
_MOST_TERMS: Final = 200
_DIGITS: Final = 30
_SMALL: Final = ("0.11", "-0.13", "0.23", "-0.27", "0.31")
_UPPER: Final = (1, 2, 3, 5, 8)


@dataclass(frozen=True, slots=True)
class Series:
    """A sum over an index, from `low` to `high` (`None`: without end), times `factor`."""

    index: str
    low: Node
    high: Node | None
    body: Node
    factor: Node | None

    def symbols(self) -> frozenset[str]:
        """What it depends on."""
        nodes = [node for node in (self.high, self.factor) if node is not None]
        inner = self.body.symbols() - {self.index}
        return inner.union(*(node.symbols() for node in nodes)) | self.low.symbols()


@dataclass(frozen=True, slots=True)
class Derivative:
    """The derivative of an expression by a symbol."""

    body: Node
    by: str

    def symbols(self) -> frozenset[str]:
        """What it depends on."""
        return self.body.symbols() | {self.by}


@lru_cache(maxsize=512)
def derivative_of(text: str) -> Derivative | None:
    r"""The derivative that `\frac{d}{dx} x^2` is; `None` for anything else."""
    match = _DERIVATIVE.fullmatch(text.strip().rstrip("."))
    if not match:
        return None
    try:
        body = read(match["body"])
    except (UnreadableError, TooCostlyError):
        return None
    return None if body.kind == "unevaluated" else Derivative(body, match["by"])


@lru_cache(maxsize=512)
def series_of(text: str) -> Series | None:
    """The sum that a text is; `None` for anything else, sums of sums included."""
    match = _SUM.match(text.strip().rstrip("."))
    if not match or "\\sum" in match["body"] or "\\int" in text:
        return None
    high = match["high"].strip("{} ")
    try:
        return Series(
            match["index"],
            read(match["low"]),
            None if high == r"\infty" else read(high),
            read(match["body"]),
            read(match["before"]) if match["before"].strip() else None,
        )
    except (UnreadableError, TooCostlyError):
        return None


def compare_series(reference: Node, answer: Node) -> Finding | None:
    """Whether two sides are equal, at least one of them a sum; `None` where their values do not settle it."""
    texts = [node.name.partition("=") if node.kind == "unevaluated" else ("", "", "") for node in (reference, answer)]
    if all(equals and not re.search(r"[\\_{]\s*$|\\sum", name) for name, equals, _ in texts):  # F_n = \sum ...
        if _squeezed(texts[0][0]) != _squeezed(texts[1][0]):
            return Finding(False, "another name")
        reference, answer = (Node("unevaluated", name=rest) for _, _, rest in texts)
    sides = [_side(node) for node in (reference, answer)]
    left, right = sides
    if left is None or right is None:
        return None
    names = sorted(name for name in left.symbols() | right.symbols() if "_" not in name)
    sums = [side for side in sides if isinstance(side, Series)]
    upper = {name for one in sums if one.high is not None for name in one.high.symbols()}
    if any(part.kind not in EXPRESSIONS for side in sides if isinstance(side, Node) for part in side.walk()):
        return None
    if not names and any(one.high is None for one in sums):
        return None  # a number: convergence is too slow to tell
    found = 0
    for place, small in enumerate(_SMALL):
        mp = context()
        at = {name: mp.mpf(small) * (1 + mp.mpf(order) / 7) for order, name in enumerate(names)}
        at |= dict.fromkeys(upper, mp.mpf(_UPPER[place]))
        try:
            values = [_value(side, at) for side in (left, right)]
        except (UndefinedError, TooCostlyError, KeyError):
            continue
        found += 1
        if abs(values[0] - values[1]) > mp.mpf(10) ** -18 * (1 + abs(values[0])):
            return Finding(False, "different values of the sum")
    return Finding(True, f"the same values of the sum at {found} points") if found >= 3 else None


def _squeezed(text: str) -> str:
    return re.sub(r"[\s{}]", "", text)


def _side(node: Node) -> Series | Derivative | Node | None:
    return (series_of(node.name) or derivative_of(node.name)) if node.kind == "unevaluated" else node


def _value(side: Series | Derivative | Node, at: dict[str, Any]) -> Any:
    if isinstance(side, Node):
        return approximate(side, at, _DIGITS, Range())
    mp = context()
    if isinstance(side, Derivative):
        return _slope(side, at)
    low = int(approximate(side.low, at, _DIGITS, Range()))
    last = low + _MOST_TERMS if side.high is None else int(approximate(side.high, at, _DIGITS, Range()))
    if last - low > _MOST_TERMS:
        raise TooCostlyError("a sum of many terms")
    total, term = mp.mpf(0), mp.mpf(0)
    for index in range(low, last + 1):
        try:
            term = approximate(side.body, _with_indexed(side.body, {**at, side.index: mp.mpf(index)}), _DIGITS, Range())
        except UndefinedError:
            if index:
                raise
            term = _first(side.body, side.index, at)
        total += term
    if side.high is None and abs(term) > mp.mpf(10) ** -22:
        raise UndefinedError("it converges too slowly")
    return total if side.factor is None else total * approximate(side.factor, at, _DIGITS, Range())


def _with_indexed(body: Node, at: dict[str, Any]) -> dict[str, Any]:
    """The values with those of `F_k` and `F_{n-k-1}`: any numbers, the same for the same index."""
    found = dict(at)
    for name in body.symbols():
        base, subscript, index = name.partition("_")
        if subscript and name not in found:
            number = int(approximate(_index(index), at, _DIGITS, Range()))
            found[name] = context().mpf(random.Random(f"{base} {number}").randrange(10**5, 10**6)) / 10**5
    return found


@lru_cache(maxsize=256)
def _index(text: str) -> Node:
    try:
        return read(text)
    except UnreadableError as error:
        raise UndefinedError(error.message) from None


def _slope(side: Derivative, at: dict[str, Any]) -> Any:
    """By differences at points so near to each other that thirty digits are left."""
    mp = context()
    mp.dps = 3 * _DIGITS
    step = mp.mpf(10) ** -20

    def value(shift: int) -> Any:
        return approximate(side.body, {**at, side.by: at[side.by] + shift * step}, 3 * _DIGITS, Range())

    return (value(1) - value(-1)) / (2 * step)


def _first(body: Node, index: str, at: dict[str, Any]) -> Any:
    """The term of index 0, in which x^0 is 1."""
    mp = context()
    near = approximate(body, {**at, index: mp.mpf(10) ** -28}, _DIGITS, Range())
    return mp.mpf(mp.nstr(near, 15))
