# ruff: noqa: E501 - tables, a case after the other
"""The process that holds tests: what a test came to in words, checkers, and the program as a module."""

import json
import os
import sys
from types import ModuleType, SimpleNamespace

import pytest
from bridged import bridged, scripted

from rlvr.sandbox.bridge.handles import Class, is_handle
from rlvr.sandbox.bridge.peer import PeerLostError
from rlvr.sandbox.judges.preparing import prepare
from rlvr.sandbox.judges.tests_side.checking import judge_output
from rlvr.sandbox.judges.tests_side.process import described, hold, is_programs, judged, leave_scratch, meet, settled
from rlvr.sandbox.judges.tests_side.solution_module import entry, solution_module
from rlvr.sandbox.judges.verdict_lines import fresh_key, read_lines


def asked(checker, *arguments):
    """What the tests' process is handed of a checker."""
    return {**prepare((("<tests>", checker),)), "arguments": arguments}


def test_a_checker_says_whether_and_nothing_else(monkeypatch):
    monkeypatch.setattr(
        "rlvr.sandbox.judges.tests_side.checking.OwnCode", lambda _: SimpleNamespace(install=lambda names: None)
    )
    for checker, word, why in (
        ("def check(a, b, c): return a == 'A' and b == 'B' and c == 'C'", "passed", ""), ("def check(a, b, c): return False", "failed", ""),
        ("def check(a, b, c): return 1", "raised", "it returned 1, and not whether the output is right"),
        ("def check(a, b, c): return None", "raised", "it returned None, and not whether the output is right"), ("def check(a, b, c): 1 / 0", "raised", "ZeroDivisionError: division by zero"),
        ("def check(a, b, c): raise SystemExit(0)", "raised", "SystemExit: 0"), ("x = 1", "broken", "KeyError: 'check'"), ("1 / 0", "broken", "ZeroDivisionError: "),
    ):  # fmt: skip
        told = []
        judge_output(asked(checker, "A", "B", "C"), 0, told.append)
        assert len(told) == 1
        assert (told[0][0], told[0][1][: len(why)], told[0][2]) == (word, why, "")
    told = []
    judge_output(asked("def check(*a): return 'x' * 100"), 0, told.append)
    assert told == [["raised", f"it returned {'x' * 80}, and not whether the output is right", ""]]
    with pytest.raises(MemoryError):
        judge_output(asked("def check(*a): raise MemoryError"), 0, told.append)


def test_words_for_what_a_test_came_to():
    with scripted() as (end, _):

        def raising(error):
            def test():
                raise error

            return judged(test, end)

        class Mute(Exception):
            def __str__(self):
                raise KeyError("no")

        class Lost(Exception):
            def __str__(self):
                raise PeerLostError

        assert judged(lambda: None, end) == ["passed", ""]
        assert raising(AssertionError()) == ["failed", "an assertion failed"]
        assert raising(AssertionError("a: b")) == ["failed", "assertion failed: a: b"]
        assert raising(AssertionError("x" * 400)) == ["failed", ("assertion failed: " + "x" * 300)[:300]]
        assert raising(KeyError("k")) == ["raised", "KeyError: 'k'"]
        assert raising(SystemExit(0)) == ["raised", "SystemExit: 0"]
        assert raising(ValueError("x" * 400)) == ["raised", ("ValueError: " + "x" * 400)[:300]]
        assert raising(Mute()) == ["raised", "Mute"]
        with pytest.raises(PeerLostError):
            described(Lost())
        with pytest.raises(PeerLostError):
            raising(PeerLostError())
        end.need = "a module"
        assert judged(lambda: None, end) == ["passed", ""]
        assert raising(AssertionError()) == ["need", "a module"]
        assert settled(["raised", "x"], end) == ["need", "a module"]
        end.lost = True
        for found in (["passed", ""], ["raised", "x"]):
            with pytest.raises(PeerLostError):
                settled(found, end)


def test_whose_an_error_is():
    error = KeyError()
    assert not is_programs(error)
    error._rlvr_raised = None
    assert is_programs(error)


def test_a_program_is_met_once_it_has_run(monkeypatch):
    for operators in (True, False):
        with scripted() as (end, script):
            script.say(["ready", 0])
            met = meet(end._channel, operators=operators)
            assert (met._operators, met.lost) == (operators, False)
            script.say(["ready", 1])
            with pytest.raises(PeerLostError):
                meet(end._channel, operators=False)


def test_tests_look_for_nothing_in_the_programs_folder(monkeypatch):
    monkeypatch.chdir("/tmp")
    monkeypatch.setattr(sys, "path", ["", ".", "/usr/lib/x", "./x"])
    leave_scratch()
    assert sys.path == ["/usr/lib/x", "./x"]
    assert __import__("os").getcwd() == "/"


def test_whatever_happens_to_the_tests_is_told(tmp_path):
    def asserts(given, channel, tell):
        tell(["passed", str(channel), str("key" in given)])

    def raises(error):
        def style(given, channel, tell):
            tell(["passed", "", given["x"]])
            raise error

        return style

    styles = {
        "asserts": asserts, "lost": raises(PeerLostError()), "memory": raises(MemoryError()), "odd": raises(ValueError("y")),
        "exit": raises(SystemExit(1)),
    }  # fmt: skip
    for style, lines in (
        (None, [["passed", "7", "False"]]), ("lost", [["passed", "", "a"], ["died", "", ""]]), ("memory", [["passed", "", "a"], ["died", "", ""]]),
        ("odd", [["passed", "", "a"], ["broken", "ValueError: y", ""]]), ("exit", [["passed", "", "a"], ["broken", "SystemExit: 1", ""]]),
        ("none such", [["broken", "KeyError: 'none such'", ""]]),
    ):  # fmt: skip
        key, path = fresh_key(), tmp_path / "report"
        with path.open("wb") as file:
            child = os.fork()
            if child == 0:
                try:
                    hold(
                        json.dumps({"key": key, "x": "a"} | ({"style": style} if style else {})).encode(),
                        7,
                        file.fileno(),
                        styles,
                    )
                finally:
                    os._exit(9)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert list(read_lines(path.read_bytes(), key)) == lines


# The program as a module.

PROGRAM = """
LIMIT = 5
class Stack:
    def __init__(self, *items): self.items = list(items)
    def __add__(self, other): return Stack(*self.items, other)
    def __len__(self): return len(self.items)
class OwnError(ValueError): pass
class Bad(type):
    pass
def add(a, b): return a + b
def stack(*items): return Stack(*items)
def limit(): return LIMIT
"""


@pytest.fixture
def solution():
    own = ModuleType("solution")
    exec(PROGRAM, own.__dict__)
    kept = sys.modules.get("solution")
    with bridged("") as (end, _):
        sys.modules["solution"] = own  # what the program's end means by `MODULE`
        module = solution_module(end, "offered", ["add"])
        yield end, module, own
    for name in ("offered", "solution"):
        sys.modules.pop(name, None)
    if kept is not None:
        sys.modules["solution"] = kept


def test_the_program_is_a_module_over_there(solution):
    end, module, own = solution
    assert sys.modules["offered"] is module
    assert (module.LIMIT, module.add(1, 2), module.__all__) == (5, 3, ["add"])
    assert "__all__" not in solution_module(end, "offered", None).__dict__
    with pytest.raises(AttributeError, match=r"^__path__$"):
        module.__path__  # noqa: B018
    before = end.asked
    assert not hasattr(module, "__wrapped__")
    assert end.asked == before
    module.__doc__ = "mine"
    assert (module.__dict__["__doc__"], own.__doc__) == ("mine", None)


def test_what_is_set_in_the_program_is_set_back(solution):
    _, module, own = solution
    module.LIMIT = 6
    module.LIMIT = 7
    assert (own.LIMIT, module.limit()) == (7, 7)
    del module.LIMIT
    assert (own.LIMIT, module.limit()) == (5, 5)
    module.new = 1
    assert own.new == 1
    del module.new
    assert not hasattr(own, "new")
    del module.LIMIT
    assert not hasattr(own, "LIMIT")


def test_classes_that_the_tests_name_make_what_is_theirs():
    with bridged(PROGRAM, operators=True) as (end, _):
        own = ModuleType("solution")
        exec(PROGRAM, own.__dict__)
        sys.modules["solution"] = own
        try:
            module = solution_module(end, "offered", None)
            assert len(module.Stack(1) + 2) == 2
            with pytest.raises(TypeError, match="operators"):
                module.stack(1) + 2
            named = entry(end, module, "Stack")
            assert len(named(1) + 2) == 2
            with pytest.raises(TypeError, match="operators"):
                entry(end, module, "stack")(1) + 2
            assert isinstance(entry(end, module, "OwnError"), type)
            assert issubclass(entry(end, module, "OwnError"), ValueError)
            assert type(entry(end, module, "Missing")) is Class
            assert is_handle(entry(end, module, "add"))
            before = end.asked
            entry(end, module, "add")
            assert end.asked == before  # looked up when it is called
        finally:
            for name in ("offered", "solution"):
                sys.modules.pop(name, None)
