"""One Python file: the hash of its syntax tree, and what it imports; nothing is executed.

Docstrings, comments and positions are no part of the hash: a change of words is no change of a verdict.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final, NamedTuple, TypeAlias

from rlvr.identity.places import FOLDERS
from rlvr.sample import is_list

_OURS: Final = re.compile(rf"\brlvr\.(?:{'|'.join(FOLDERS)})(?:\.\w+)*")
_BY_NAME: Final = frozenset({"import_module", "__import__"})
_DYNAMIC: Final = frozenset({"get_reward"})


class Import(NamedTuple):
    """An import, `from module import names` or `import module` without names; `level` counts the dots before it."""

    module: str
    level: int = 0
    names: tuple[str, ...] = ()


@dataclass
class Parsed:
    """What one file says.

    Attributes:
        digest: Of its syntax tree.
        imports: All of them, those inside functions, behind `import_module` and after `-m` included, those for types
            left out.
        typed: Those that are for types alone.
        bound: Names that the module gives itself at its top.
        lazy: Whether it gives its attributes away by `__getattr__`.
        mentioned: Modules of ours that stand in texts: what another interpreter is told to run.
        texts: All short texts of a lazy module, one of which may be the home of an attribute.
        files: Texts that name Python files.
        folders: Packages whose `__path__` it reads, as it calls them; empty for its own.
        rewards: Names given to `get_reward`.
        groups: Groups of entry points, whose modules it loads.
    """

    digest: str
    imports: list[Import] = field(default_factory=list[Import])
    typed: list[Import] = field(default_factory=list[Import])
    bound: set[str] = field(default_factory=set[str])
    lazy: bool = False
    mentioned: set[str] = field(default_factory=set[str])
    texts: list[str] = field(default_factory=list[str])
    files: list[str] = field(default_factory=list[str])
    folders: set[str] = field(default_factory=set[str])
    rewards: set[str] = field(default_factory=set[str])
    groups: set[str] = field(default_factory=set[str])


Stamp: TypeAlias = tuple[int, int] | None
"""Time of the last change, and size; None for what is no file."""

_known: dict[str, tuple[Stamp, Parsed]] = {}


def stamp(path: Path) -> Stamp:
    """By which a file is known to be as it was."""
    try:
        known = path.stat()
    except OSError:
        return None
    return (known.st_mtime_ns, known.st_size) if S_ISREG(known.st_mode) else None


def parsed_file(path: Path) -> Parsed:
    """What a file says; read again when its time or size has changed.

    >>> from rlvr import verdict
    >>> [one.module for one in parsed_file(Path(verdict.__file__)).imports][:2]
    ['__future__', 'collections.abc']
    """
    now, known = stamp(path), _known.get(str(path))
    if known is None or known[0] != now:
        known = _known[str(path)] = now, parse(path.read_bytes())
    return known[1]


def parse(source: bytes) -> Parsed:
    """What a source says. One that is no Python is hashed as it is.

    >>> parse(b"def f():\\n    return 1").digest == parse(b"def f():  # one\\n    'Says one.'\\n    return 1\\n").digest
    True
    >>> parse(b"def f():\\n    return 1").digest == parse(b"def f():\\n    return 2").digest
    False
    """
    try:
        with _without_collector():
            reader = _Reader()
            reader.read(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError):
        return Parsed(hashlib.sha256(source).hexdigest())
    return reader.parsed


@contextmanager
def _without_collector() -> Generator[None]:
    """Trees are many objects and no garbage: looking for some takes as long as parsing."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


class _Reader:
    """Goes through a tree once, past its docstrings."""

    def __init__(self) -> None:
        self.parsed = Parsed("")
        self._constants: list[str] = []
        self._words: list[str] = []
        self._visits: dict[type[ast.AST], Callable[[Any, bool], None]] = {
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Constant: self._constant,
            ast.Call: self._call,
            ast.Attribute: self._attribute,
            ast.Name: self._name,
            ast.BinOp: self._path,
            ast.List: self._command,
            ast.Tuple: self._command,
        }

    def read(self, tree: ast.Module) -> None:
        self._node(tree, typed=False)
        for node in tree.body:
            self._bind(node)
        if self.parsed.lazy:
            self.parsed.texts = [word for text in self._constants for word in text.split()]
        text = "\n".join(self._words)
        self.parsed.digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def _node(self, node: ast.AST, typed: bool) -> None:
        kind, words = type(node), self._words
        if (visit := self._visits.get(kind)) is not None:
            visit(node, typed)
        for_types = isinstance(node, ast.If) and _asks_for_types(node.test)
        words.append(kind.__name__)
        for name in kind._fields:
            if name == "ctx" or (value := getattr(node, name, None)) is None:  # which follows from the place
                continue
            words.append(name)
            if isinstance(value, ast.AST):
                self._node(value, typed)
            elif is_list(value):
                words.append("[")
                inside = typed or (for_types and name == "body")
                for item in value:
                    if not isinstance(item, ast.AST):
                        words.append(repr(item))
                    elif not _is_docstring(item):
                        self._node(item, inside)
                words.append("]")
            else:
                words.append(repr(value))

    def _bind(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                self.parsed.bound.add(name)
                self.parsed.lazy |= name == "__getattr__"
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                self.parsed.bound |= {one.asname or one.name.partition(".")[0] for one in names}
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                self.parsed.bound |= {one.id for one in targets if isinstance(one, ast.Name)}
            case _:
                pass

    def _import(self, node: ast.Import, typed: bool) -> None:
        (self.parsed.typed if typed else self.parsed.imports).extend(Import(name.name) for name in node.names)

    def _import_from(self, node: ast.ImportFrom, typed: bool) -> None:
        names = tuple(name.name for name in node.names)
        (self.parsed.typed if typed else self.parsed.imports).append(Import(node.module or "", node.level, names))

    def _constant(self, node: ast.Constant, typed: bool) -> None:
        if not isinstance(node.value, str):
            return
        text = node.value
        if "rlvr." in text:
            self.parsed.mentioned |= set(_OURS.findall(text))
        if text.endswith(".py") and "\n" not in text:
            self.parsed.files.append(text)
        if len(text) < _LONGEST_NAMES:
            self._constants.append(text)

    def _call(self, node: ast.Call, typed: bool) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = _text(node.args[0]) if node.args else None
        if first and name in _BY_NAME:
            self._named(first)
        elif first and name in _DYNAMIC:
            self.parsed.rewards.add(first)
        elif name == "entry_points":
            self.parsed.groups.update(
                text for one in node.keywords if one.arg == "group" and (text := _text(one.value))
            )

    def _named(self, text: str) -> None:
        module = text.lstrip(".")
        self.parsed.imports.append(Import(module, len(text) - len(module)))

    def _attribute(self, node: ast.Attribute, typed: bool) -> None:
        if node.attr == "__path__" and (name := _dotted(node.value)):
            self.parsed.folders.add(name)

    def _name(self, node: ast.Name, typed: bool) -> None:
        if node.id == "__path__" and isinstance(node.ctx, ast.Load):
            self.parsed.folders.add("")

    def _path(self, node: ast.BinOp, typed: bool) -> None:
        """`folder / "worker" / "boot.py"`: the constants at the end of it."""
        parts: list[str] = []
        here: ast.expr = node
        while isinstance(here, ast.BinOp) and isinstance(here.op, ast.Div) and (text := _text(here.right)):
            parts.append(text)
            here = here.left
        if len(parts) > 1 and parts[0].endswith(".py"):
            self.parsed.files.append("/".join(reversed(parts)))

    def _command(self, node: ast.List | ast.Tuple, typed: bool) -> None:
        """`["-m", "package.module"]`, of which a command is made."""
        words = [_text(one) for one in node.elts]
        for option, word in pairwise(words):
            if option == "-m" and word:
                self._named(word)


_LONGEST_NAMES: Final = 1000


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _dotted(node: ast.expr) -> str:
    parts: Sequence[str] = []
    while isinstance(node, ast.Attribute):
        parts, node = [node.attr, *parts], node.value
    return ".".join([node.id, *parts]) if isinstance(node, ast.Name) else ""


def _is_docstring(node: object) -> bool:
    return isinstance(node, ast.Expr) and _text(node.value) is not None


def _asks_for_types(test: ast.expr) -> bool:
    return _dotted(test).rpartition(".")[2] == "TYPE_CHECKING"
