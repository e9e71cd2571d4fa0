"""Function tests from the inside: the program is a module, and answers calls over the codec.

The calls lie in a sealed memory file and the answers go to another: frames of a length, a status and plain data. A
program that writes frames of its own has only written other answers.
"""

from __future__ import annotations

import os
import struct
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from rlvr.sandbox import program
from rlvr.sandbox.codec import CodecError, decode, dumps, encode, loads

LENGTH: Final = struct.Struct("<I")
RETURNED: Final = b"r"
RAISED: Final = b"e"
NO_DATA: Final = b"n"
OUT_OF_MEMORY: Final = b"m"


def answer_calls(source: bytes, calls: bytes, results: int) -> NoReturn:
    """Runs the program as a module, makes the calls in order, writes a frame for each, and exits.

    Args:
        source: The program.
        calls: Encoded: the name, and the arguments of each call.
        results: Descriptor to write to.
    """
    module = load(source)
    name, arguments = decode(loads(calls))
    for one in arguments:
        status, payload = _attempt(resolve(module, name), one)
        _write(results, LENGTH.pack(len(payload)) + status + payload)
    program.finish(0)


def load(source: bytes) -> dict[str, Any]:
    """The program's names, after it ran as the module `solution`; one that ends at import ends the process."""
    module = program.new_module("solution")
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


def frames(report: bytes, most: int) -> Iterator[tuple[bytes, bytes]]:
    """The frames of a report, status and payload; ends at the first that is not whole. For the trusted process.

    >>> list(frames(LENGTH.pack(1) + RETURNED + b"6" + b"torn", 9))
    [(b'r', b'6')]
    """
    place = 0
    for _ in range(most):
        head = report[place : place + 5]
        if len(head) < 5:
            return
        length = LENGTH.unpack(head[:4])[0]
        payload = report[place + 5 : place + 5 + length]
        if len(payload) < length:
            return
        yield head[4:], payload
        place += 5 + length


def serve_calls(source: bytes, channel: int) -> NoReturn:
    """Runs the program as a module and answers the calls of the process that holds the tests, until that ends."""
    names = load(source)
    write_message(channel, b"ready")
    while (message := read_message(channel)) is not None:
        number, name, arguments, named = decode(loads(message))
        try:
            result = resolve(names, name)(*arguments, **named)
            # What a call can have changed goes back.
            changed: list[Any] = [one if isinstance(one, list | dict | set) else None for one in arguments]
            answer = dumps(encode((number, True, result, changed)))
        except MemoryError:
            os._exit(program.MEMORY_FAILED)
        except BaseException as error:  # noqa: BLE001 - the program's own
            answer = dumps(encode((number, False, type(error).__name__, _described(error).decode())))
        try:
            sys.stdout.flush()
        except BaseException:  # noqa: BLE001 - the program's own
            program.finish(120)
        write_message(channel, answer)
    program.finish(0)


def write_message(channel: int, data: bytes) -> None:
    """One message, after its length."""
    _write(channel, LENGTH.pack(len(data)) + data)


def read_message(channel: int, most: int = 64 << 20) -> bytes | None:
    """One message; `None` at the end, or where it is larger than `most` bytes."""
    head = _read(channel, LENGTH.size)
    length = LENGTH.unpack(head)[0] if head is not None else most + 1
    return _read(channel, length) if length <= most else None


def _read(channel: int, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        piece = os.read(channel, min(count - len(data), 1 << 18))
        if not piece:
            return None
        data += piece
    return bytes(data)
