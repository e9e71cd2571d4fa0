"""The special methods that handles have, by name."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

BINARY: Final = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift", "and", "or", "xor",
    "divmod",
)  # fmt: skip
OF_ITS_KIND: Final = ("neg", "pos", "invert", "copy")
ORDER: Final = ("lt", "le", "gt", "ge")
UNARY: Final = ("neg", "pos", "abs", "invert", "floor", "ceil", "trunc", "copy", "reversed", "dir")
TYPED: Final[dict[str, type[Any]]] = {
    "len": int, "int": int, "index": int, "float": float, "complex": complex, "str": str, "repr": str, "bool": bool,
    "bytes": bytes,
}  # fmt: skip


OPTIONAL: Final = (
    "__len__", "__iter__", "__getitem__", "__setitem__", "__delitem__", "__contains__", "__round__", "__enter__",
    "__exit__", "__int__", "__index__", "__float__", "__complex__", "__bytes__", "__abs__", "__floor__", "__ceil__",
    "__trunc__", "__reversed__", "__neg__", "__pos__", "__invert__",
    "__aiter__", "__anext__", "__aenter__", "__aexit__",
)  # fmt: skip
"""Special methods that a handle on a plain object has where the class has them over there: `isinstance(x, Sized)` is
then as true of the handle as of the object."""

_INSTEAD: Final = {"__iter__": ("__getitem__",), "__contains__": ("__iter__", "__getitem__")}
"""What makes up for a special method that is not there."""


def methods_of(kind: type[Any]) -> int:
    """Which of the optional methods a class has, a bit each.

    >>> methods_of(object), methods_of(list) & 1
    (0, 1)
    """
    found = 0
    for place, name in enumerate(OPTIONAL):
        if any(getattr(kind, one, None) is not None for one in (name, *_INSTEAD.get(name, ()))):
            found |= 1 << place
    return found


# Asked for by the interpreter and by libraries, of any object, to find out what it is.
PROBED: Final = frozenset(
    {
        "__array__", "__array_interface__", "__array_struct__", "__array_priority__", "__array_ufunc__",
        "__array_function__", "__fspath__", "__spec__", "__path__", "__file__", "__loader__", "__test__",
        "__set_name__", "__mro_entries__", "__bases__", "__text_signature__", "__partialmethod__",
        "__isabstractmethod__", "__buffer__", "__length_hint__",
        "__await__", "__aiter__", "__anext__", "__get__", "__set__", "__delete__", "pytestmark",
        "pytest_mock_example_attribute_that_shouldnt_exist", "_pytestfixturefunction", "__bytes__", "__wrapped__",
        "__tracebackhide__", "__notes__", "__pytest_wrapped__",
    }
)  # fmt: skip


def as_binary(sign: str) -> Callable[[Any, Any], Any]:
    """The operator of that name.

    >>> as_binary("sub")(7, 5), as_binary("and")(6, 3)
    (2, 2)
    """
    return divmod if sign == "divmod" else getattr(operator, f"{sign}_" if sign in ("and", "or") else sign)
