"""What a function takes, as data: names and kinds of its parameters.

Of its own functions the tests' process says no more than that: a default, an annotation or a docstring may be what it
compares with.
"""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any, Final, cast

from rlvr.sandbox.bridge.plain_types import plain_name

_EMPTY: Final = inspect.Parameter.empty
_KINDS: Final = {int(kind): kind for kind in type(inspect.Parameter.VAR_KEYWORD)}


def outline(function: Any, *, whole: bool) -> list[Any]:
    """The parameters of a function, and what it says it returns.

    Args:
        function: Any that can be called.
        whole: With defaults and annotations; without, annotations that are types of the closed list, and that there is
            a default.

    Raises:
        TypeError, ValueError: Nothing is known of it.

    >>> def f(x, *, y=5): ...
    >>> outline(f, whole=True)
    [('x', 1, (), ()), ('y', 3, (5,), ()), ()]
    >>> outline(f, whole=False)
    [('x', 1, (), ()), ('y', 3, (None,), ()), ()]
    """
    signature = inspect.signature(function)

    def kept(value: Any, *, default: bool = False) -> tuple[Any, ...]:
        if value is _EMPTY:
            return ()
        if whole or (not default and plain_name(value) is not None):
            return (value,)
        return (None,) if default else ()

    parameters = [
        (one.name, int(one.kind), kept(one.default, default=True), kept(one.annotation))
        for one in signature.parameters.values()
    ]
    return [*parameters, kept(signature.return_annotation)]


def signature_of(told: Any) -> inspect.Signature:
    """The signature that an outline tells of, checked: `inspect.signature` takes nothing else.

    Raises:
        AttributeError: It is none.

    >>> signature_of([("x", 1, (), (int,)), ("y", 3, (5,), ()), (str,)])
    <Signature (x: int, *, y=5) -> str>
    """
    try:
        *parameters, returned = cast("list[Any]", told)
        made = [
            inspect.Parameter(str(name), _KINDS[kind], default=_only(default), annotation=_only(annotation))
            for name, kind, default, annotation in parameters
        ]
        return inspect.Signature(made, return_annotation=_only(returned))
    except (TypeError, ValueError, LookupError):
        raise AttributeError("__signature__") from None


def _only(values: tuple[Any, ...]) -> Any:
    return values[0] if values else _EMPTY


def annotations_of(told: Any) -> dict[str, Any]:
    """The annotations that an outline tells of.

    >>> annotations_of([("x", 1, (), (int,)), (str,)])
    {'x': <class 'int'>, 'return': <class 'str'>}
    """
    signature = signature_of(told)
    found = {name: one.annotation for name, one in signature.parameters.items() if one.annotation is not _EMPTY}
    return found if signature.return_annotation is _EMPTY else {**found, "return": signature.return_annotation}


def described_code(told: Any) -> SimpleNamespace:
    """What of a function's code an outline tells: how many arguments it takes, and their names.

    >>> described_code([("x", 1, (), ()), ("y", 3, (5,), ()), ()])
    namespace(co_argcount=1, co_posonlyargcount=0, co_kwonlyargcount=1, co_varnames=('x', 'y'))
    """
    kinds = [one.kind for one in signature_of(told).parameters.values()]
    alone, either, named = (
        kinds.count(kind)
        for kind in (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            inspect.Parameter.KEYWORD_ONLY,
        )
    )
    return SimpleNamespace(
        co_argcount=alone + either,
        co_posonlyargcount=alone,
        co_kwonlyargcount=named,
        co_varnames=tuple(signature_of(told).parameters),
    )
