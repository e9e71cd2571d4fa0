"""How a fork server is started: what the process does that holds tests is handed to it here.

The fork server itself (`rlvr.sandbox.inside.forkserver`) imports nothing that decides about programs.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, Final, NoReturn, cast

from rlvr.sandbox.bridge.handles import Class
from rlvr.sandbox.inside import forkserver
from rlvr.sandbox.judges.tests_side import process as tests_process
from rlvr.sandbox.judges.tests_side.asking import TestsEnd
from rlvr.sandbox.judges.tests_side.assertions import judge_assertions
from rlvr.sandbox.judges.tests_side.checking import judge_output
from rlvr.sandbox.judges.tests_side.evaluation_order import compile_tests
from rlvr.sandbox.judges.tests_side.process import Style

_PIECES: Final = (
    "from typing import List\ndef check(candidate):\n    assert candidate([1, 2, 3]) == [1, 2, 3]\n"
    "    assert candidate('a') == 'a'\n    assert abs(candidate(1.5) - 1.5) < 1e-6\n"
    "    assert candidate((1, [2])) == (1, [2])\n"
    "check(f)\n",
    "try:\n    g('x')\nexcept ValueError as error:\n    assert f(3) == 4, 'no'\n",
)


class _TestsSide:
    """See `rlvr.sandbox.inside.forkserver.TestsSide`."""

    def __init__(self) -> None:
        self._styles: dict[str, Style] = {"asserts": judge_assertions, "checker": judge_output}

    def hold(self, tests: bytes, channel: int, report: int) -> NoReturn:
        """Runs tests against the program at the other end of a socket, and reports."""
        tests_process.hold(tests, channel, report, self._styles)

    def converse(self, channel: int, answer: Callable[[], None]) -> None:
        """Small tests, to warm up."""
        end = TestsEnd(channel)
        receive = end.receive

        def answered() -> list[Any]:
            answer()
            return receive()

        end.receive = answered
        names = {"f": Class(end, "f"), "g": Class(end, "g")}
        for piece in _PIECES:
            tests_process.judged(partial(exec, compile_tests(piece, "<tests>"), names), end)

    def read_pytest(self) -> Callable[[], None]:
        """Reads the module that needs pytest; what is returned loads it."""
        name = "rlvr.sandbox.judges.tests_side.pytest_tests"
        spec = importlib.util.find_spec(name)
        code = cast("Any", spec).loader.get_code(name)

        def load() -> None:
            module = sys.modules[name] = ModuleType(name)
            exec(code, module.__dict__)
            self._styles["pytest"] = module.judge_module

        return load


def main(text: str, descriptor: int) -> NoReturn:
    """A fork server's process; never returns.

    Args:
        text: Its specification.
        descriptor: Of the socket to its parent.
    """
    forkserver.main(text, descriptor, _TestsSide())
