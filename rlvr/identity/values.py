"""Functions, classes and data as texts that are the same in every process, and the files that they come from."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final, cast

from rlvr.plain_reward import RewardNode
from rlvr.sample import is_mapping, is_sequence

_WORDS: Final = ("__doc__", "__module__", "__firstlineno__")
_PLAIN: Final = (str, bytes, int, float, complex, bool, type(None), re.Pattern, Path)


class Values:
    """Texts of values, the Python files whose code they hold, and the files that are data (a `Path`).

    Of a function that has a file the file counts, and with it what it imports; besides its name, its defaults and what
    it closes over, which tell it from others of the file. One typed into an interpreter has none: its code counts, and
    the functions and constants that it uses. Addresses and the order of sets differ from process to process, and are
    left out.

    >>> Values().text({"b", "a"})
    "{'a', 'b'}"
    """

    def __init__(self) -> None:
        self.files: set[Path] = set()
        self.data: set[Path] = set()

    def text(self, part: object) -> str:
        """A text that changes when `part` changes, but for code that has a file."""
        return self._text(part, ())

    def declared(self, part: object) -> str:
        """The same of what a reward declares, where a `Path` stands for what is in the file.

        A path that a function merely closes over may be of a log, or of anything else that changes.
        """
        if isinstance(part, Path):
            self.data.add(part)
            return digest_of_data(part)
        if is_sequence(part):
            return "[" + ", ".join(self.declared(item) for item in part) + "]"
        return self.text(part)

    def _text(self, part: object, above: tuple[int, ...]) -> str:
        if id(part) in above:  # a function that calls itself through its closure
            return "..."
        inside = (*above, id(part))
        if isinstance(part, RewardNode):
            return part.identity
        if isinstance(part, FunctionType):
            return "\n".join(self._function(part, inside))
        if isinstance(part, MethodType):
            return f"{self._text(part.__func__, inside)}\n{self._text(part.__self__, inside)}"
        if isinstance(part, type):
            return self._class(part, inside)
        if isinstance(part, ModuleType):
            file = getattr(part, "__file__", None)
            return self._file(file) if file else repr(part)
        if isinstance(part, partial):
            made = cast("partial[Any]", part)
            return "\n".join(self._text(piece, inside) for piece in (made.func, made.args, made.keywords))
        if isinstance(wrapped := getattr(part, "__wrapped__", None), FunctionType):  # a cache around a function
            return self._text(wrapped, inside)
        return self._data(part, inside)

    def _file(self, file: str) -> str:
        self.files.add(Path(file))
        return "file"

    def _function(self, part: FunctionType, above: tuple[int, ...]) -> Iterator[str]:
        code = part.__code__
        yield part.__qualname__
        if os.path.isfile(code.co_filename):  # noqa: PTH113 - asked of every function
            yield self._file(code.co_filename)
            if part.__name__ == "<lambda>":  # of which a file may have many
                yield self._code(code, above)
        else:
            yield self._code(code, above, part.__doc__)
            yield from self._used(part, above)
        for what, value in (("defaults", part.__defaults__), ("keywords", part.__kwdefaults__)):
            if value:
                yield f"{what} = {self._text(value, above)}"
        for name, cell in zip(code.co_freevars, part.__closure__ or (), strict=True):
            try:
                yield f"{name} = {self._text(cell.cell_contents, above)}"
            except ValueError:  # not filled yet
                continue

    def _code(self, code: CodeType, above: tuple[int, ...], doc: str | None = None) -> str:
        first, *others = code.co_consts or (None,)
        constants = [None if doc is not None and first == doc else first, *others]
        return f"{code.co_code.hex()} {self._text(constants, above)} {code.co_names!r}"

    def _used(self, part: FunctionType, above: tuple[int, ...]) -> Iterator[str]:
        """The functions, classes and constants around a function that has no file."""
        for name in sorted(set(_names_in(part.__code__))):
            value = part.__globals__.get(name)
            if isinstance(value, RewardNode | FunctionType | type | ModuleType) or _is_constant(value):
                yield f"{name}: {self._text(value, above)}"

    def _class(self, part: type, above: tuple[int, ...]) -> str:
        file = getattr(sys.modules.get(part.__module__), "__file__", None)
        if part.__module__ == "builtins":
            return part.__qualname__
        if file:
            return f"{part.__qualname__} {self._file(file)}"
        known = {name: value for name, value in vars(part).items() if name not in _WORDS}
        own = {name: value for name, value in known.items() if isinstance(value, FunctionType) or _is_constant(value)}
        return f"{part.__qualname__} {self._text(own, above)}"

    def _data(self, part: object, above: tuple[int, ...]) -> str:
        if isinstance(part, CodeType):
            return self._code(part, above)
        if isinstance(part, set | frozenset):
            return "{" + ", ".join(sorted(self._text(item, above) for item in cast("set[object]", part))) + "}"
        if is_sequence(part):
            return "[" + ", ".join(self._text(item, above) for item in part) + "]"
        if is_mapping(part):
            return "{" + ", ".join(f"{key!r}: {self._text(value, above)}" for key, value in part.items()) + "}"
        text = repr(part)
        if isinstance(part, (*_PLAIN, BuiltinFunctionType)):
            return text
        kind = self._text(type(part), above)
        return f"{kind} {self._text(getattr(part, '__dict__', {}), above) if ' at 0x' in text else text}"


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield from _names_in(value)


def _is_constant(value: object) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(_is_constant(item) for item in cast("Sequence[object]", value))
    return isinstance(value, _PLAIN) and value is not None


def digest_of_data(path: Path) -> str:
    """A file that is data: of its bytes; of a folder all files in it.

    >>> digest_of_data(Path("no/such/file"))
    'missing'
    """
    if path.is_dir():
        inside = sorted(one for one in path.rglob("*") if one.is_file())
        return " ".join(f"{one.relative_to(path).as_posix()}:{digest_of_data(one)}" for one in inside)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
