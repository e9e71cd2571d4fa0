r"""Comparing what was read: each kind of reference with what may stand for it, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from rlvr.rewards.math.evaluation import Range, UndefinedError, approximate, context, exact
from rlvr.rewards.math.identity import Finding, proportional, same
from rlvr.rewards.math.regions import NoRegionError, equal_regions, region
from rlvr.rewards.math.tree import Node, number

_MOST_ITEMS: Final = 60
_SETS: Final = frozenset({"interval", "union", "intersection", "minus"})


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a number may be from the reference; all `None`: not at all.

    Args:
        absolute: Largest difference.
        relative: Largest difference, as a share of the reference.
        decimals: Both are rounded to so many decimals.
        significant: Both are rounded to so many significant digits.
    """

    absolute: float | None = None
    relative: float | None = None
    decimals: int | None = None
    significant: int | None = None

    @property
    def declared(self) -> bool:
        """Whether any is."""
        return any(value is not None for value in (self.absolute, self.relative, self.decimals, self.significant))


EXACT: Final = Tolerance()


def compare(reference: Node, answer: Node, tolerance: Tolerance = EXACT) -> Finding:
    r"""Whether an answer is what the reference says.

    Raises:
        UndefinedError: The answer has no value.
        TooCostlyError: Computing it would take too long.

    >>> from rlvr.rewards.math.grammar import read
    >>> compare(read("x=1, x=-2"), read("-2, 1")).equal
    True
    >>> compare(read("5"), read("7=5")).how
    'a relation that does not hold'
    """
    if reference == answer:
        return Finding(True, "the same expression")
    if reference.kind == "relation" and reference.name != "=":
        return _relation(reference, answer, tolerance)
    if reference.kind == "relation":
        return _equation(reference, answer, tolerance)
    if reference.kind in _SETS or (reference.kind == "constant" and reference.name in ("R", "empty")):
        return _region(reference, answer, tolerance)
    stripped = value(answer)
    if isinstance(stripped, Finding):
        return stripped
    if reference.kind == "round":
        return _tuple(reference, stripped, tolerance)
    if reference.kind == "square":
        return _square(reference, stripped, tolerance)
    if reference.kind in ("set", "list") or _has_sign(reference):
        return _unordered(reference, stripped, tolerance)
    if reference.kind == "matrix":
        return _matrix(reference, stripped, tolerance)
    if reference.kind == "ratio":
        return _ratio(reference, stripped)
    if reference.kind in ("base", "unevaluated", "text"):
        return Finding(reference == stripped, "as written")
    return numbers(reference, stripped, tolerance)


def value(node: Node) -> Node | Finding:
    r"""What an equation says of a name (`x = 5` says 5); anything else is itself; a false one is found out.

    >>> from rlvr.rewards.math.grammar import read
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
    for left, right in zip(parts, parts[1:], strict=False):
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


def numbers(reference: Node, answer: Node, tolerance: Tolerance = EXACT) -> Finding:
    """Whether two expressions are equal, within what the task allows."""
    if answer.kind not in _EXPRESSIONS:
        return Finding(
            False, f"a {_SPOKEN.get(answer.kind, answer.kind)} is no {_SPOKEN.get(reference.kind, 'number')}"
        )
    found = same(reference, _same_constant(reference, answer))
    if found.equal is not False or reference.symbols() or answer.symbols():
        return found
    if tolerance.declared:
        return _within(reference, answer, tolerance)
    return _rounded(reference, answer)


def _same_constant(reference: Node, answer: Node) -> Node:
    """The answer with its constant of integration called as in the reference, `C`."""
    extra = answer.symbols() - reference.symbols()
    if "C" not in reference.symbols() or "C" in answer.symbols() or len(extra) != 1 or not _ends_in(reference, "C"):
        return answer
    (name,) = extra
    return _renamed(answer, name) if _ends_in(answer, name) and len(name) == 1 else answer


def _ends_in(node: Node, name: str) -> bool:
    if node.kind != "add":
        return node.kind == "symbol" and node.name == name
    return _ends_in(node.args[1], name) or _ends_in(node.args[0], name)


def _renamed(node: Node, name: str) -> Node:
    if node.kind == "symbol" and node.name == name:
        return replace(node, name="C")
    return replace(node, args=tuple(_renamed(part, name) for part in node.args)) if node.args else node


def _rounded(reference: Node, answer: Node) -> Finding:
    """A fraction as a decimal, cut or rounded after six significant digits or more; the other way round as well."""
    for whole, decimal, which in ((reference, answer, "answer"), (answer, reference, "reference")):
        inner, text = decimal.args[0] if decimal.kind == "neg" else decimal, ""
        text = inner.name
        if inner.kind != "number" or "." not in text or whole.kind == "number":
            continue
        exactly = exact(whole)
        digits = text.replace(".", "").lstrip("0")
        if (exactly is None and which == "answer") or len(digits) < 6 or "e" in text.lower():
            continue
        places = len(text.partition(".")[2])
        near = exactly if exactly is not None else _approximately(whole)
        written = exact(decimal)
        if written is None or (exactly is not None and _terminates(exactly)):
            continue
        if abs(near - written) < Fraction(1, 10**places):
            return Finding(True, f"the {which} is the other one's decimals")
    return Finding(False, "different numbers")


def _terminates(fraction: Fraction) -> bool:
    below = fraction.denominator
    for prime in (2, 5):
        while below % prime == 0:
            below //= prime
    return below == 1


def _approximately(node: Node) -> Fraction:
    number_there = approximate(node, {}, 60, Range())
    mp = context()
    if mp.im(number_there):
        raise UndefinedError("no real number")
    return Fraction(mp.nstr(mp.re(number_there), 50))


def _within(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    left, right = (
        found if (found := exact(node)) is not None else _approximately(node) for node in (reference, answer)
    )
    if tolerance.decimals is not None and round(left, tolerance.decimals) == round(right, tolerance.decimals):
        return Finding(True, f"to {tolerance.decimals} decimals")
    if tolerance.significant is not None and _significant(left, right, tolerance.significant):
        return Finding(True, f"to {tolerance.significant} significant digits")
    limit = max(
        Fraction(repr(tolerance.absolute)) if tolerance.absolute is not None else Fraction(0),
        abs(left) * Fraction(repr(tolerance.relative)) if tolerance.relative is not None else Fraction(0),
    )
    return Finding(
        abs(left - right) <= limit, "within the tolerance" if abs(left - right) <= limit else "beyond the tolerance"
    )


def _significant(left: Fraction, right: Fraction, digits: int) -> bool:
    if not left or not right:
        return left == right
    size = 0
    while abs(left) >= 10 ** (size + 1):
        size += 1
    while abs(left) < Fraction(10) ** size:
        size -= 1
    return round(left, digits - 1 - size) == round(right, digits - 1 - size)


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
    stated = value(reference)
    if isinstance(stated, Finding):
        return Finding(None, "the reference is an equation that does not hold")
    if answer.kind == "relation" and set(answer.name.split(" ")) == {"="}:
        given = value(answer)
        if isinstance(given, Finding):
            return given
        if stated is not reference and given is not answer:
            if _head(reference.args[0]) != _head(answer.args[0]):
                if len(reference.args) == len(answer.args) == 2 and stated.symbols() and given.symbols():
                    return _sides(reference, answer)
                return Finding(False, f"another name: {_head(answer.args[0])}")
            return compare(stated, given, tolerance)
        if len(reference.args) == len(answer.args) == 2:
            return _sides(reference, answer)
        return Finding(False, "another equation")
    if stated is reference:
        return Finding(False, "an equation was asked for")
    if reference.args[0].kind == "round" and answer.kind == "list":
        answer = _values(answer)
    return compare(stated, answer, tolerance)


def _sides(reference: Node, answer: Node) -> Finding:
    left, right = (Node("add", (node.args[0], Node("neg", (node.args[1],)))) for node in (reference, answer))
    if any(part.kind not in _EXPRESSIONS for node in (reference, answer) for part in node.args):
        pairs = zip(reference.args, answer.args, strict=True)
        return Finding(all(compare(a, b).equal for a, b in pairs), "side by side")
    return proportional(left, right)


def _head(node: Node) -> str:
    return node.name if node.kind in ("symbol", "call") else str(sorted(node.symbols()))


def _region(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind == "relation" and answer.name == "=" and is_name(answer.args[0]):
        answer = answer.args[1]
    try:
        if answer.kind == "set" and reference.kind != "minus":
            return Finding(False, "single numbers are no interval")
        equal = equal_regions(region(reference), region(answer), _equality(tolerance))
        return Finding(equal, "as sets of real numbers")
    except NoRegionError as error:
        if reference.kind == answer.kind == "interval" and reference.name == answer.name:
            return _all_equal(reference.args, answer.args, EXACT)
        return Finding(False, error.message)


def _tuple(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind == "list":
        answer = _values(answer)
    if answer.kind in ("round", "list"):
        return _all_equal(reference.args, answer.args, tolerance)
    if len(reference.args) == 2 and (answer.kind == "relation" or (answer.kind == "interval" and answer.name == "()")):
        return _region(Node("interval", reference.args, "()"), answer, tolerance)
    return Finding(False, f"a {_SPOKEN.get(answer.kind, answer.kind)} where a tuple or interval was asked for")


def _square(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind == "square":
        return _all_equal(reference.args, answer.args, tolerance)
    if len(reference.args) == 2 and (answer.kind == "relation" or answer.kind in _SETS):
        return _region(Node("interval", reference.args, "[]"), answer, tolerance)
    return Finding(False, f"a {_SPOKEN.get(answer.kind, answer.kind)} where brackets were asked for")


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
    if _has_sign(node):
        return [_signed(node, 1), _signed(node, -1)]
    return [node]


def _grouped(node: Node) -> Node:
    if node.kind == "list" and len(node.args) > 1 and all(part.kind == "relation" for part in node.args):
        return Node("round", _values(node).args)
    return node


def _signed(node: Node, sign: int) -> Node:
    args = tuple(_signed(part, sign) for part in node.args)
    if node.kind == "pm":
        return Node("add", (args[0], args[1] if sign > 0 else Node("neg", (args[1],))))
    return replace(node, args=args) if args else node


def _unordered(reference: Node, answer: Node, tolerance: Tolerance) -> Finding:
    if answer.kind in ("round", "square") and reference.kind == "list" and len(answer.args) == len(reference.args):
        return _all_equal([_bare(part) for part in reference.args], answer.args, tolerance)
    wanted, given = _items(reference), _items(answer)
    if len(wanted) > _MOST_ITEMS or len(given) > _MOST_ITEMS:
        return Finding(wanted == given, "as written")
    names = {_head(part.args[0]) for part in wanted if part.kind == "relation"}
    if len(names) <= 1:
        wanted, given = _distinct([_bare(part) for part in wanted]), _distinct(given)
    if len(wanted) != len(given):
        return Finding(False, f"{len(given)} different members, not {len(wanted)}")
    left = list(given)
    for part in wanted:
        match = next((other for other in left if _member(part, other, tolerance)), None)
        if match is None:
            return Finding(False, "a member is missing")
        left.remove(match)
    return Finding(True, "member by member")


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
    if answer.kind != "matrix":
        return Finding(False, f"a {_SPOKEN.get(answer.kind, answer.kind)} where a matrix was asked for")
    if [len(row.args) for row in reference.args] != [len(row.args) for row in answer.args]:
        return Finding(False, "a matrix of another shape")
    entries = [[part for row in node.args for part in row.args] for node in (reference, answer)]
    return _all_equal(entries[0], entries[1], tolerance)


def _ratio(reference: Node, answer: Node) -> Finding:
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


_EXPRESSIONS: Final = frozenset(
    {"number", "symbol", "constant", "add", "mul", "div", "neg", "pow", "call", "factorial", "binomial"}
)
_SPOKEN: Final = {
    "round": "tuple", "square": "list", "relation": "relation", "list": "list", "pm": "pair of values",
    "number": "number", "base": "number in another base", "unevaluated": "sum, integral or limit not worked out",
}  # fmt: skip
ZERO: Final = number(0)
