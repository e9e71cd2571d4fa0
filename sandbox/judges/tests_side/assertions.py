"""Tests written as assertions, in the tests' process."""

from __future__ import annotations

import ast
import functools
from types import ModuleType
from typing import Any

from rlvr.sandbox.bridge.handles import Called
from rlvr.sandbox.inside.answering import RUN
from rlvr.sandbox.judges.tests_side.evaluation_order import compile_tests
from rlvr.sandbox.judges.tests_side.lending import TESTS
from rlvr.sandbox.judges.tests_side.own_code import OwnCode, own_texts
from rlvr.sandbox.judges.tests_side.process import BROKEN, PASSED, Tell, described, judged, meet
from rlvr.sandbox.judges.tests_side.skipped_assertions import make_check
from rlvr.sandbox.judges.tests_side.solution_module import entry, solution_module


def judge_assertions(given: dict[str, Any], channel: int, tell: Tell) -> None:
    """Runs pieces of code that assert, each judged apart.

    Args:
        given: `prompt` that defines helpers, `entry`, names, `code`, a list of pieces, `operators` and `stop`.
        channel: Socket to the program's process.
        tell: Takes what becomes of each.

    Raises:
        PeerLostError: The program ended.
    """
    try:
        trees = {
            f"<{TESTS} {number}>": ast.parse(piece) for number, piece in enumerate([given["prompt"], *given["code"]])
        }
        own = OwnCode(frozenset[str]().union(*map(own_texts, trees.values())))
        skips = make_check(trees)
        prompt, *pieces = (compile_tests(tree, name) for name, tree in trees.items())
        names = ModuleType(TESTS).__dict__
        own.install(names)
        exec(prompt, names)
    except BaseException as error:  # noqa: BLE001 - the tests' own, before the program had any part in it
        tell([BROKEN, f"the tests are no program: {described(error)}", ""])
        return
    end = meet(channel, operators=bool(given.get("operators")))
    end.skips = skips
    own.run_there = Called(end, RUN)
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
