"""What an identity is made of: texts that change when code changes, and are the same in every process."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, cast

from rlvr.compose import Composable


def source_of(part: object) -> str:
    """A text that changes when `part` changes and is the same in every process.

    Of functions, classes and modules it is their source (and the values a function closes over), of data its value.
    Addresses and the order of sets, which differ from process to process, are left out.

    >>> source_of({"b", "a"})
    "{'a', 'b'}"
    """
    return _text(part, ())


def _text(part: object, above: tuple[int, ...]) -> str:
    if id(part) in above:  # a function that calls itself through its closure
        return "..."
    inside = (*above, id(part))
    if isinstance(part, Composable):
        return part.identity
    if isinstance(part, FunctionType | MethodType | type | ModuleType):
        return "\n".join((_code(part, inside), *_closure(part, inside)))
    if isinstance(part, partial):
        made = cast("partial[Any]", part)
        return "\n".join(_text(piece, inside) for piece in (made.func, made.args, made.keywords))
    return _data(part, inside)


def _code(part: FunctionType | MethodType | type | ModuleType, above: tuple[int, ...]) -> str:
    try:
        return inspect.getsource(part)
    except (OSError, TypeError):
        # Functions typed into an interpreter have no file; their code and constants are what identifies them.
        code = getattr(part, "__code__", None)
        return repr(part) if code is None else _text(code, above)


def _closure(part: object, above: tuple[int, ...]) -> Iterator[str]:
    if not isinstance(part, FunctionType):
        return
    for name, cell in zip(part.__code__.co_freevars, part.__closure__ or (), strict=True):
        try:
            yield f"{name} = {_text(cell.cell_contents, above)}"
        except ValueError:  # not filled yet
            continue


def _data(part: object, above: tuple[int, ...]) -> str:
    if isinstance(part, CodeType):
        return part.co_code.hex() + _text(part.co_consts, above) + repr(part.co_names)
    if isinstance(part, set | frozenset):
        return "{" + ", ".join(sorted(_text(item, above) for item in cast("set[object]", part))) + "}"
    if isinstance(part, list | tuple):
        return "[" + ", ".join(_text(item, above) for item in cast("Sequence[object]", part)) + "]"
    if isinstance(part, Mapping):
        items = cast("Mapping[object, object]", part).items()
        return "{" + ", ".join(f"{key!r}: {_text(value, above)}" for key, value in items) + "}"
    text = repr(part)
    if " at 0x" not in text:
        return text
    return _text(type(part), above) + _text(getattr(part, "__dict__", {}), above)
