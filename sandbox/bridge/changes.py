"""What a call did to arguments that can change, told by the side where they were used, and done to the originals."""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from rlvr.sandbox.bridge.codec import Encoded

_CHANGING: Final = frozenset({list, dict, set, deque, Counter, OrderedDict, array})


def changed(nodes: Sequence[Encoded], arguments: Sequence[Any], encode: Callable[[Any], Encoded]) -> Encoded:
    """Arguments that were changed, in their places; nothing where none was.

    Args:
        nodes: The arguments as they came.
        arguments: As they are now.
        encode: Makes a node of a value.

    >>> changed([["l", 1], 2], [[1, 3], 2], lambda value: ["l", *value])
    ['l', ['l', 1, 3], None]
    """
    if not any(_can_change(one) for one in arguments):
        return None
    after = [encode(one) if _can_change(one) else None for one in arguments]
    if all(one is None or one == before for one, before in zip(after, nodes, strict=True)):
        return None
    return ["l", *after]


def restore(ours: Sequence[Any], theirs: Sequence[Any]) -> None:
    """What the other side did to arguments that can change is done to ours.

    >>> restore([items := [1]], [[1, 3]])
    >>> items
    [1, 3]
    """
    for one, other in zip(ours, theirs, strict=False):
        if other is None or type(one) is not type(other):
            continue
        if isinstance(one, list | array):
            cast("Any", one)[:] = other
        elif isinstance(one, deque):
            cast("Any", one).clear()
            cast("Any", one).extend(other)
        elif isinstance(one, dict | set):
            cast("Any", one).clear()
            cast("Any", one).update(other)


def _can_change(value: Any) -> bool:
    return cast("type[Any]", type(value)) in _CHANGING
