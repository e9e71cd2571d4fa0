"""A problem's own checker, in the process that holds tests: what it reads is data, also where it evaluates it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from rlvr.sandbox.bridge.codec import encode
from rlvr.sandbox.judges.tests_side.lending import TESTS
from rlvr.sandbox.judges.tests_side.own_code import OwnCode, load_code
from rlvr.sandbox.judges.tests_side.process import BROKEN, FAILED, PASSED, RAISED, Tell, described


def judge_output(given: dict[str, Any], _: int, tell: Tell) -> None:
    """Asks `check(input, output, expected)` of a checker.

    Args:
        given: What `rlvr.sandbox.judges.preparing` makes of the checker, and `arguments`, three texts.
        tell: Takes what it says: that the output is right, or not, or that it failed.
    """
    try:
        (code,) = map(load_code, given["code"])
        names = ModuleType(TESTS).__dict__
        OwnCode(frozenset(given["texts"])).install(names)
        exec(code, names)
        check = names["check"]
    except BaseException as error:  # noqa: BLE001 - the checker's own
        tell([BROKEN, described(error), ""])
        return
    try:
        right = encode(check(*given["arguments"]))  # one of numpy's is a truth too
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - the checker's own
        tell([RAISED, described(error), ""])
        return
    if isinstance(right, bool):
        tell([PASSED if right else FAILED, "", ""])
    else:
        tell([RAISED, f"it returned {str(right)[:80]}, and not whether the output is right", ""])
