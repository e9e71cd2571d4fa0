"""What a fork server does before its first program, so that no program has to.

A child pays for each page it touches first: running representative code here initialises lazily what it would, and
leaves fewer pages to copy (a fifth of the time a small program takes).
"""

from __future__ import annotations

import builtins
import copy
import importlib
import json
import random
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from rlvr.sandbox.bridge import codec
from rlvr.sandbox.inside import program
from rlvr.sandbox.inside.answering import ProgramEnd

_COMMON: Final = (
    "bisect", "collections", "copy", "dataclasses", "datetime", "decimal", "fractions", "functools", "heapq",
    "itertools", "json", "math", "operator", "random", "re", "statistics", "string", "threading", "traceback", "typing",
)  # fmt: skip
_PROGRAMS: Final = (
    "import sys\nfrom collections import Counter, defaultdict, deque\nn = int('5')\n"
    "a = list(map(int, '1 2 3'.split()))\nprint(sum(a), *a, sep=' ')\nd = defaultdict(list)\nd[1].append(2)\n"
    "class A:\n    def f(self, x): return [i * x for i in range(x)]\n"
    "print(A().f(3), f'{n:5.2f}', sorted(a, key=lambda x: -x))\n"
    "try:\n    raise ValueError('x')\nexcept ValueError as e:\n    print(e)\n",
    "def f(n):\n    return 1 if n < 2 else n * f(n - 1)\nprint(f(20))\n",
)
_ROUNDS: Final = 12


def import_common() -> None:
    """Imports what programs import, and gives the builtins that `site` would."""
    for name in _COMMON:
        importlib.import_module(name)
    quitter = importlib.import_module("_sitebuiltins").Quitter
    for name in ("exit", "quit"):
        setattr(builtins, name, quitter(name, "Ctrl-D (i.e. EOF)"))


def warm(streams: program.Streams, converse: Callable[[int, Callable[[], None]], None]) -> None:
    """Runs small programs and our own steps a few times; leaves the interpreter as it was.

    Args:
        streams: What programs will have.
        converse: See `rlvr.sandbox.inside.forkserver.TestsSide`.
    """
    kept = (sys.stdin, sys.stdout, sys.stderr, sys.argv, sys.path[:], sys.modules["__main__"])
    with open("/dev/null", "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - no `pathlib` in programs' memory
        for _ in range(_ROUNDS):
            streams.install()
            sys.stdout = nowhere
            for text in _PROGRAMS:
                exec(program.compiled(text.encode()), program.new_module("__main__").__dict__)
            codec.decode(codec.loads(codec.dumps(codec.encode([1, (2, {"a": {3}})]))))
            _converse(converse)
            json.loads(json.dumps({"kind": "program", "limits": {}}))
            with suppress(ZeroDivisionError):
                nowhere.write(str(1 // 0))
            traceback.format_stack(limit=2)
    sys.stdin, sys.stdout, sys.stderr, sys.argv = kept[:4]
    sys.path[:] = kept[4]
    sys.modules["__main__"] = kept[5]
    sys.modules.pop("solution", None)
    random.seed(0)  # every program draws the same numbers, and a run can be replayed


def _converse(converse: Callable[[int, Callable[[], None]], None]) -> None:
    """Tests that call a program, both in this process."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        functions: dict[str, Any] = {"f": copy.copy, "g": int}
        end = ProgramEnd(theirs.fileno(), functions)
        converse(ours.fileno(), lambda: end.answer(end.receive()))


def forget_ourselves() -> None:
    """Takes our modules out of `sys.modules`: programs have no business with them, and may have some of the name."""
    for name in [name for name in sys.modules if name == "rlvr" or name.startswith("rlvr.")]:
        del sys.modules[name]
