"""Families of functions: antiderivatives and solutions of differential equations, whose constants have any name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from rlvr.rewards.math.comparing.equations import renamed
from rlvr.rewards.math.comparing.evaluation import Range, approximate, context
from rlvr.rewards.math.parsing.tree import Node, UndefinedError

_CONSTANT: Final = re.compile(r"C|[CcKk]_\{?\w\}?")
_VARIABLES: Final = frozenset(("x", "t", "u", "y", "s", "r", "z", "v", "theta", "phi"))
_DIGITS: Final = 40


def same_family(reference: Node, answer: Node) -> bool:
    """Whether two expressions are the same functions, as their constants of integration run through all numbers.

    Both must be linear in their constants; what stands beside them must span the same functions.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> same_family(read("x^2+C"), read("x^2-c+1")), same_family(read("x^2+C"), read("x^2"))
    (True, False)
    """
    ours = sorted(name for name in reference.symbols() if _CONSTANT.fullmatch(name))
    variables = reference.symbols() - set(ours)
    theirs = sorted(answer.symbols() - variables)
    if not ours or len(ours) != len(theirs) or not variables or not variables <= _VARIABLES:
        return False
    if variables != answer.symbols() - set(theirs) or any(name in _VARIABLES or len(name) > 4 for name in theirs):
        return False
    if len(ours) == 1 and not _is_added(reference, ours[0]):
        return _renamed_alike(reference, answer, ours[0], theirs[0])
    try:
        return _span_alike(reference, ours, answer, theirs, sorted(variables))
    except UndefinedError:
        return False


def _is_added(node: Node, name: str) -> bool:
    """Whether a constant is a summand of its own."""
    if node.kind == "add":
        return any(_is_added(part, name) for part in node.args)
    return node.kind == "symbol" and node.name == name


def _renamed_alike(reference: Node, answer: Node, ours: str, theirs: str) -> bool:
    """A single factor: only its name is free, since a factor beside it may be asked for."""
    from rlvr.rewards.math.comparing.identity import same

    return same(reference, renamed(answer, {theirs: ours})).equal is True


def _span_alike(
    reference: Node, ours: Sequence[str], answer: Node, theirs: Sequence[str], variables: Sequence[str]
) -> bool:
    points = _points(variables, 2 * len(ours) + 3)
    wanted = [_parts(reference, ours, at) for at in points]
    given = [_parts(answer, theirs, at) for at in points]
    if any(part is None for part in (*wanted, *given)):
        return False  # not linear in its constants
    rows = [
        (*one[1:], *other[1:], one[0] - other[0]) for one, other in zip(wanted, given, strict=True) if one and other
    ]
    count = len(ours)
    ranks = [_rank([row[:count] for row in rows]), _rank([row[count : 2 * count] for row in rows]), _rank(rows)]
    return ranks == [count, count, count]


def _points(variables: Sequence[str], count: int) -> list[dict[str, Any]]:
    mp = context()
    return [
        {name: mp.mpf(3 + 7 * place + 2 * at) / (11 + 3 * place) for at, name in enumerate(variables)}
        for place in range(count)
    ]


def _parts(node: Node, constants: Sequence[str], at: dict[str, Any]) -> list[Any] | None:
    """The value without constants, and what each of them is multiplied with; `None` where it is not linear in them."""
    mp = context()

    def value(**set_to: Any) -> Any:
        return approximate(node, {**at, **dict.fromkeys(constants, mp.mpf(0)), **set_to}, _DIGITS, Range())

    start = value()
    found = [start]
    for name in constants:
        steps = [start, value(**{name: mp.mpf(1)}), value(**{name: mp.mpf(2)})]
        first, second = (after - before for before, after in pairwise(steps))
        if abs(first - second) > mp.mpf(10) ** -25 * (1 + abs(first)):
            return None
        found.append(first)
    return found


def _rank(rows: Sequence[Sequence[Any]]) -> int:
    mp = context()
    left = [list(row) for row in rows]
    rank = 0
    for column in range(len(left[0])):
        best = max(range(rank, len(left)), key=lambda place: abs(left[place][column]), default=rank)
        if rank >= len(left) or abs(left[best][column]) < mp.mpf(10) ** -20:
            continue
        left[rank], left[best] = left[best], left[rank]
        for place in range(rank + 1, len(left)):
            factor = left[place][column] / left[rank][column]
            left[place] = [a - factor * b for a, b in zip(left[place], left[rank], strict=True)]
        rank += 1
    return rank
