r"""Sets of real numbers: intervals, their unions, and the inequalities that mean the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rlvr.rewards.math.comparing.evaluation import Range, approximate
from rlvr.rewards.math.parsing.tree import Node, UndefinedError, number

_INFINITE: Final = Node("constant", name="oo")
_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!=", "=": "="}
_NEAR: Final = 1e-12


class NoRegionError(UndefinedError):
    """It is no set of real numbers that we can work out."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a piece: what was written, about where it is, and whether it belongs to the piece."""

    node: Node
    at: float
    closed: bool = False


Piece = tuple[Bound, Bound]


@dataclass(frozen=True, slots=True)
class Region:
    """Pieces from left to right; `variable` is what lies in it, where that was said."""

    pieces: tuple[Piece, ...]
    variable: Node | None = None


LEFT: Final = Bound(Node("neg", (_INFINITE,)), float("-inf"))
RIGHT: Final = Bound(_INFINITE, float("inf"))
REALS: Final = Region(((LEFT, RIGHT),))


def region(node: Node) -> Region:
    r"""The set of real numbers that a tree means.

    Raises:
        NoRegionError: It means none, or not one that is found by looking at linear inequalities.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> [bound.at for bound in region(read("-x > -1")).pieces[0]]
    [-inf, 1.0]
    """
    if node.kind in ("interval", "round", "square") and len(node.args) == 2:
        brackets = {"round": "()", "square": "[]"}.get(node.kind, node.name)
        low, high = (_bound(part, closed=mark in "[]") for part, mark in zip(node.args, brackets, strict=True))
        return Region(((low, high),) if low.at < high.at or (low.at == high.at and brackets == "[]") else ())
    if node.kind == "set":
        return _union([Region(((bound, bound),)) for bound in (_bound(part, closed=True) for part in node.args)])
    if node.kind == "constant" and node.name in ("R", "empty"):
        return REALS if node.name == "R" else Region(())
    if node.kind in ("union", "intersection", "minus"):
        left, right = region(node.args[0]), region(node.args[1])
        if node.kind == "union":
            return _union([left, right])
        return _both(left, right if node.kind == "intersection" else _complement(right))
    if node.kind == "relation":
        return _of_relation(node)
    if node.kind == "list" and all(
        part.kind == "relation" and (part.name != "=" or node.name == "or") for part in node.args
    ):
        return _of_list(node)
    raise NoRegionError(f"a {node.kind} is no set of real numbers")


def _of_list(node: Node) -> Region:
    """Of inequalities: `or` joins them, `and` needs both, a comma means what is not empty."""
    parts = [region(part) for part in node.args]
    if node.name == "or":
        return _union(parts)
    whole = _all(parts)
    if node.name != "and" and any(
        _all(parts[:at] + parts[at + 1 :]).pieces == whole.pieces for at in range(len(parts))
    ):
        raise NoRegionError("inequalities of which one says nothing")  # x > 3, x > 1: a list, no system
    return whole if whole.pieces or node.name == "and" else _union(parts)


def _all(parts: Sequence[Region]) -> Region:
    whole = parts[0] if parts else REALS
    for part in parts[1:]:
        whole = _both(whole, part)
    return whole


def equal_regions(reference: Region, answer: Region, equal: Callable[[Node, Node], bool]) -> bool:
    """Whether two regions are the same, ends included, and speak of the same variable where both name one."""
    if reference.variable and answer.variable and reference.variable == Node("call", (answer.variable,), "abs"):
        reference = _both_signs(reference, answer.variable)
    if reference.variable and answer.variable and answer.variable == Node("call", (reference.variable,), "abs"):
        answer = _both_signs(answer, reference.variable)
    if reference.variable and answer.variable and reference.variable != answer.variable:
        return False
    if len(reference.pieces) != len(answer.pieces):
        return False
    pairs = zip(_ends(reference), _ends(answer), strict=True)
    return all(a.closed == b.closed and (a.node == b.node or _same(a, b, equal)) for a, b in pairs)


def _ends(of: Region) -> list[Bound]:
    return [bound for piece in of.pieces for bound in piece]


def _both_signs(of: Region, variable: Node) -> Region:
    """Where x lies when |x| lies in a region."""
    mirrored = [
        (
            replace(high, node=Node("neg", (high.node,)), at=-high.at),
            replace(low, node=Node("neg", (low.node,)), at=-low.at),
        )
        for low, high in of.pieces
    ]
    positive = Region(((Bound(number(0), 0.0, closed=True), RIGHT),))
    right = _both(Region(of.pieces), positive)
    left = _both(Region(tuple(mirrored)), Region(((LEFT, Bound(number(0), 0.0, closed=True)),)))
    return replace(_union([left, right]), variable=variable)


def _same(left: Bound, right: Bound, equal: Callable[[Node, Node], bool]) -> bool:
    if abs(left.at) == float("inf") or abs(right.at) == float("inf"):
        return left.at == right.at
    return equal(left.node, right.node)


def _bound(node: Node, *, closed: bool) -> Bound:
    if node == _INFINITE or (node.kind == "neg" and node.args[0] == _INFINITE):
        if closed:
            raise NoRegionError("infinity belongs to no set of real numbers")
        return Bound(node, float("-inf" if node.kind == "neg" else "inf"), closed=False)
    try:
        value = approximate(node, {}, 30, Range())
    except KeyError as error:
        raise NoRegionError(f"an end with the symbol {error}") from None
    if value.imag if hasattr(value, "imag") else False:
        raise NoRegionError("an end that is no real number")
    return Bound(node, float(value.real), closed)


def _of_relation(node: Node) -> Region:
    operators = node.name.split(" ")
    if operators == ["in"]:
        return replace(region(node.args[1]), variable=node.args[0])
    if not set(operators) <= set(_FLIPPED) or ("=" in operators and len(operators) > 1):
        raise NoRegionError(f"`{node.name}` gives no set of real numbers")
    variable = _variable(node)
    whole = REALS
    for left, operator, right in zip(node.args, operators, node.args[1:], strict=False):
        whole = _both(whole, _half(left, operator, right, variable))
    return replace(whole, variable=variable)


def _variable(node: Node) -> Node:
    named = [part for part in node.args if part.symbols()]
    if not named:
        raise NoRegionError("an inequality without a variable")
    if len(node.args) == 3 and named == [node.args[1]]:
        whole = node.args[1]
        if whole.kind in ("symbol", "call"):
            return whole
    names = node.symbols()
    if len(names) > 1:
        raise NoRegionError("an inequality of several variables")
    (name,) = names
    if len(named) == 1 and named[0].kind == "call":
        return named[0]
    return Node("symbol", name=name)


def _half(left: Node, operator: str, right: Node, variable: Node) -> Region:
    if left == variable and not right.symbols():
        return _side(operator, right)
    if right == variable and not left.symbols():
        return _side(_FLIPPED[operator], left)
    if variable.kind != "symbol":
        raise NoRegionError("an inequality that is not solved for its variable")
    difference = Node("add", (left, Node("neg", (right,))))
    at = [_put(difference, variable, value) for value in (0, 1, 2)]
    values = [approximate(part, {}, 30, Range()) for part in at]
    slope = values[1] - values[0]
    if abs(values[2] - values[1] - slope) > _NEAR * (1 + abs(slope)) or abs(slope) < _NEAR:
        raise NoRegionError("an inequality that is not linear")
    rise = Node("add", (at[1], Node("neg", (at[0],))))
    root = Node("div", (Node("neg", (at[0],)), rise))
    return _side(operator if slope > 0 else _FLIPPED[operator], root)


def _put(node: Node, variable: Node, value: int) -> Node:
    if node == variable:
        return number(value)
    return replace(node, args=tuple(_put(part, variable, value) for part in node.args)) if node.args else node


def _side(operator: str, bound: Node) -> Region:
    end = _bound(bound, closed="=" in operator and operator != "!=")
    if operator == "=":
        return Region(((end, end),))
    if operator == "!=":
        return Region(((LEFT, end), (end, RIGHT)))
    return Region(((LEFT, end),) if operator[0] == "<" else ((end, RIGHT),))


def _union(regions: Sequence[Region]) -> Region:
    pieces = sorted(
        (piece for part in regions for piece in part.pieces), key=lambda piece: (piece[0].at, not piece[0].closed)
    )
    merged: list[Piece] = []
    for low, high in pieces:
        if merged and _touches(merged[-1][1], low):
            before_low, before_high = merged[-1]
            merged[-1] = (before_low, _outer(before_high, high))
        else:
            merged.append((low, high))
    return Region(tuple(merged), _named(regions))


def _touches(high: Bound, low: Bound) -> bool:
    if abs(high.at - low.at) <= _NEAR * max(1.0, abs(low.at)):
        return high.closed or low.closed
    return low.at < high.at


def _outer(left: Bound, right: Bound) -> Bound:
    if abs(left.at - right.at) <= _NEAR * max(1.0, abs(right.at)) or left.at == right.at:
        return left if left.closed else right
    return left if left.at > right.at else right


def _both(left: Region, right: Region) -> Region:
    found: list[Piece] = []
    for low_a, high_a in left.pieces:
        for low_b, high_b in right.pieces:
            low = _inner(low_a, low_b, lambda a, b: a > b)
            high = _inner(high_a, high_b, lambda a, b: a < b)
            if low.at < high.at or (low.at == high.at and low.closed and high.closed):
                found.append((low, high))
    return Region(tuple(sorted(found, key=lambda piece: piece[0].at)), _named([left, right]))


def _inner(left: Bound, right: Bound, further: Callable[[float, float], bool]) -> Bound:
    if left.at == right.at:
        return right if left.closed else left
    return left if further(left.at, right.at) else right


def _complement(of: Region) -> Region:
    ends = [LEFT, *(replace(bound, closed=not bound.closed) for bound in _ends(of)), RIGHT]
    pairs = [(ends[place], ends[place + 1]) for place in range(0, len(ends), 2)]
    return Region(tuple((low, high) for low, high in pairs if low.at < high.at or (low.closed and high.closed)))


def _named(regions: Sequence[Region]) -> Node | None:
    return next((part.variable for part in regions if part.variable), None)
