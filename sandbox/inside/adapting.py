"""Between the values of function tests and the objects that some programs have for them; runs in the program's process.

Tests are JSON: a linked list is a list there, a tree its levels, half a number with a point. A program that asks for
such objects gets them made of lists, and what it returns becomes plain data. Nothing here is trusted: what a program
makes of it are still only answers. This text runs beside the program, in names of its own, so it imports nothing of
ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

_MOST = 1_000_000
_VALUES = ("val", "value", "data")


def adapt(names: dict[str, Any], name: str, *, in_place: bool) -> Callable[..., Any]:
    """The program's function of that name, or the method of its class `Solution`, on plain data.

    Args:
        names: The program's own.
        name: Which.
        in_place: Whether one that returns `None` has answered by what it made of its first argument.

    >>> from fractions import Fraction
    >>> adapt({"half": lambda n: Fraction(n, 2)}, "half", in_place=False)(3)
    1.5
    """

    def call(*arguments: Any) -> Any:
        if name in names:
            function = names[name]
        elif "Solution" in names:
            function = getattr(names["Solution"](), name)
        else:
            raise NameError(f"name {name!r} is not defined")
        hints = _annotations(function)
        given = [
            _built(names, hints.get(key, ""), one)
            for key, one in zip(_parameters(function, len(arguments)), arguments, strict=False)
        ]
        result = function(*given)
        if in_place and result is None and given:
            result = given[0]
        if result is None and ("ListNode" in hints.get("return", "") or "TreeNode" in hints.get("return", "")):
            return []
        return _plain(result)

    return call


def _annotations(function: Any) -> dict[str, str]:
    return {key: str(one) for key, one in getattr(function, "__annotations__", {}).items()}


def _parameters(function: Any, count: int) -> list[str]:
    """Names of the positional parameters, as many as there are arguments."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    found: list[str] = [] if code is None else list(code.co_varnames[: code.co_argcount])
    return (found[hasattr(function, "__self__") :] + [""] * count)[:count]


def _built(names: dict[str, Any], hint: str, value: Any) -> Any:
    for kind, build in (("ListNode", _linked), ("TreeNode", _tree)):
        if kind in hint and kind in names and isinstance(value, list):
            values = cast("list[Any]", value)
            if any(isinstance(one, list) for one in values):
                return [build(names[kind], one) for one in values]
            return build(names[kind], values)
    return value


def _linked(kind: Any, values: list[Any]) -> Any:
    first: Any = None
    for value in reversed(values):
        node = kind(value)
        node.next, first = first, node
    return first


def _tree(kind: Any, values: list[Any]) -> Any:
    """A tree of its levels, `None` where a child is not there."""
    if not values or values[0] is None:
        return None
    left: Iterator[Any] = iter(values)
    first = kind(next(left))
    waiting = [first]
    for node in waiting:
        for side in ("left", "right"):
            value = next(left, None)
            child = None if value is None else kind(value)
            setattr(node, side, child)
            if child is not None:
                waiting.append(child)
    return first


def _plain(value: Any) -> Any:
    kind = cast("type[Any]", type(value))
    if kind is list:
        return [_plain(one) for one in value]
    if kind is tuple:
        return tuple(_plain(one) for one in value)
    if kind is dict:
        return {key: _plain(one) for key, one in value.items()}
    if kind.__name__ == "Fraction":
        return value.numerator if value.denominator == 1 else float(value)
    if kind.__name__ == "Decimal":
        return int(value) if value.as_tuple().exponent == 0 else float(value)
    key = next((one for one in _VALUES if hasattr(value, one)), "")
    if key and hasattr(value, "next") and (value.next is None or type(value.next) is kind):
        return _values_of_list(value, key)
    if key and hasattr(value, "left") and hasattr(value, "right"):
        return _values_of_tree(value, key)
    return value


def _values_of_list(node: Any, key: str) -> list[Any]:
    found: list[Any] = []
    while node is not None and len(found) < _MOST:
        found.append(_plain(getattr(node, key)))
        node = node.next
    return found


def _values_of_tree(root: Any, key: str) -> list[Any]:
    found: list[Any] = []
    waiting = [root]
    for node in waiting:
        if len(waiting) > _MOST:
            break
        found.append(None if node is None else _plain(getattr(node, key)))
        if node is not None:
            waiting += [node.left, node.right]
    while found and found[-1] is None:
        found.pop()
    return found
