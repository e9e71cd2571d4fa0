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
from rlvr.sandbox.peer import Peer, PeerLostError

LENGTH: Final = struct.Struct("<I")
RETURNED: Final = b"r"
RAISED: Final = b"e"
NO_DATA: Final = b"n"
OUT_OF_MEMORY: Final = b"m"

MODULE: Final = "the module"
"""What the tests call the program itself; no name in it can be the same."""

ECHO: Final = "the echo"
_MOST_ECHO: Final = 1 << 20


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
    """Runs the program as a module and does what the process that holds the tests asks of it, until that ends."""
    names = load(source)
    peer = Peer(channel, names=lambda name: _found(peer, names, name))
    try:
        peer.send(["ready", 0])
        while True:
            peer.answer(peer.receive())
            try:
                sys.stdout.flush()
            except BaseException:  # noqa: BLE001 - the program's own
                program.finish(120)
    except MemoryError:
        os._exit(program.MEMORY_FAILED)
    except PeerLostError:
        os._exit(0)


def _found(peer: Peer, names: dict[str, Any], name: str) -> Any:
    """What the tests mean by a name: their function, the module itself, or that they want to hear what is printed."""
    if name == MODULE:
        return sys.modules["solution"]
    if name == ECHO:
        peer.printed = _Echo()
        return int
    return names[name] if name in names else resolve(names, name)


class _Echo:
    """What the program has printed since the last time, from its own file."""

    def __init__(self) -> None:
        self._place = 0

    def __call__(self) -> str:
        sys.stdout.flush()
        if os.fstat(1).st_size == self._place:
            return ""
        data = os.pread(1, _MOST_ECHO, self._place)
        self._place += len(data)
        return data.decode(errors="replace")
