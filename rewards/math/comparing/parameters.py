r"""What is said beside a solution: `k \in \mathbb{Z}`, names of integers, and degrees that both sides may leave out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rlvr.rewards.math.comparing.equations import renamed
from rlvr.rewards.math.parsing.tree import Node

_INTEGERS: Final = frozenset("nkmlj")
_DOMAINS: Final = frozenset("RZNQC")
_CONTAINERS: Final = frozenset(("list", "set", "round", "square", "relation", "degree"))


def without_domains(node: Node) -> tuple[Node, dict[str, str]]:
    r"""A list without its `k \in \mathbb{Z}`, and what was said of each symbol."""
    if node.kind != "list":
        return node, {}
    said = {part: domain for part in node.args if (domain := _domain(part))}
    rest = [part for part in node.args if part not in said]
    used = frozenset[str]().union(*(part.symbols() for part in rest))
    if not said or not rest or not all(name in used for name, _ in said.values()):
        return node, {}
    return (rest[0] if len(rest) == 1 else replace(node, args=tuple(rest))), dict(said.values())


def _domain(node: Node) -> tuple[str, str] | None:
    if node.kind != "relation" or node.name != "in":
        return None
    name, domain = node.args
    if name.kind == "symbol" and domain.kind == "constant" and domain.name in _DOMAINS:
        return name.name, domain.name
    return None


def aligned(reference: Node, answer: Node) -> tuple[Node, Node] | None:
    """Both sides without domains, the answer's integer called as the reference's; `None` where the domains differ."""
    (reference, ours), (answer, theirs) = without_domains(reference), without_domains(answer)
    if ours and theirs and sorted(ours.values()) != sorted(theirs.values()):
        return None
    extra, other = reference.symbols() - answer.symbols(), answer.symbols() - reference.symbols()
    extra, other = extra & _INTEGERS, other & _INTEGERS
    if len(extra) == len(other) == 1:
        (name,), (another,) = extra, other
        if name in ours or another in theirs or (_is_periodic(reference, name) and _is_periodic(answer, another)):
            answer = renamed(answer, {another: name})
    return _degrees_aside(reference, answer)


def _is_periodic(node: Node, name: str) -> bool:
    """Whether a symbol counts turns: it is multiplied with pi or degrees."""
    return any(
        part.kind in ("mul", "degree", "div")
        and name in part.symbols()
        and any(inner.kind == "degree" or (inner.kind == "constant" and inner.name == "pi") for inner in part.walk())
        for part in node.walk()
    )


def _degrees_aside(reference: Node, answer: Node) -> tuple[Node, Node]:
    """Degrees that only one side writes are left out of both, unless the other one is in radians."""
    marked = [_has(node, "degree") for node in (reference, answer)]
    if marked[0] == marked[1] or _has_pi(answer if marked[0] else reference):
        return reference, answer
    return _undegreed(reference), _undegreed(answer)


def _has(node: Node, kind: str) -> bool:
    return any(part.kind == kind for part in node.walk())


def _has_pi(node: Node) -> bool:
    return any(part.kind == "constant" and part.name == "pi" for part in node.walk())


def _undegreed(node: Node) -> Node:
    if node.kind == "degree":
        return node.args[0]
    if node.kind in _CONTAINERS:
        return replace(node, args=tuple(_undegreed(part) for part in node.args))
    return node
