# ruff: noqa: E501 - tables, a case after the other
"""The program's end: names, library callables and texts that the tests ask for."""

import operator
import sys
from types import ModuleType

import pytest
from bridged import bridged, scripted

from rlvr.sandbox.bridge.codec import CodecError
from rlvr.sandbox.bridge.handles import Called
from rlvr.sandbox.inside.answering import MODULE, RUN, ProgramEnd, _look_up

PROGRAM = """
class Solution:
    def solve(self, x): return x + 1
def f(x): return x
kept = 5
class Id(int): pass
class Rows(list): pass
def make(kind): return {"id": Id(4), "rows": Rows([1]), "plain": [1], "function": f, "class": Id, "open": open, "none": None}[kind]
"""


def test_names_are_those_of_the_program_or_methods_of_its_solution():
    with bridged(PROGRAM) as (_, named):
        assert named("f")(3) == 3
        assert named("solve")(3) == 4
        with pytest.raises(AttributeError, match="'missing'"):
            named("missing")(1)
        with pytest.raises(TypeError):
            named("kept")()
    with bridged("") as (_, named), pytest.raises(NameError, match="'missing'"):
        named("missing")(1)


def test_the_module_is_the_program_itself(monkeypatch):
    module = ModuleType("solution")
    module.x = 5
    monkeypatch.setitem(sys.modules, "solution", module)
    with bridged("") as (end, _):
        there = Called(end, MODULE)
        assert there.x == 5
        there.x = 6
        assert module.x == 6


def test_texts_are_run_with_the_programs_names():
    with bridged(PROGRAM) as (end, named):
        run = Called(end, RUN)
        assert run("f(3) + kept", True) == 8
        assert run("y = kept + 1\nz = f(2)\nkept = 5", False) == {"y": 6, "z": 2}
        assert run("kept = 7", False) == {"kept": 7}
        assert run("f(1)", False) == {}
        assert run("kept", True) == 5  # what a text defines is the tests'
        with pytest.raises(SyntaxError):
            run("x =", True)
        assert named("f")(1) == 1


def test_what_crosses_and_how():
    with bridged(PROGRAM) as (_, named):
        assert named("make")("id") == 4
        assert type(named("make")("id")).__name__ == "Id"
        assert named("make")("rows") == [1]
        assert type(named("make")("rows")).__name__ == "Rows"
        assert type(named("make")("plain")) is list
        assert named("make")("function")(7) == 7
        assert type(named("make")("class")).__name__ == "Class"
        assert type(named("make")("open")).__name__ == "builtin_function_or_method"
        assert named("make")("none") is None


def test_callables_of_the_library_are_looked_up_over_there():
    assert _look_up("operator:add") is operator.add
    assert _look_up("builtins:str.upper") is str.upper
    for path in ("no_such_module:x", "builtins:no_such", "builtins:str.no_such"):
        with pytest.raises(CodecError, match=f"^there is no {path}$"):
            _look_up(path)
    with scripted(ProgramEnd, names={"f": lambda *a: a}) as (end, _):
        assert end.decode(["q", "operator:add"]) is operator.add
        assert end.decode(["k", "operator:add", ["l", 1, 2], ["d"]]) == 3
        assert end.decode(["k", "builtins:int", ["l", "11"], ["d", ["base", 2]]]) == 3
        assert end.decode(["n", "int"]) is int
        assert end.decode(["x", "range", ["t", 1, 2, 1]]) == range(1, 2)
        with pytest.raises(CodecError):
            end.decode(["z", "operator:add"])
        with pytest.raises(CodecError):
            end.decode(["y", 1])
        assert end.decode(["y", "f"])(1) == (1,)
        assert end.told() == ""
