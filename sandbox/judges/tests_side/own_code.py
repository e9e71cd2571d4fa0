"""Tests run their own code alone: a text that came from the program is data, whatever a test does with it.

A test that evaluates (`eval(repr(point)) == point`), unpickles or formats what a program returned would run the
program's text in the process that decides. Here such a text is read as data if it is no more than that. Anything else
is run in the program's process, where it can do nothing that the program could not, and what comes back is a value or a
handle.
"""

from __future__ import annotations

import ast
import base64
import builtins
import marshal
import string
import sys
from collections.abc import Callable, Mapping, Sequence
from types import BuiltinFunctionType, CodeType, FrameType, ModuleType
from typing import Any, Final, cast

from rlvr.sandbox.bridge.handles import is_handle
from rlvr.sandbox.judges.tests_side.identity import is_instance, is_same, is_subclass, own_super, own_type
from rlvr.sandbox.judges.tests_side.lending import TESTS

FORMAT_NAMES: Final = {"format": "@format_text", "format_map": "@format_mapping"}
"""Of `format_text` and `format_mapping` among the tests' names, by what they stand for; no test can write them."""

_NAMES: Final = frozenset(
    {
        "True", "False", "None", "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list",
        "range", "set", "slice", "str", "tuple", "abs", "len", "max", "min", "round", "sorted", "sum", "inf", "nan",
        "Counter", "Decimal", "Fraction", "OrderedDict", "date", "datetime", "deque", "time", "timedelta",
        "PosixPath", "Path", "UUID", "array",
    }
)  # fmt: skip
IS_NAME: Final = "@is_same"
OURS_NAME: Final = "@is_ours"
SUPER_NAME: Final = "@super"
TYPE_NAME: Final = "@type"
"""Of `is_same`, `is_ours`, `own_super` and `own_type`, likewise."""

_LOADERS: Final = frozenset({"importlib", "zipimport", "numpy", "rlvr"})
"""Packages that compile and run what is on the disk, and what is the judge's own."""

_MAKERS: Final = frozenset(
    {
        ("collections", "namedtuple"), ("dataclasses", "_create_fn"), ("dataclasses", "add_fns_to_class"),
        ("unittest", "_set_signature"), ("attr", "_compile_and_eval"), ("attr", "_linecache_and_compile"),
        ("_pytest", "_rewrite_test"),
    }
)  # fmt: skip
"""Functions of libraries that make a text of names that they have checked, and run it. No others: `pytest.raises(Error,
eval, text)` calls `eval` from a library too."""

_IN_ANNOTATIONS: Final = (
    ast.Expression, ast.Name, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.BitOr, ast.Load,
)  # fmt: skip
_UNPICKLED: Final = frozenset({"array", "collections", "datetime", "decimal", "fractions", "pathlib", "uuid", TESTS})
_RENAMED: Final = {"copy_reg": "copyreg", "__builtin__": "builtins"}  # in old pickles
_UNPICKLERS: Final = frozenset(
    {
        ("array", "_array_reconstructor"), ("copyreg", "_reconstructor"), ("copyreg", "__newobj__"),
        ("_codecs", "encode"), ("builtins", "object"), ("builtins", "xrange"),
    }
)  # fmt: skip
_MORE_THAN_DATA: Final = (
    ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp, ast.Attribute, ast.NamedExpr, ast.Await,
    ast.Yield, ast.YieldFrom, ast.JoinedStr,
)  # fmt: skip
_VALUES: Final = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, type(None))


_frame: Final[Callable[[int], FrameType]] = getattr(sys, "_getframe")  # noqa: B009


class RefusedTextError(RuntimeError):
    """A test would have run a text that is not its own."""


def own_texts(tree: ast.AST) -> frozenset[str]:
    """The texts that stand in the tests.

    >>> sorted(own_texts(ast.parse("assert eval('f(1) + 2') == f('x')")))
    ['f(1) + 2', 'x']
    """
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(text for text in constants if isinstance(text, str))


def load_code(text: str) -> CodeType:
    """Code that the caller has compiled; nothing else comes by this way."""
    return cast("CodeType", marshal.loads(base64.b64decode(text)))


class OwnCode:
    """Stands in for `eval`, `exec` and `compile` in the process that holds tests.

    Args:
        texts: The texts that stand in the tests.
        run_there: Runs a text in the program's process: of the text and whether it is an expression, its value, or the
            names that it has defined.
    """

    def __init__(self, texts: frozenset[str], run_there: Callable[[str, bool], Any] | None = None) -> None:
        self.run_there = run_there
        self._texts = texts
        self._eval, self._exec, self._compile = builtins.eval, builtins.exec, builtins.compile

    def install(self, names: dict[str, Any]) -> None:
        """From now on this process runs no text that is neither data nor one of the tests' own.

        Args:
            names: The names of the tests.
        """
        builtins.eval, builtins.exec, builtins.compile = self.eval, self.exec, self.compile
        names |= {"getattr": self.getattr, "isinstance": is_instance, "issubclass": is_subclass}
        names |= {
            FORMAT_NAMES["format"]: format_text,
            FORMAT_NAMES["format_map"]: format_mapping,
            IS_NAME: is_same,
            OURS_NAME: is_ours,
            SUPER_NAME: own_super,
            TYPE_NAME: own_type,
        }
        sys.addaudithook(_refuse_loading)

    def getattr(self, target: Any, name: Any, *default: Any) -> Any:
        """`getattr` of the tests, which looks up nothing private that is not written in them."""
        if type(name) is str and name.startswith("_") and name not in self._texts and not is_handle(target):
            raise RefusedTextError("a test would look up a private name that is not its own")
        return builtins.getattr(target, name, *default)

    def eval(self, source: Any, globals: Any = None, locals: Any = None, /) -> Any:
        """`eval`."""
        frame = _frame(1)
        given: dict[str, Any] = {**(globals or {}), **(locals or {})}
        if not self._is_own(source, frame) and not _is_data(source, frame.f_globals, given):
            return self._run(source, expression=True)
        if globals is None:
            globals, locals = frame.f_globals, frame.f_locals if locals is None else locals
        return self._eval(source, globals, locals)

    def exec(  # noqa: D102
        self, source: Any, globals: Any = None, locals: Any = None, /, *, closure: Any = None
    ) -> None:
        frame = _frame(1)
        own = self._is_own(source, frame)
        if globals is None:
            globals, locals = frame.f_globals, frame.f_locals if locals is None else locals
        if not own:
            names: dict[str, Any] = globals if locals is None else locals
            kept = set(names) | set(vars(builtins)) if names is frame.f_globals else set[str]()
            names.update(_defined(self._run(source, expression=False), kept))
        elif closure is None:
            self._exec(source, globals, locals)
        else:
            self._exec(source, globals, locals, closure=closure)

    def compile(self, source: Any, filename: Any, mode: Any, flags: int = 0, *more: Any, **named: Any) -> Any:
        """`compile`; of a text that is not the tests' own only where that is data."""
        frame = _frame(1)
        own = flags & ast.PyCF_ONLY_AST or self._is_own(source, frame)
        if not own and frame.f_globals.get("__name__") == "typing":
            own = _is_annotation(source)  # evaluated among the names of what has the annotation
        if not own and not _is_data(source, frame.f_globals, {}):
            raise RefusedTextError("a test would compile a text of the program's that is more than data")
        return self._compile(source, filename, mode, flags, *more, **named)

    def _is_own(self, source: Any, caller: FrameType) -> bool:
        if isinstance(source, CodeType):  # compiled by this process's own code, or by what has passed here
            return True
        package = str(caller.f_globals.get("__name__")).partition(".")[0]
        if package in _LOADERS or (package, caller.f_code.co_name) in _MAKERS:
            return True
        return isinstance(source, str) and source in self._texts

    def _run(self, source: Any, *, expression: bool) -> Any:
        text = source.decode(errors="replace") if isinstance(source, bytes | bytearray) else source
        if not isinstance(text, str) or self.run_there is None:
            raise RefusedTextError("a test would run what is not its own")
        return self.run_there(text, expression)


def _defined(found: Any, kept: set[str]) -> dict[str, Any]:
    """What a text of the program's defines for the tests: nothing that they have, or judge with."""
    names = cast("dict[Any, Any]", found) if isinstance(found, dict) else {}
    return {
        name: value
        for name, value in names.items()
        if type(name) is str and name.isidentifier() and not name.startswith("__") and name not in kept
    }


def is_ours(*values: Any) -> bool:
    """Whether any of these is the tests' own, and no object of the program's.

    >>> is_ours([1]), is_ours()
    (True, False)
    """
    return not all(map(is_handle, values))


def _is_data(source: Any, names: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether a text is data, and calls of what makes data or of the program's classes.

    Args:
        source: The text.
        names: The tests' names, which it may not read.
        given: Names that the test hands to it.

    >>> _is_data("[1, (2, Fraction(1, 3)), {'a': -1}]", {}, {}), _is_data("x + 1", {}, {"x": 3})
    (True, True)
    >>> _is_data("EXPECTED", {"EXPECTED": 5}, {}), _is_data("open('x')", {}, {}), _is_data("(5).real", {}, {})
    (False, False, False)
    """
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError, AttributeError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, _MORE_THAN_DATA):
            return False
        if isinstance(node, ast.Name) and not _is_harmless(node.id, names, given):
            return False
    return True


def _is_annotation(source: Any) -> bool:
    """Whether a text is names, and parameters of theirs.

    >>> _is_annotation("dict[str, int | None]"), _is_annotation("f()"), _is_annotation("a.b")
    (True, False, False)
    """
    try:
        tree = ast.parse(source, mode="eval")
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return False
    return all(isinstance(node, _IN_ANNOTATIONS) for node in ast.walk(tree))


def _is_harmless(name: str, names: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    if name in given and given is not names:
        return is_handle(given[name]) or type(given[name]) in _VALUES
    if name not in names:
        return name in _NAMES
    value = names[name]
    return is_handle(value) or (name in _NAMES and isinstance(value, type | BuiltinFunctionType))


def _refuse_loading(event: str, arguments: tuple[Any, ...]) -> None:
    """Of what a test unpickles only classes of data and of the tests' own are looked up, and no code is loaded."""
    if event == "marshal.loads" and not str(_frame(1).f_globals.get("__name__")).startswith("importlib"):
        raise RefusedTextError("a test would load code")
    if event != "pickle.find_class":
        return
    module, name = arguments
    if not _may_unpickle(module, name):
        raise RefusedTextError(f"a test would unpickle `{str(module)[:40]}.{str(name)[:40]}`")


def _may_unpickle(module: str, name: str) -> bool:
    """Whether that is a class of data or of the tests: a name may be dotted, and lead anywhere.

    >>> _may_unpickle("collections", "deque"), _may_unpickle("builtins", "set"), _may_unpickle("builtins", "len")
    (True, True, False)
    >>> _may_unpickle("pathlib", "os.system"), _may_unpickle("pathlib", "os")
    (False, False)
    """
    module = _RENAMED.get(module, module)
    if (module, name) in _UNPICKLERS:
        return True
    if module not in _UNPICKLED and (module != "builtins" or name not in _NAMES):
        return False
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = vars(found).get(part) if isinstance(found, type | ModuleType) and not part.startswith("_") else None
        if isinstance(found, ModuleType):
            return False
    return isinstance(found, type) and found.__module__ == module


class _Formatter(string.Formatter):
    """Formats without looking at what is private."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        if "._" in field_name or field_name.startswith("_"):
            raise RefusedTextError("a test would format private names")
        return super().get_field(field_name, args, kwargs)


def format_text(target: Any, arguments: Sequence[Any], named: dict[str, Any]) -> Any:
    """`target.format(...)` of the tests, where the target is no text of theirs.

    >>> format_text("{} {x}", (1,), {"x": 2})
    '1 2'
    >>> format_text("{0.__class__}", (1,), {})
    Traceback (most recent call last):
        ...
    rlvr.sandbox.judges.tests_side.own_code.RefusedTextError: a test would format private names
    """
    text, given = _text_of(target, arguments)
    return target.format(*arguments, **named) if text is None else _formatted(text, given, named)


def format_mapping(target: Any, arguments: Sequence[Any], named: dict[str, Any]) -> Any:
    """`target.format_map(...)` of the tests, likewise."""
    text, given = _text_of(target, arguments)
    if text is None or len(given) != 1:
        return target.format_map(*arguments, **named)
    return _formatted(text, (), given[0])


def _text_of(target: Any, arguments: Sequence[Any]) -> tuple[str | None, Sequence[Any]]:
    """The text that is formatted, and what is put into it: it may be the first argument of `str.format`."""
    if target is str and arguments:
        target, arguments = arguments[0], arguments[1:]
    return (target if isinstance(target, str) and type(target) is str else None), arguments


_formatted: Final[Callable[[str, Sequence[Any], Mapping[str, Any]], str]] = _Formatter().vformat
