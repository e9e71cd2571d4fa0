"""The process that holds the tests. It runs no line of the program: it uses the program in another process.

Tests have builtins of their own here, so that `builtins.abs = lambda x: 0` over there changes nothing. What a call
returns is plain data, or a handle on an object that stays where it is (`rlvr.sandbox.bridge.handles`). Of exceptions
the built-in types are raised again, but for those that would end a loop or the process silently.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias

from rlvr.sandbox.bridge.handles import Called
from rlvr.sandbox.bridge.peer import PeerLostError
from rlvr.sandbox.inside.answering import ECHO, RUN
from rlvr.sandbox.judges.tests_side.asking import TestsEnd
from rlvr.sandbox.judges.tests_side.identity import look_through_handles
from rlvr.sandbox.judges.tests_side.listening import HEARD, LOGGED, say_again
from rlvr.sandbox.judges.tests_side.mirroring import Mirror
from rlvr.sandbox.judges.tests_side.own_code import OwnCode
from rlvr.sandbox.judges.tests_side.skipped_assertions import make_check
from rlvr.sandbox.judges.verdict_lines import Line, line_writer

PASSED: Final = "passed"
FAILED: Final = "failed"
RAISED: Final = "raised"
DIED: Final = "died"
BROKEN: Final = "broken"
NEED: Final = "need"
"""The tests had to hand over what cannot cross."""

Tell: TypeAlias = Callable[[Line], None]
Style: TypeAlias = Callable[[dict[str, Any], int, Tell], None]

MOST_TEXT: Final = 300


def hold(tests: bytes, channel: int, report: int, styles: dict[str, Style]) -> NoReturn:
    """Runs the tests and writes what became of each, as soon as it is known: what follows may take for ever.

    The lines: `{"names": [...]}` where they are known before, `{"called": true}` once the program was asked for
    something, and `[word, reason, name]` for each test.

    Args:
        tests: JSON: what the style takes, `style`, and the `key` of the report.
        channel: Socket to the program's process.
        report: Descriptor that only this process has.
        styles: By name, what runs tests of that style.
    """
    leave_scratch()
    given = json.loads(tests)
    tell = line_writer(report, given.pop("key"))
    try:
        styles[given.get("style", "asserts")](given, channel, tell)
    except (PeerLostError, MemoryError):
        tell([DIED, "", ""])
    except BaseException as error:  # noqa: BLE001 - ours, and to be seen as such
        tell([BROKEN, described(error), ""])
    os._exit(0)  # nothing of a test's is registered for the end that matters


def leave_scratch() -> None:
    """Programs write in the working folder, and no import of a test's may find what they left there."""
    os.chdir("/")
    sys.path[:] = [folder for folder in sys.path if folder not in ("", ".")]


def meet(channel: int, *, operators: bool, own_equality: bool = False) -> TestsEnd:
    """The program, once it has run as a module.

    Args:
        channel: Socket to its process.
        operators: See `rlvr.sandbox.judges.tests_side.asking.TestsEnd`.
        own_equality: Likewise.

    Raises:
        PeerLostError: It has not.
    """
    end = TestsEnd(channel, operators=operators, own_equality=own_equality)
    if end.receive() != ["ready", 0]:
        end.lose()
    return end


def begin(channel: int, given: dict[str, Any], own: OwnCode) -> TestsEnd:
    """The program, met, and all that the tests need of it beside its names.

    Args:
        channel: Socket to its process.
        given: What `rlvr.sandbox.judges.preparing` makes of the tests, and `operators`.
        own: Runs over there what is not the tests' own.

    Raises:
        PeerLostError: It has not run as a module.
    """
    end = meet(channel, operators=bool(given.get("operators")), own_equality=bool(given.get("own_equality")))
    end.skips = make_check(given["bodies"])
    own.run_there = Called(end, RUN)
    mentions = given["mentions"]
    words = set(mentions["words"])
    end.arrays = "numpy" in words
    if "inspect" in words:
        look_through_handles()
    if given.get("style") == "pytest" or words & HEARD:
        Called(end, ECHO)(bool(words & LOGGED))
        end.on_told = say_again
    Mirror(end, mentions)
    return end


def described(error: BaseException) -> str:
    """An exception in words; its text may be the program's own code."""
    try:
        return f"{type(error).__name__}: {error}"[:MOST_TEXT]
    except PeerLostError:
        raise
    except BaseException:  # noqa: BLE001 - the program's own
        return f"{type(error).__name__}"[:MOST_TEXT]


def is_programs(error: BaseException) -> bool:
    """Whether the program raised it."""
    return hasattr(error, "_rlvr_raised")


def judged(test: Callable[[], Any], end: TestsEnd) -> list[str]:
    """What became of a test: a word and a reason.

    Raises:
        PeerLostError: The program ended.
    """
    found = [PASSED, ""]
    try:
        test()
    except PeerLostError:
        raise
    except AssertionError as error:
        text = described(error).partition(": ")[2]
        found = [FAILED, f"assertion failed: {text}"[:MOST_TEXT] if text else "an assertion failed"]
    except BaseException as error:  # noqa: BLE001 - whatever the tests raise, SystemExit included
        found = [RAISED, described(error)]
    return settled(found, end)


def settled(found: list[str], end: TestsEnd) -> list[str]:
    """What a test came to, whatever it made of a program that ended or of a value that could not cross.

    Raises:
        PeerLostError: The program ended, and the test has caught that.
    """
    if end.lost:
        raise PeerLostError
    return [NEED, end.need] if end.need and found[0] != PASSED else found
