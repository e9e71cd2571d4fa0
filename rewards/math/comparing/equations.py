"""Equations that only give something a name: `x = 5` says 5, and `7 = 5` says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from rlvr.rewards.math.comparing.evaluation import Range, approximate
from rlvr.rewards.math.comparing.exact import exact
from rlvr.rewards.math.comparing.identity import Finding, same
from rlvr.rewards.math.parsing.tree import Node, UndefinedError, number


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
        return _before_about(node, operators)
    if set(operators) != {"="}:
        return node
    node = name_first(node)
    named = is_name(node.args[0])
    parts = list(node.args[1:] if named else node.args)
    while named and len(parts) > 1 and parts[0].kind == "symbol":
        parts = parts[1:]  # x = y = 3
    for left, right in pairwise(parts):
        if not same(left, right).equal:
            return Finding(False, "a relation that does not hold") if not node.symbols() or len(node.args) > 2 else node
    return node if not named and node.symbols() else parts[-1]


def _before_about(node: Node, operators: Sequence[str]) -> Node | Finding:
    """What stands before `about`, whose other side is a comment; behind a bare name, that other side."""
    place = operators.index("~")
    if not set(operators[place:]) <= {"~", "="}:
        return node
    named = is_name(node.args[0])
    if not named and not _is_near(node.args[place], node.args[place + 1]):
        return Finding(False, "a relation that does not hold")
    if place:
        return value(Node("relation", node.args[: place + 1], " ".join(operators[:place])))
    return node.args[1] if named else value(node.args[0])


_NEAR = 0.02
"""Largest share by which a value and what it is said to be about may differ."""


def _is_near(exactly: Node, about: Node) -> bool:
    if exactly.symbols() or about.symbols():
        return True
    try:
        left, right = (approximate(part, {}, 20, Range()) for part in (exactly, about))
    except UndefinedError:
        return True
    return bool(abs(left - right) <= _NEAR * abs(left))


def name_first(node: Node) -> Node:
    """`5 = x` as `x = 5`."""
    if node.kind != "relation" or node.name != "=" or len(node.args) != 2:
        return node
    left, right = node.args
    return replace(node, args=(right, left)) if right.kind == "symbol" and not left.symbols() else node


_GRAPH = "y"
"""What the values of any function may be called: `y = 2x` is `f(x) = 2x`."""
_INTEGERS = frozenset("knmtjl")


def in_order(node: Node, names: Sequence[str] = ()) -> Node:
    """A list of `y = 1, x = 2` in the order of its names, or of names that are given."""
    if not all(part.kind == "relation" and part.name == "=" and part.args[0].kind == "symbol" for part in node.args):
        return node
    places = {name: place for place, name in enumerate(names)}
    given = [part.args[0].name for part in node.args]
    if names and not set(given) <= set(names):
        return node
    return replace(
        node, args=tuple(sorted(node.args, key=lambda part: (places.get(part.args[0].name, 0), part.args[0].name)))
    )


def as_congruence(node: Node) -> Node | None:
    """`x = 5k + 2` as a congruence modulo 5; `None` where it says no such thing."""
    if node.name != "=" or len(node.args) != 2 or node.args[0].kind != "symbol":
        return None
    letters = node.args[1].symbols()
    if len(letters) != 1 or not letters <= _INTEGERS:
        return None
    (letter,) = letters
    values = [exact(_put(node.args[1], letter, at)) for at in (0, 1, 2)]
    if None in values or values[1] - values[0] != values[2] - values[1] or values[1] == values[0]:  # type: ignore[operator]
        return None
    start, after = Fraction(values[0] or 0), Fraction(values[1] or 0)
    return Node("congruent", (node.args[0], number(start), number(abs(after - start))))


def _put(node: Node, name: str, value: int) -> Node:
    if node.kind == "symbol" and node.name == name:
        return number(value)
    return replace(node, args=tuple(_put(part, name, value) for part in node.args)) if node.args else node


def assignments(node: Node) -> Node | None:
    """Of `a = b = 3`, the list `a = 3, b = 3`; `None` for anything else."""
    names, last = node.args[:-1], node.args[len(node.args) - 1]
    if len(names) < 2 or any(part.kind != "symbol" for part in names):
        return None
    return Node("list", tuple(Node("relation", (name, last), "=") for name in names))


def same_definitions(reference: Node, answer: Node) -> tuple[Node, Node] | None:
    """The right sides of two definitions of one function, its variables called alike; `None` where they are none.

    `f(x) = 2x` is `f(t) = 2t`; `f(r) = 2r` is not `f(h) = 2r`, nor `f(2) = 3` the same as `f(3) = 3`.
    """
    left, right = reference.args[0], answer.args[0]
    wanted, given = reference.args[1:][-1], answer.args[1:][-1]
    if right.kind == "symbol" and left.kind == "call" and _variables(left) and right.name in (left.name[1:], _GRAPH):
        return wanted, given  # x = for x(t) =
    if left.kind == "symbol" and right.kind == "call" and _variables(right) and left.name in (right.name[1:], _GRAPH):
        return wanted, given
    if left.kind != "call" or right.kind != "call" or left.name != right.name or left.name[:1] != "?":
        return None
    ours, theirs = _variables(left), _variables(right)
    if ours is None or theirs is None or len(ours) != len(theirs):
        return None
    if ours == theirs:
        return wanted, given
    used, also = wanted.symbols(), given.symbols()
    if not all(name in used for name in ours) or not all(name in also for name in theirs):
        return None  # of what, is all that tells them apart
    names = [f"bound {place}" for place in range(len(ours))]
    return (
        renamed(wanted, dict(zip(ours, names, strict=True))),
        renamed(given, dict(zip(theirs, names, strict=True))),
    )


def _variables(call: Node) -> list[str] | None:
    """The names a function is defined for: small letters; `E(X)` is of one X and no other."""
    args = call.args[0].args if call.args[0].kind in ("round", "list") else call.args
    names = [arg.name for arg in args if arg.kind == "symbol" and (arg.name[0].islower() or "_" in arg.name)]
    return names if len(names) == len(args) == len(set(names)) else None


def renamed(node: Node, names: Mapping[str, str]) -> Node:
    """A tree with some of its symbols called otherwise."""
    if node.kind == "symbol" and node.name in names:
        return replace(node, name=names[node.name])
    return replace(node, args=tuple(renamed(part, names) for part in node.args)) if node.args else node


def written(node: Node) -> str:
    """What stands in a tree, in its own order; to tell names from each other."""
    inner = ",".join(written(part) for part in node.args)
    own = str(node.value) if node.value is not None else node.name
    return f"{node.kind} {own}({inner})" if inner else f"{node.kind} {own}"


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
