"""The process that holds assert-style tests. It runs no line of the program: it calls it in another process.

Tests have builtins of their own here, so that `builtins.abs = lambda x: 0` over there changes nothing. What a call
returns is plain data, so no `__eq__` comes with it. Of exceptions the built-in types are raised again, but for those
that would end a loop or the process silently.
"""

from __future__ import annotations

import builtins
import json
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, NoReturn, cast

from rlvr.sandbox import calls, program
from rlvr.sandbox.codec import CodecError, decode, dumps, encode, loads

PASSED: Final = "passed"
FAILED: Final = "failed"
RAISED: Final = "raised"
DIED: Final = "died"
BROKEN: Final = "broken"

_SILENT: Final = (StopIteration, StopAsyncIteration)


class CandidateDiedError(BaseException):
    """The program's process ended; no `except Exception` of a test may take it for a result."""


class CandidateRaisedError(RuntimeError):
    """The program raised what is no built-in exception, or one that must not pass."""


class Candidate:
    """The program, as a test sees it: names to call.

    Args:
        channel: Socket to its process.
    """

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self.count = 0

    def await_ready(self) -> None:
        """Returns when the program has run as a module.

        Raises:
            CandidateDiedError: It has not.
        """
        if calls.read_message(self.channel) != b"ready":
            raise CandidateDiedError

    def proxy(self, name: str) -> Callable[..., Any]:
        """A function that calls the program's function of that name."""

        def call(*arguments: Any, **named: Any) -> Any:
            return self._call(name, arguments, named)

        call.__name__ = call.__qualname__ = name
        return call

    def _call(self, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self.count += 1
        try:
            calls.write_message(self.channel, dumps(encode((self.count, name, list(arguments), named))))
            answer = calls.read_message(self.channel)
            if answer is None:
                raise CandidateDiedError
            number, returned, value, more = decode(loads(answer))
        except (OSError, CodecError, ValueError, TypeError):
            raise CandidateDiedError from None
        if number != self.count:
            raise CandidateDiedError
        if returned is not True:
            raise _exception(value, more)
        _restore(arguments, more)
        return value


def _exception(name: object, text: object) -> Exception:
    found = getattr(builtins, name, None) if isinstance(name, str) else None
    message = str(text)[:500].removeprefix(f"{name}: ")
    if isinstance(found, type) and issubclass(found, Exception) and not issubclass(found, _SILENT):
        try:
            return found(message)
        except TypeError:  # UnicodeDecodeError and its like want more than a text
            return CandidateRaisedError(f"{name}: {message}")
    return CandidateRaisedError(f"{name}: {message}")


def _restore(ours: tuple[Any, ...], theirs: object) -> None:
    """What the program did to arguments that can change is done to ours."""
    if not isinstance(theirs, list):
        return
    for one, other in zip(ours, cast("list[Any]", theirs), strict=False):
        if type(one) is not type(other) or one == other:
            continue
        if isinstance(one, list):
            one[:] = other
        elif isinstance(one, dict | set):
            cast("Any", one).clear()
            cast("Any", one).update(other)


def judge(tests: bytes, channel: int, report: int) -> NoReturn:
    """Runs the tests and writes what became of each.

    Args:
        tests: JSON: `prompt` that defines helpers, `entry` names, and `code`, a list of pieces that are judged apart.
        channel: Socket to the program's process.
        report: Descriptor that only this process has.
    """
    given = json.loads(tests)
    candidate = Candidate(channel)
    found: list[list[str]] = []
    try:
        pieces = [compile(piece, "<tests>", "exec", dont_inherit=True) for piece in given["code"]]
        prompt = compile(given["prompt"], "<prompt>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        pieces, prompt = [], None
        found.append([BROKEN, f"the tests are no program: {error}"])
    if prompt is not None:
        try:
            names = _names(candidate, given["entry"], prompt)
            found += [_judge_piece(piece, names) for piece in pieces]
        except CandidateDiedError:
            found += [[DIED, ""]]
    os.write(report, json.dumps({"calls": candidate.count, "results": found}).encode())
    os._exit(0)  # nothing of a test's is registered for the end that matters


def _names(candidate: Candidate, entry: list[str], prompt: Any) -> dict[str, Any]:
    candidate.await_ready()
    module = ModuleType("tests")
    names = module.__dict__
    exec(prompt, names)
    solution = program.new_module("solution")
    for name in entry:
        names[name] = solution.__dict__[name] = candidate.proxy(name)
    return names


def _judge_piece(piece: Any, names: dict[str, Any]) -> list[str]:
    try:
        exec(piece, names)
    except CandidateDiedError:
        return [DIED, ""]
    except AssertionError as error:
        return [FAILED, f"assertion failed: {error}"[:300] if str(error) else "an assertion failed"]
    except BaseException as error:  # noqa: BLE001 - whatever the tests raise, SystemExit included
        return [RAISED, f"{type(error).__name__}: {error}"[:300]]
    return [PASSED, ""]
