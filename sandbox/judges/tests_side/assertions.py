"""Tests written as assertions, in the tests' process."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from rlvr.sandbox.judges.tests_side.lending import TESTS
from rlvr.sandbox.judges.tests_side.own_code import OwnCode, load_code
from rlvr.sandbox.judges.tests_side.process import BROKEN, PASSED, Tell, begin, described, judged
from rlvr.sandbox.judges.tests_side.solution_module import entry, solution_module


def judge_assertions(given: dict[str, Any], channel: int, tell: Tell) -> None:
    """Runs pieces of code that assert, each judged apart.

    Args:
        given: What `rlvr.sandbox.judges.preparing` makes of a prompt that defines helpers and of the pieces, `entry`,
            names, `operators` and `stop`.
        channel: Socket to the program's process.
        tell: Takes what becomes of each.

    Raises:
        PeerLostError: The program ended.
    """
    try:
        prompt, *pieces = map(load_code, given["code"])
        names = ModuleType(TESTS).__dict__
        own = OwnCode(frozenset(given["texts"]))
        own.install(names)
        exec(prompt, names)
    except BaseException as error:  # noqa: BLE001 - the tests' own, before the program had any part in it
        tell([BROKEN, f"the tests fail by themselves: {described(error)}", ""])
        return
    end = begin(channel, given, own)
    solution = solution_module(end, "solution", None)
    for name in given["entry"]:
        names[name] = solution.__dict__[name] = entry(end, solution, name)
    before = end.used
    for piece in pieces:
        word, why = judged(functools.partial(exec, piece, names), end)
        if end.used > before:
            tell({"called": True})
        tell([word, why, ""])
        if given.get("stop") and word != PASSED:
            return
