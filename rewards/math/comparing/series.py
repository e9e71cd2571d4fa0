r"""Sums over an index, compared by their values: `\sum_{n=0}^\infty x^n` and `1/(1-x)`, whatever the index is called.

Power series are added up where they converge fast, sums up to a symbol at small integers. Where neither settles, sympy
is asked (`proof`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from rlvr.rewards.math.comparing.evaluation import Range, approximate, context
from rlvr.rewards.math.comparing.identity import Finding
from rlvr.rewards.math.parsing.grammar import read
from rlvr.rewards.math.parsing.tree import Node, TooCostlyError, UndefinedError, UnreadableError

_SUM: Final = re.compile(
    r"^(?P<before>[^\\=]{0,40}?)\\sum\s*_\s*\{\s*(?P<index>[A-Za-z])\s*=\s*(?P<low>-?\w+)\s*\}\s*\^\s*"
    r"(?P<high>\{[^{}]{1,20}\}|\\infty|\w)\s*(?P<body>.+)$",
    re.DOTALL,
)
_INTEGERS: Final = frozenset("nmNMkp")
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
    sides = [series_of(node.name) if node.kind == "unevaluated" else node for node in (reference, answer)]
    left, right = sides
    if left is None or right is None:
        return None
    names = sorted(left.symbols() | right.symbols())
    sums = [side for side in sides if isinstance(side, Series)]
    upper = {name for one in sums if one.high is not None for name in one.high.symbols()}
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


def _value(side: Series | Node, at: dict[str, Any]) -> Any:
    if isinstance(side, Node):
        return approximate(side, at, _DIGITS, Range())
    mp = context()
    low = int(approximate(side.low, at, _DIGITS, Range()))
    last = low + _MOST_TERMS if side.high is None else int(approximate(side.high, at, _DIGITS, Range()))
    if last - low > _MOST_TERMS:
        raise TooCostlyError("a sum of many terms")
    total, term = mp.mpf(0), mp.mpf(0)
    for index in range(low, last + 1):
        try:
            term = approximate(side.body, {**at, side.index: mp.mpf(index)}, _DIGITS, Range())
        except UndefinedError:
            if index:
                raise
            term = _first(side.body, side.index, at)
        total += term
    if side.high is None and abs(term) > mp.mpf(10) ** -22:
        raise UndefinedError("it converges too slowly")
    return total if side.factor is None else total * approximate(side.factor, at, _DIGITS, Range())


def _first(body: Node, index: str, at: dict[str, Any]) -> Any:
    """The term of index 0, in which x^0 is 1."""
    mp = context()
    near = approximate(body, {**at, index: mp.mpf(10) ** -28}, _DIGITS, Range())
    return mp.mpf(mp.nstr(near, 15))
