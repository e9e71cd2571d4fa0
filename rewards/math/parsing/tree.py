"""What a mathematical text is once it has been read: a tree of nodes, before anything of it is computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from rlvr.errors import RlvrError


class UnreadableError(RlvrError, ValueError):
    """A text is no mathematics that we read."""


class TooCostlyError(RlvrError, ValueError):
    """Reading or computing it would take more than any right answer needs."""


class UndefinedError(RlvrError, ArithmeticError):
    """It has no value: a division by zero, infinity in a sum."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    Args:
        kind: `number`, `symbol`, `constant` (pi, e, i, oo, R...), `add`, `mul`, `div`, `neg`, `pow`, `call`,
            `factorial`, `pm`, `list` (bare, `1, 2`), `round` (in parentheses), `square` (in brackets), `interval`
            (brackets of two kinds), `set`, `matrix`, `row`, `union`, `intersection`, `minus`, `relation`, `ratio`,
            `text`, `base` (101_2), or `unevaluated` (sums, integrals, limits, derivatives: as text).
        args: What it is made of.
        name: Of a symbol, constant or function; operators of a relation; the text of a text.
        value: Of a number.
    """

    kind: str
    args: tuple[Node, ...] = ()
    name: str = ""
    value: Fraction | None = None

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(node.args)

    def depth(self) -> int:
        """Levels of nodes, counted without recursion."""
        level, deep = [self], 0
        while level:
            level, deep = [part for node in level for part in node.args], deep + 1
        return deep

    def symbols(self) -> frozenset[str]:
        """Names of the symbols below it, functions of unknown meaning included."""
        return frozenset(
            node.name for node in self.walk() if node.kind == "symbol" or (node.kind == "call" and node.name[:1] == "?")
        )


def number(value: int | Fraction) -> Node:
    """A number.

    >>> number(3).value
    Fraction(3, 1)
    """
    return Node("number", value=Fraction(value))


def balanced(kind: str, parts: list[Node]) -> Node:
    """A sum or product of many parts as a tree that is not deep.

    >>> balanced("add", [number(1)] * 300).depth()
    10
    """
    while len(parts) > 1:
        pairs = [parts[place : place + 2] for place in range(0, len(parts), 2)]
        parts = [Node(kind, (pair[0], pair[1])) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]


def is_whole(node: Node) -> bool:
    """Whether a node is a natural number, written without a point.

    >>> is_whole(number(3)), is_whole(Node("number", name="3.0", value=Fraction(3)))
    (True, False)
    """
    return node.value is not None and node.value.denominator == 1 and node.value >= 0 and "." not in node.name
