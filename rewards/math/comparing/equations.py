"""Equations that only give something a name: `x = 5` says 5, and `7 = 5` says nothing."""

from __future__ import annotations

from itertools import pairwise

from rlvr.rewards.math.comparing.identity import Finding, same
from rlvr.rewards.math.parsing.tree import Node


def value(node: Node) -> Node | Finding:
    r"""What an equation says of a name (`x = 5` says 5); anything else is itself; a false one is found out.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> value(read("x = 2+3 = 5")) == read("5")
    True
    """
    if node.kind != "relation":
        return node
    operators = node.name.split(" ")
    if operators == ["in"]:
        return node.args[1]
    if "~" in operators:
        place = operators.index("~")
        if not set(operators[place:]) <= {"~", "="}:
            return node
        if place or not is_name(node.args[0]):
            node = Node("relation", node.args[: place + 1], " ".join(operators[:place])) if place else node.args[0]
            return value(node)
        return node.args[1]
    if set(operators) != {"="}:
        return node
    parts = node.args[1:] if is_name(node.args[0]) else node.args
    for left, right in pairwise(parts):
        if not same(left, right).equal:
            return Finding(False, "a relation that does not hold") if not node.symbols() or len(node.args) > 2 else node
    if parts is node.args and node.symbols():
        return node
    return parts[-1]


def is_name(node: Node) -> bool:
    """Whether a side of an equation only names what the other says: `x`, `f(x)`, `|AB|`, `(p, q)`, `A:B`."""
    if node.kind == "symbol" or (node.kind == "call" and node.name[0] == "?"):
        return True
    if node.kind == "constant" and node.name in ("e", "i"):
        return True
    if node.kind in ("round", "ratio", "div") or (node.kind == "call" and node.name == "abs"):
        return all(is_name(part) for part in node.args)
    return node.kind == "mul" and all(
        part.kind in ("symbol", "mul") and (part.name or "A")[0].isupper() for part in node.args
    )
