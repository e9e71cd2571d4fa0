"""Function tests from the inside: the program is a module, and answers calls over the codec.

The calls lie in a sealed memory file and the answers go to another: frames of a length, a status and plain data. A
program that writes frames of its own has only written other answers.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from rlvr.sandbox.bridge.codec import CodecError, decode, dumps, encode, loads
from rlvr.sandbox.bridge.frames import NO_DATA, OUT_OF_MEMORY, RAISED, RETURNED, packed
from rlvr.sandbox.inside import program


def answer_calls(source: bytes, calls: bytes, results: int) -> NoReturn:
    """Runs the program as a module, makes the calls in order, writes a frame for each, and exits.

    Args:
        source: The program.
        calls: Encoded: the name, and the arguments of each call.
        results: Descriptor to write to.
    """
    program.write_file(source)
    module = load(source)
    name, arguments = decode(loads(calls))
    for one in arguments:
        status, payload = _attempt(resolve(module, name), one)
        _write(results, packed(status, payload))
    program.finish(0)


def load(source: bytes) -> dict[str, Any]:
    """The program's names, after it ran as the module `solution`; one that ends at import ends the process."""
    module = program.new_module("solution", source)
    code = program.compiled(source)
    try:
        exec(code, module.__dict__)
    except SystemExit:
        program.finish(1)
    except MemoryError:
        os._exit(program.MEMORY_FAILED)
    except BaseException:  # noqa: BLE001 - the program's own
        traceback.print_exc(limit=-20)
        program.finish(1)
    return module.__dict__


def resolve(names: dict[str, Any], name: str) -> Callable[..., Any]:
    """The function of that name, or the method of a class `Solution`, as some problem sets want it."""

    def call(*arguments: Any, **named: Any) -> Any:
        if name in names:
            return names[name](*arguments, **named)
        if "Solution" in names:
            return getattr(names["Solution"](), name)(*arguments, **named)
        raise NameError(f"name {name!r} is not defined")

    return call


def _attempt(function: Callable[..., Any], arguments: list[Any]) -> tuple[bytes, bytes]:
    try:
        return RETURNED, dumps(encode(function(*arguments)))
    except MemoryError:
        return OUT_OF_MEMORY, b""
    except (CodecError, RecursionError) as error:
        return NO_DATA, str(error)[:200].encode(errors="replace")
    except BaseException as error:  # noqa: BLE001 - the program's own
        return RAISED, _described(error)


def _described(error: BaseException) -> bytes:
    try:
        return f"{type(error).__name__}: {error}"[:500].encode(errors="replace")
    except BaseException:  # noqa: BLE001 - its text is the program's own code
        return b"an exception without a text"


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
