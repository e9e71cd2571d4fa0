# ruff: noqa: E501 - tables, a case after the other
"""Tests run their own code alone: a text of the program's is data, or is run over there."""

import ast
import builtins
import os
import pickle
import subprocess
import sys
import types

import pytest
from bridged import scripted

from rlvr.sandbox.bridge.handles import Whole
from rlvr.sandbox.judges.tests_side import own_code
from rlvr.sandbox.judges.tests_side.own_code import (
    OwnCode,
    RefusedTextError,
    format_text,
    own_texts,
)


def _asked(names=None, *texts, there=True):
    """An `OwnCode` as the tests' module sees it, and what it has run in the program's process."""
    ran = []
    own = OwnCode(
        frozenset(texts), (lambda text, expression: ran.append((text, expression)) or {"made": text}) if there else None
    )
    module = {"__name__": "tests", "own": own, **(names or {})}
    return module, ran


def _in(module, text):
    return builtins.eval(text, module)


def test_a_text_that_is_data_is_read_here():
    module, ran = _asked({"EXPECTED": 5, "Counter": __import__("collections").Counter, "Fraction": "a trap"})
    for text, value in {
        "[1, (2, 'x'), {3: -4}]": [1, (2, "x"), {3: -4}], " 7 ": 7, "{1, 2} | {3}": {1, 2, 3}, "max(1, 2)": 2, "Counter('a')": {"a": 1},
        "1 if True else 2": 1, "[1, 2][0]": 1, "not 1 < 2": False, "set()": set(),
    }.items():  # fmt: skip
        assert _in(module, f"own.eval({text!r})") == value
        assert _in(module, f"eval(own.compile({text.strip()!r}, 'x', 'eval'))") == value
    assert ran == []
    assert _in(module, "own.eval('x + 1', {'x': 3})") == 4
    assert _in(module, "own.eval('x + y', {'x': 3}, {'y': 4})") == 7
    assert _in(module, "own.eval('y', None, {'y': 4})") == 4
    assert ran == []


@pytest.mark.parametrize(
    "text",
    [
        "EXPECTED", "open('x')", "(5).real", "lambda: 1", "[x for x in ()]", "{x for x in ()}", "{1: x for x in ()}", "(x for x in ())", "(x := 1)",
        "f'{1}'", "__import__('os')", "print", "Fraction", "x", "import os", "1 +", "", "eval", "[EXPECTED]", "\0", "len.__call__", "type",
    ],
)  # fmt: skip
def test_any_other_text_is_run_over_there(text):
    module, ran = _asked({"EXPECTED": 5, "Fraction": "a trap"})
    assert _in(module, f"own.eval({text!r})") == {"made": text}
    assert ran == [(text, True)]
    with pytest.raises(
        RefusedTextError, match=r"^a test would compile a text of the program's that is more than data$"
    ):
        _in(module, f"own.compile({text!r}, 'x', 'eval')")
    alone, _ = _asked({"EXPECTED": 5, "Fraction": "a trap"}, there=False)
    with pytest.raises(RefusedTextError, match=r"^a test would run what is not its own$"):
        _in(alone, f"own.eval({text!r})")


def test_what_a_test_hands_to_a_text_is_data_too_or_the_programs():
    with scripted() as (end, _):
        handle = Whole(end, 1)
        module, ran = _asked({"h": handle, "danger": print, "five": 5, "max": max, "Fraction": 5, "int": int})
        for names, text, here in (
            ({"x": 3}, "x", True), ({"x": [1]}, "x", True), ({"x": print}, "x", False), ({"x": handle}, "x", True), ({"x": object()}, "x", False),
            ({"x": None}, "x", True), ({"x": (1,)}, "x", True), ({"x": type("S", (str,), {})("a")}, "x", False), ({}, "h", True), ({}, "danger", False), ({}, "five", False),
            ({}, "max(1, 2)", True), ({}, "Fraction", False), ({}, "int", True),
        ):  # fmt: skip
            before = len(ran)
            module["given"] = names
            _in(module, f"own.eval({text!r}, given)" if names else f"own.eval({text!r})")
            assert (len(ran) == before) is here, (names, text)


def test_texts_that_stand_in_the_tests_and_code_are_run_as_they_are():
    module, ran = _asked({"open_": 5}, "open_ + 1", "made = open_ + 2", "import os")
    assert _in(module, "own.eval('open_ + 1')") == 6
    _in(module, "own.exec('made = open_ + 2')")
    assert module["made"] == 7
    assert _in(module, "own.exec('made = open_ + 2', {'open_': 1})") is None
    assert module["made"] == 7
    module["code"] = compile("open_ + 3", "x", "eval")
    assert _in(module, "own.eval(code)") == 8
    assert _in(module, "own.compile('import os', 'x', 'exec')").co_filename == "x"
    assert type(_in(module, f"own.compile('import sys', 'x', 'exec', {ast.PyCF_ONLY_AST})")) is ast.Module
    assert ran == []
    _in(module, "own.exec('other = 1')")
    assert (module["made"], ran) == (7, [("other = 1", False)])  # the tests have that name
    del module["made"]
    _in(module, "own.exec('other = 1')")
    assert module["made"] == "other = 1"
    given, local = {}, {}
    module |= {"given": given, "local": local}
    _in(module, "own.exec('other = 2', given)")
    assert given == {"made": "other = 2"}
    _in(module, "own.exec('other = 3', given, local)")
    assert (given, local) == ({"made": "other = 2"}, {"made": "other = 3"})
    assert _in(module, "own.eval(b'open(1)')") == {"made": "open(1)"}
    assert _in(module, "own.eval(bytearray(b'\\xff'))") == {"made": "�"}
    with pytest.raises(RefusedTextError, match="not its own"):
        _in(module, "own.eval(5)")

    def outer():
        value = []

        def inner():
            value.append(1)

        return inner, value

    inner, value = outer()
    module |= {"closure": inner.__closure__, "code": inner.__code__}
    _in(module, "own.exec(code, {}, closure=closure)")
    assert value == [1]


def test_libraries_of_python_run_their_own_texts():
    own = OwnCode(frozenset(), None)
    for name, function, may in (
        ("importlib._bootstrap", "g", True), ("rlvr.sandbox", "g", True), ("numpy", "g", True), ("zipimport", "g", True), ("dataclasses", "_create_fn", True), ("dataclasses", "g", False),
        ("collections", "namedtuple", True), ("collections.abc", "namedtuple", True), ("collections", "g", False), ("attr._make", "_compile_and_eval", True),
        ("tests", "_create_fn", False), ("solution", "g", False), ("rlvrx", "g", False), ("xrlvr", "g", False), ("pytest", "g", False),
    ):  # fmt: skip
        module = {"__name__": name, "own": own, "x": 5}
        exec(f"def {function}(): return own.eval('x.real')\ndef names(): own.exec('y = x.real')", module)
        if may:
            assert module[function]() == 5
        else:
            with pytest.raises(RefusedTextError):
                module[function]()


def test_annotations_are_compiled_for_typing():
    own = OwnCode(frozenset(), None)
    for name, text, may in (
        ("typing", "dict[str, Foreign | None]", True), ("typing", "tuple[[A], B]", True), ("tests", "dict[str, Foreign | None]", False), ("typing", "f()", False), ("typing", "a.b", False),
        ("typing", "a +", False), ("typing", "lambda: 1", False),
    ):  # fmt: skip
        module = {"__name__": name, "own": own}
        if may:
            assert _in(module, f"own.compile({text!r}, 'x', 'eval')")
        else:
            with pytest.raises(RefusedTextError, match="more than data"):
                _in(module, f"own.compile({text!r}, 'x', 'eval')")


def test_what_a_text_defines_replaces_nothing():
    assert own_code._defined({"a": 1, "b": 2, "__c": 3, "no name": 4, 5: 6, "_d": 7}, {"b"}) == {"a": 1, "_d": 7}
    assert own_code._defined([1], set()) == {}
    assert own_code._defined(None, set()) == {}
    module, _ = _asked()
    module["own"].run_there = lambda text, expression: {"len": 1, "mine": 2, "x": 3}
    module["x"] = 5
    _in(module, "own.exec('z')")
    assert (module["mine"], module["x"], "len" in module) == (2, 5, False)
    given = {"x": 5}
    module["given"] = given
    _in(module, "own.exec('z', given)")
    assert given == {"len": 1, "mine": 2, "x": 3}


def test_private_names_are_looked_up_where_they_are_written_only():
    own = OwnCode(frozenset({"_y"}), None)

    class One:
        _x, _y, x = 1, 2, 3

    assert own.getattr(One, "x") == 3
    assert own.getattr(One, "_y") == 2
    assert own.getattr(One, "no", 5) == 5
    for name in ("_x", "__class__"):
        with pytest.raises(RefusedTextError, match="private name"):
            own.getattr(One, name)
        with pytest.raises(RefusedTextError, match="private name"):
            own.getattr(One, name, None)
    with pytest.raises(AttributeError):
        own.getattr(One, "no")
    with scripted() as (end, script):
        script.say(["=", 1, 5, None, ""])
        assert own.getattr(Whole(end, 1), "_x") == 5  # of the program's own object


INSTALLED = """
import builtins, pickle, marshal, sys, collections, datetime, types
from rlvr.sandbox.judges.tests_side.own_code import OwnCode, RefusedTextError, FORMAT_NAMES, format_text
class Own: pass
Own.__module__ = "tests"
tests = types.ModuleType("tests"); tests.Own = Own; sys.modules["tests"] = tests
import copyreg, os, decimal, pathlib, functools
own = OwnCode(frozenset(), None)
pickles = {name: pickle.dumps(value) for name, value in {
    "own": Own(), "deque": collections.deque([1]), "date": datetime.date(2020, 1, 1), "set": {1}, "range": range(3), "decimal": decimal.Decimal(1),
    "path": pathlib.PurePosixPath("a"), "os": os.getcwd, "eval": eval, "getattr": getattr, "partial": functools.partial(print), "print": print,
    "object": object, "slice": slice(1),
}.items()}
code = marshal.dumps(compile("1", "x", "eval"))
names = {"__name__": "tests"}
own.install(names)
assert (builtins.eval, builtins.exec, builtins.compile) == (own.eval, own.exec, own.compile)
assert names["getattr"] == own.getattr and names[FORMAT_NAMES["format"]] is format_text
for name, data in pickles.items():
    try: pickle.loads(data)
    except RefusedTextError as error: print(name, str(error).partition("would ")[2])
    else: print(name)
try: marshal.loads(code)
except RefusedTextError as error: print(error)
import colorsys
"""


def test_what_may_be_loaded():
    said = subprocess.run(
        [sys.executable, "-c", INSTALLED], capture_output=True, text=True, check=False, env=os.environ
    )
    assert said.stdout.splitlines() == [
        "own", "deque", "date", "set", "range", "decimal", "path", "os unpickle `posix.getcwd`", "eval unpickle `builtins.eval`",
        "getattr unpickle `builtins.getattr`", "partial unpickle `functools.partial`", "print unpickle `builtins.print`",
        "object", "slice", "a test would load code",
    ], said.stderr  # fmt: skip
    assert said.returncode == 0, said.stderr


def test_loading_by_name(monkeypatch):
    refuse, tests = own_code._refuse_loading, types.ModuleType("tests")
    exec(
        "class Own:\n    class In: pass\n    value = 1\n    _Hidden = In\ndef function(): pass\nfrom os import path\nimport collections as held\nfrom collections import deque",
        tests.__dict__,
    )
    monkeypatch.setitem(sys.modules, "tests", tests)
    for module, name in (
        ("tests", "Own"), ("tests", "Own.In"), ("builtins", "set"), ("__builtin__", "set"), ("collections", "deque"), ("collections", "OrderedDict"), ("copyreg", "_reconstructor"),
        ("copy_reg", "_reconstructor"), ("copyreg", "__newobj__"), ("_codecs", "encode"), ("builtins", "object"), ("array", "_array_reconstructor"), ("datetime", "date"),
    ):  # fmt: skip
        refuse("pickle.find_class", (module, name))
    refuse("open", ("x",))
    for module, name in (
        ("os", "system"), ("builtins", "eval"), ("builtins", "len"), ("set", "builtins"), ("m" * 50, "n" * 50), ("tests", "function"), ("tests", "Own.value"), ("tests", "Own._Hidden"),
        ("tests", "path"), ("tests", "held.deque"), ("tests", "deque"), ("tests", "no_such"), ("pathlib", "os.system"), ("pathlib", "os"), ("copyreg", "pickle"), ("_codecs", "decode"), ("functools", "partial"), ("ast", "slice"),
    ):  # fmt: skip
        with pytest.raises(RefusedTextError) as caught:
            refuse("pickle.find_class", (module, name))
        assert str(caught.value) == f"a test would unpickle `{module[:40]}.{name[:40]}`"
    assert pickle.loads(pickle.dumps(5)) == 5


def test_formats_show_nothing_private():
    class Loud:
        def format(self, *arguments, **named):
            return arguments, named

    assert format_text(Loud(), (1,), {"x": 2}) == ((1,), {"x": 2})
    assert format_text("{}-{}", (1, 2), {}) == "1-2"
    assert format_text("{x.real}{y[0]}{y[_]}", (), {"x": 5, "y": {0: 1, "_": 2}}) == "512"
    for text in ("{0._x}", "{0.x.__class__}", "{_x}", "{0:{0.__class__}}"):
        with pytest.raises(RefusedTextError, match="private names"):
            format_text(text, (5,), {"_x": 1})
    assert sorted(own_texts(ast.parse("'a'; b'b'; f('c', x='d'); 5"))) == ["a", "c", "d"]
