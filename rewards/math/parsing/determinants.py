"""A determinant between bars: a number, and never the matrix itself."""

from __future__ import annotations

from collections.abc import Sequence

from rlvr.rewards.math.parsing.tree import Node, UnreadableError

_LARGEST = 3
"""Rows; the sum of a larger one has too many terms to be worth reading."""


def determinant(matrix: Node) -> Node:
    """The determinant of a matrix, as the sum of products that it is.

    Raises:
        UnreadableError: It is not square, or larger than 3 by 3.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> from rlvr.rewards.math.comparing.exact import exact
    >>> exact(read(r"\\begin{vmatrix}1&2\\\\3&4\\end{vmatrix}"))
    Fraction(-2, 1)
    """
    rows = [row.args for row in matrix.args]
    if not 1 <= len(rows) <= _LARGEST or any(len(row) != len(rows) for row in rows):
        raise UnreadableError("a determinant that is not square, or too large")
    return _expanded(rows)


def _expanded(rows: Sequence[Sequence[Node]]) -> Node:
    if len(rows) == 1:
        return rows[0][0]
    total: Node | None = None
    for place, entry in enumerate(rows[0]):
        rest = [[*row[:place], *row[place + 1 :]] for row in rows[1:]]
        term = Node("mul", (entry, _expanded(rest)))
        signed = Node("neg", (term,)) if place % 2 else term
        total = signed if total is None else Node("add", (total, signed))
    assert total is not None
    return total
