r"""Comparing what was read: each kind of reference with what may stand for it, and with nothing else.

This module chooses the comparison by kind. Whether two numbers or expressions are equal is decided in `closeness.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from rlvr.rewards.math.comparing.closeness import EXACT, EXPRESSIONS, SPOKEN, Tolerance, numbers
from rlvr.rewards.math.comparing.equations import (
    as_congruence,
    assignments,
    in_order,
    is_name,
    name_first,
    same_definitions,
    value,
    written,
)
from rlvr.rewards.math.comparing.exact import exact
from rlvr.rewards.math.comparing.identity import Finding, proportional, same
from rlvr.rewards.math.comparing.parameters import aligned
from rlvr.rewards.math.comparing.regions import NoRegionError, equal_regions, region
from rlvr.rewards.math.parsing.tree import Node

_MOST_ITEMS: Final = 60
_SETS: Final = frozenset({"interval", "union", "intersection", "minus"})


def compare(reference: Node, answer: Node, tolerance: Tolerance = EXACT) -> Finding:
    r"""Whether an answer is what the reference says.

    Raises:
        UndefinedError: The answer has no value.
        TooCostlyError: Computing it would take too long.

    >>> from rlvr.rewards.math.parsing.grammar import read
    >>> compare(read("x=1, x=-2"), read("-2, 1")).equal
    True
    >>> compare(read("5"), read("7=5")).how
    'a relation that does not hold'
    """
    if reference == answer:
        return Finding(True, "the same expression")
    if (sides := aligned(reference, answer)) is None:
        return Finding(False, "another domain")
    if sides != (reference, answer):
        return compare(*sides, tolerance)
    if reference.kind == "relation":
        return (_relation if _is_inequality(reference) else _equation)(reference, answer, tolerance)
    if reference.kind == "congruent":
        return _congruent(reference, answer)
    if reference.kind == "list" and _has_inequalities(reference):
        return _inequalities(reference, answer, tolerance)
    if reference.kind in _SETS or (reference.kind == "constant" and reference.name in ("R", "empty")):
        return _region(reference, answer, tolerance)
    given = value(answer)
    if isinstance(given, Finding):
        return given
    if comparator := _COMPARATORS.get("set" if _has_sign(reference) else reference.kind):
        return comparator(reference, given, tolerance)
    return numbers(reference, given, tolerance)


def _inequalities(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    try:
        equal = equal_regions(region(reference), region(answer), _equality(tolerance))
    except NoRegionError:
        return _unordered(reference, answer, tolerance)
    return Finding(equal, "as sets of real numbers")


def _has_inequalities(node: Node) -> bool:
    parts = [part for part in node.args if _is_inequality(part)]
    return len(parts) == len(node.args) or (bool(parts) and node.name == "or")


def _congruent(reference: Node, answer: Node) -> Finding:
    r"""`x \equiv 4 \pmod 3` is `x \equiv 1 \pmod 3`."""
    if answer.kind == "relation":
        answer = as_congruence(answer) or answer
    if answer.kind != "congruent":
        return Finding(False, "a congruence was asked for")
    moduli = [exact(node.args[2]) for node in (reference, answer)]
    if moduli[0] is None or moduli[0] != moduli[1] or written(reference.args[0]) != written(answer.args[0]):
        return Finding(False, "another congruence")
    difference = exact(Node("add", (reference.args[1], Node("neg", (answer.args[1],)))))
    return Finding(difference is not None and difference % moduli[0] == 0, "modulo the same number")


def _as_written(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    return Finding(reference == answer, "as written")


def _is_inequality(node: Node) -> bool:
    return node.kind == "relation" and set(node.name.split(" ")) != {"="}


def _equality(tolerance: Tolerance) -> Callable[[Node, Node], bool]:
    return lambda left, right: compare(left, right, tolerance).equal is True


def _relation(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind in ("list", "set") and len(answer.args) == 1:
        answer = answer.args[0]
    if reference.name == "in":
        return compare(reference.args[1], answer, tolerance)
    try:
        equal = equal_regions(region(reference), region(answer), _equality(tolerance))
        return Finding(equal, "as sets of real numbers")
    except NoRegionError:
        pass
    if answer.kind != "relation":
        return Finding(False, "an inequality was asked for")
    for turned in (answer, _turned(answer)):
        if turned.name == reference.name and len(turned.args) == len(reference.args):
            pairs = list(zip(reference.args, turned.args, strict=True))
            if all(same(a, b).equal for a, b in pairs):
                return Finding(True, "side by side")
    return Finding(False, "another relation")


_TURNED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _turned(node: Node) -> Node:
    operators = [_TURNED.get(operator, operator) for operator in node.name.split(" ")[::-1]]
    return Node("relation", node.args[::-1], " ".join(operators))


def _equation(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    reference, answer = name_first(reference), name_first(answer)
    stated = value(reference)
    if isinstance(stated, Finding):
        return Finding(None, "the reference is an equation that does not hold")
    if answer.kind == "relation" and set(answer.name.split(" ")) == {"="}:
        given = value(answer)
        if isinstance(given, Finding):
            return given
        if stated is not reference and given is not answer:
            return _definitions(reference, answer, (stated, given), tolerance)
        if len(reference.args) == len(answer.args) == 2:
            return _sides(reference, answer)
        return Finding(False, "another equation")
    if stated is reference:
        return Finding(False, "an equation was asked for")
    if answer.kind == "list" and (listed := assignments(reference)):
        return _unordered(listed, answer, tolerance)
    if reference.args[0].kind == "round" and answer.kind == "list":
        answer = _values(in_order(answer, [part.name for part in reference.args[0].args]))
    return compare(stated, answer, tolerance)


def _definitions(reference: Node, answer: Node, values: tuple[Node, Node], tolerance: Tolerance) -> Finding:
    """Two equations that give something a name, and what each says of it."""
    if (sides := same_definitions(reference, answer)) is not None:
        return compare(*sides, tolerance)
    if _head(reference.args[0]) == _head(answer.args[0]):
        return compare(*values, tolerance)
    if len(reference.args) == len(answer.args) == 2 and all(one.symbols() for one in values):
        return _sides(reference, answer)
    return Finding(False, f"another name: {_head(answer.args[0])}")


def _sides(reference: Node, answer: Node) -> Finding:
    left, right = (Node("add", (node.args[0], Node("neg", (node.args[1],)))) for node in (reference, answer))
    if any(part.kind not in EXPRESSIONS for node in (reference, answer) for part in node.args):
        pairs = zip(reference.args, answer.args, strict=True)
        return Finding(all(compare(a, b).equal for a, b in pairs), "side by side")
    return proportional(left, right)


def _head(node: Node) -> str:
    """What an equation names: `x`, or `f` with what it is taken of."""
    return node.name if node.kind == "symbol" else written(node)


def _region(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind == "relation" and answer.name == "=" and is_name(answer.args[0]):
        answer = answer.args[1]
    try:
        if answer.kind == "set" and reference.kind != "minus":
            return Finding(False, "single numbers are no interval")
        equal = equal_regions(region(reference), region(answer), _equality(tolerance))
        return Finding(equal, "as sets of real numbers")
    except NoRegionError as error:
        if reference.kind == answer.kind and reference.kind in ("union", "intersection"):
            return _sets_of_names(reference, answer)
        if reference.kind == answer.kind == "interval" and reference.name == answer.name:
            return _all_equal(reference.args, answer.args, EXACT)
        return Finding(False, error.message)


def _sets_of_names(reference: Node, answer: Node) -> Finding:
    """`A \\cup B` is `B \\cup A`."""

    def members(node: Node) -> list[str]:
        return [one for part in node.args for one in (members(part) if part.kind == node.kind else [written(part)])]

    same_ones = sorted(members(reference)) == sorted(members(answer))
    return Finding(same_ones, "the same sets" if same_ones else "other sets")


def _tuple(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind == "list":
        answer = _values(in_order(answer))
    answer = as_matrix(answer)
    if answer.kind == "matrix" and all(len(row.args) == 1 for row in answer.args):
        answer = Node("round", tuple(row.args[0] for row in answer.args))
    if answer.kind in ("round", "list"):
        return _all_equal(reference.args, answer.args, tolerance)
    if len(reference.args) == 2 and (answer.kind in (*_SETS, "constant")) and answer.name != "()":
        return _region(Node("interval", reference.args, "()"), answer, tolerance)
    if len(reference.args) == 2 and (answer.kind == "relation" or (answer.kind == "interval" and answer.name == "()")):
        return _region(Node("interval", reference.args, "()"), answer, tolerance)
    return Finding(False, f"a {SPOKEN.get(answer.kind, answer.kind)} where a tuple or interval was asked for")


def _square(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind == "square":
        return _all_equal(reference.args, answer.args, tolerance)
    if len(reference.args) == 2 and (answer.kind == "relation" or answer.kind in _SETS):
        return _region(Node("interval", reference.args, "[]"), answer, tolerance)
    return Finding(False, f"a {SPOKEN.get(answer.kind, answer.kind)} where brackets were asked for")


def _all_equal(reference: Sequence[Node], answer: Sequence[Node], tolerance: Tolerance) -> Finding:
    if len(reference) != len(answer):
        return Finding(False, f"{len(answer)} entries, not {len(reference)}")
    for place, (left, right) in enumerate(zip(reference, answer, strict=True), start=1):
        found = compare(left, right, tolerance)
        if not found.equal:
            return Finding(found.equal, f"entry {place}: {found.how}")
    return Finding(True, "entry by entry")


def _values(node: Node) -> Node:
    """A list of `x = 1, y = 2` as its values."""
    found = [value(part) for part in node.args]
    return replace(node, args=tuple(part for part in found if isinstance(part, Node))) if _all_nodes(found) else node


def _all_nodes(found: Sequence[Node | Finding]) -> bool:
    return all(isinstance(part, Node) for part in found)


def _has_sign(node: Node) -> bool:
    return any(part.kind == "pm" for part in node.walk())


def _items(node: Node) -> list[Node]:
    r"""The members of a set or list, `\pm` written out, groups of assignments as tuples."""
    if node.kind in ("set", "list"):
        return [item for part in node.args for item in _items(_grouped(part))]
    if node.kind in ("round", "matrix") and _has_sign(node) and not _is_tied(node):
        entries = [[part] if not _has_sign(part) else [_signed(part, 1), _signed(part, -1)] for part in node.args]
        return [replace(node, args=combined) for combined in product(*entries)][:_MOST_ITEMS]
    if _has_sign(node):
        return [_signed(node, 1), _signed(node, -1)]
    return [node]


def _grouped(node: Node) -> Node:
    if node.kind == "list" and len(node.args) > 1 and all(part.kind == "relation" for part in node.args):
        return Node("round", _values(node).args)
    return node


def _is_tied(node: Node) -> bool:
    r"""Whether signs change together: `\mp` says so."""
    return any(part.kind == "pm" and part.name == "mp" for part in node.walk())


def _signed(node: Node, sign: int) -> Node:
    args = tuple(_signed(part, sign) for part in node.args)
    if node.kind == "pm":
        plus = (sign > 0) != (node.name == "mp")
        return Node("add", (args[0], args[1] if plus else Node("neg", (args[1],))))
    return replace(node, args=args) if args else node


def _unordered(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind in ("round", "square") and reference.kind == "list" and len(answer.args) == len(reference.args):
        return _all_equal([_bare(part) for part in reference.args], answer.args, tolerance)
    wanted, given = _items(reference), _items(answer)
    if "set" in (reference.kind, answer.kind) or all(part.kind == "round" for part in (*wanted, *given)):
        wanted, given = _distinct(wanted), _distinct(given)
    if len(wanted) > _MOST_ITEMS or len(given) > _MOST_ITEMS:
        return Finding(wanted == given, "as written")
    names, others = _names(wanted), _names(given)
    if names and others and names != others:
        return Finding(False, f"other names: {', '.join(sorted(others))}")
    if len(names) <= 1:
        wanted = [_bare(part) for part in wanted]
    if len(wanted) != len(given):
        return Finding(False, f"{len(given)} different members, not {len(wanted)}")
    left = list(given)
    for part in wanted:
        match = next((other for other in left if _member(part, other, tolerance)), None)
        if match is None:
            return Finding(False, "a member is missing")
        left.remove(match)
    return Finding(True, "member by member")


def _names(nodes: Sequence[Node]) -> set[str]:
    """What the equations of a list give a name to."""
    return {_head(part.args[0]) for part in nodes if part.kind == "relation" and is_name(part.args[0])}


def _bare(node: Node) -> Node:
    stated = value(node)
    return stated if isinstance(stated, Node) else node


def _member(reference: Node, answer: Node, tolerance: Tolerance) -> bool:
    return compare(reference, answer, tolerance).equal is True


def _distinct(nodes: Sequence[Node]) -> list[Node]:
    found: dict[object, Node] = {}
    for node in nodes:
        known = exact(node)
        found.setdefault(node if known is None else known, node)
    return list(found.values())


def _matrix(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    reference, answer = as_matrix(reference), as_matrix(answer)
    if answer.kind == "round" and all(len(row.args) == 1 for row in reference.args):
        answer = Node("matrix", tuple(Node("row", (part,)) for part in answer.args))
    if answer.kind != "matrix":
        return Finding(False, f"a {SPOKEN.get(answer.kind, answer.kind)} where a matrix was asked for")
    if [len(row.args) for row in reference.args] != [len(row.args) for row in answer.args]:
        return Finding(False, "a matrix of another shape")
    entries = [[part for row in node.args for part in row.args] for node in (reference, answer)]
    return _all_equal(entries[0], entries[1], tolerance)


def as_matrix(node: Node) -> Node:
    """A number times a matrix, multiplied out."""
    if node.kind == "pow" and node.args[0].kind == "round" and node.args[1] == Node("symbol", name="T"):
        return Node("matrix", tuple(Node("row", (part,)) for part in node.args[0].args))
    if node.kind not in ("mul", "neg", "div"):
        return node
    parts = [as_matrix(part) for part in node.args]
    places = [place for place, part in enumerate(parts) if part.kind == "matrix"]
    if len(places) != 1 or (node.kind == "div" and places == [1]):
        return node
    (place,) = places

    def entry(inside: Node) -> Node:
        return replace(node, args=tuple(inside if at == place else part for at, part in enumerate(parts)))

    rows = parts[place].args
    return Node("matrix", tuple(Node("row", tuple(entry(part) for part in row.args)) for row in rows))


def _ratio(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind != "ratio" or len(answer.args) != len(reference.args):
        return Finding(False, "a ratio was asked for")
    if any(_is_clock(node) for node in (reference, answer)):
        return _all_equal(reference.args, answer.args, EXACT)
    first, other = reference.args[0], answer.args[0]
    for left, right in zip(reference.args[1:], answer.args[1:], strict=True):
        if not same(Node("mul", (first, right)), Node("mul", (other, left))).equal:
            return Finding(False, "another ratio")
    return Finding(True, "the same ratio")


def _is_clock(node: Node) -> bool:
    """Whether minutes stand behind the colon: 12:00 is a time, and no ratio."""
    return all(part.kind == "number" and len(part.name) == 2 for part in node.args[1:])


_COMPARATORS: Final[dict[str, Callable[[Node, Node, Tolerance], Finding]]] = {
    "round": _tuple, "square": _square, "set": _unordered, "list": _unordered, "matrix": _matrix, "ratio": _ratio,
    "base": _as_written, "unevaluated": _as_written, "text": _as_written,
}  # fmt: skip
"""What follows from the kind of a reference; the rest are numbers and expressions."""
