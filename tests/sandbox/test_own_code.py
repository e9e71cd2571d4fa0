# ruff: noqa: E501 - tables, a case after the other
"""Tests run their own code alone, in an order that the program cannot use; an assertion that did not run shows nothing."""

import ast
import builtins
import os
import pickle
import subprocess
import sys
import types

import pytest
from bridged import scripted

from rlvr.sandbox.bridge.handles import Whole, is_same
from rlvr.sandbox.judges.tests_side import own_code
from rlvr.sandbox.judges.tests_side.evaluation_order import _PURE, compile_tests
from rlvr.sandbox.judges.tests_side.own_code import (
    FORMAT_NAMES,
    IS_NAME,
    OURS_NAME,
    OwnCode,
    RefusedTextError,
    format_mapping,
    format_text,
    is_ours,
    own_texts,
)
from rlvr.sandbox.judges.tests_side.skipped_assertions import make_check


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


# The order in which sides are computed.


def _order(source, **names):
    """Which of `f`, `g` is called first, or what is raised."""
    seen = _order_seen
    seen.clear()
    names = {
        "f": lambda *a: seen.append("f") or (a[0].clear() if a and isinstance(a[0], list) else None) or [],
        "g": lambda *a: seen.append("g") or [], "sorted": lambda *a: seen.append("sorted") or builtins.sorted(*a), "xs": [2, 1], "ys": [3],
        FORMAT_NAMES["format"]: format_text, OURS_NAME: is_ours, IS_NAME: is_same, **names,
    }  # fmt: skip
    try:
        exec(compile_tests(source, "tests"), names)
    except AssertionError:
        seen.append("refused")
    return list(seen)


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("assert f(xs) == sorted(xs)", ["sorted", "f", "refused"]),
        ("assert f(xs) != sorted(xs)", ["sorted", "f"]),
        ("assert f(xs) == [*xs]", ["f", "refused"]),
        ("assert f(f(xs)) == sorted(xs)", ["sorted", "f", "f", "refused"]),
        ("assert len(f(xs)) == len(xs)", ["f", "refused"]),
        ("assert f(xs) == xs", ["f"]),  # the same object, however it has changed
        ("assert f(xs) == sorted(ys)", ["f", "sorted", "refused"]),  # nothing that it is handed
        ("assert f(xs) == g(xs)", ["f", "g"]),  # the program's on both sides
        ("assert f(xs) == [g(xs)]", ["f", "g", "refused"]),
        ("assert sorted(xs) == sorted(xs)", ["sorted", "sorted"]),
        ("assert f(xs) == sorted(xs) == xs", ["f", "sorted"]),
        ("assert f(xs)", ["f", "refused"]),
        ("assert f(xs) == [g for g in xs]", ["f", "refused"]),
        ("assert f(xs) == xs.copy()", ["f", "refused"]),
        ("assert f(xs) == xs.pop()", "IndexError"),
        ("t.assertEqual(f(xs), sorted(xs))", ["sorted", "f", "unequal"]),
        ("t.assertEqual(f(xs), xs)", ["f"]),
        ("t.assertNotEqual(f(xs), sorted(xs))", ["sorted", "f"]),
        ("t.assertIn(f(xs), sorted(xs))", ["f", "sorted", "in"]),
        ("t.assertEqual(f(xs))", ["f", "one"]),
        ("assertEqual(f(xs), sorted(xs))", ["f", "sorted", "unequal"][:2]),
        ("x = f(xs) == sorted(xs)", ["f", "sorted"]),
    ],
)
def test_what_the_tests_compute_is_computed_first(source, seen):
    log = []
    t = types.SimpleNamespace(
        assertEqual=lambda *a: log.append("one" if len(a) < 2 else "equal" if a[0] == a[1] else "unequal"),
        assertNotEqual=lambda a, b: log.append("equal" if a == b else "unequal"),
        assertIn=lambda a, b: log.append("in"),
    )
    if seen == "IndexError":
        with pytest.raises(IndexError):
            _order(source, t=t)
        return
    found = _order(source, t=t, assertEqual=lambda *a: None)
    said = [one for one in seen if one in ("f", "g", "sorted", "refused")]
    assert found == said
    wanted = [one for one in seen if one not in ("f", "g", "sorted", "refused")]
    if wanted:
        assert log == wanted


def test_pure_functions_are_built_in():
    assert all(hasattr(builtins, name) for name in _PURE)
    assert not _PURE & {
        "eval",
        "exec",
        "next",
        "iter",
        "open",
        "map",
        "filter",
        "print",
        "type",
        "getattr",
        "hash",
        "id",
        "vars",
    }


def test_formats_of_texts_that_are_not_in_the_tests():
    names = {
        FORMAT_NAMES["format"]: format_text,
        FORMAT_NAMES["format_map"]: format_mapping,
        "str": str,
        "text": "{0._x}",
        "plain": "{}{k}",
        "rest": {"k": 1},
        "more": [1],
        "made": "{k}",
        "hidden": "{_x}",
    }
    for source, raises in (
        ("text.format(5)", True), ("plain.format(5, k=1)", False), ("'{0.__class__}'.format(5)", False), ("plain.format(*more, k=2)", False),
        ("plain.format(5, **rest)", False), ("plain.upper()", False), ("text.format(*more)", True), ("text.format(*more, **rest)", True),
        ("str.format(text, 5)", True), ("str.format(plain, 5, k=1)", False), ("str.format_map('{x._y}', rest)", True), ("'{k}'.format_map(rest)", False), ("made.format_map(rest)", False),
        ("made.format_map({'k': 5})", False), ("hidden.format_map(rest)", True), ("str.format_map(made, rest)", False),
    ):  # fmt: skip
        code = compile_tests(f"got = {source}", "x")
        if raises:
            with pytest.raises(RefusedTextError):
                exec(code, names)
        else:
            exec(code, names)
    exec(compile_tests("got = plain.format(5, k=1)", "x"), names)
    assert names["got"] == "51"
    assert FORMAT_NAMES["format"] in compile_tests("plain.format(5)", "x").co_names
    exec(
        compile_tests(
            "got = made.format_map({'k': 5}), str.format(plain, 5, k=1), str.format_map(made, rest), plain.format(*more, **rest)",
            "x",
        ),
        names,
    )
    assert names["got"] == ("5", "51", "1", "11")
    assert not [
        one
        for one in compile_tests("'{}'.format(1)\nformat(5)\nx.other(1)\n'{}'.format_map({})", "x").co_names
        if one[0] == "@"
    ]
    for wrong in ("made.format_map()", "made.format_map(rest, rest)", "str.format()", "str.format_map()"):
        with pytest.raises(TypeError):
            exec(compile_tests(wrong, "x"), names)


def test_one_object_may_have_two_handles():
    with scripted() as (end, _):
        names = {IS_NAME: is_same, "a": Whole(end, 1), "b": Whole(end, 1), "c": Whole(end, 2), "n": None, "x": 5}
        for source, right in {
            "a is b": True, "a is c": False, "a is not b": False, "a is not c": True, "a is x": False, "a is None": False, "None is n": True, "a is not None": True, "x is x": True,
            "a is a is b": False, "n is None": True,
        }.items():  # fmt: skip
            assert (source, eval_compiled(source, names)) == (source, right)
        assert IS_NAME not in compile_tests("a is None\nNone is not a\na == b\na is b is c", "x").co_names
        assert IS_NAME in compile_tests("a is b", "x").co_names


def eval_compiled(source, names):
    exec(compile_tests(f"got = {source}", "x"), names)
    return names["got"]


def test_what_is_the_tests_own():
    with scripted() as (end, _):
        one, two = Whole(end, 1), Whole(end, 2)
        assert [is_ours(), is_ours(one), is_ours(one, two), is_ours(one, 5), is_ours(5)] == [
            False,
            False,
            False,
            True,
            True,
        ]


def test_what_becomes_of_the_programs_objects_is_what_tests_look_at():
    with scripted() as (end, _):
        handle = Whole(end, 1)
        for source, seen in (
            ("assert f(h) == [sorted(ys), h]", ["f", "sorted", "refused"]), ("assert f(h, xs) == [sorted(xs), h]", ["sorted", "f", "refused"]),
            ("assert f(k=xs) == sorted(xs)", ["sorted", "f", "refused"]), ("assert f(self.xs) == sorted(self.xs)", ["sorted", "f", "refused"]),
            ("assert f(self.xs) == sorted(self.ys)", ["f", "sorted", "refused"]), ("assert f(other.xs) == sorted(other.ys)", ["sorted", "f", "refused"]),
        ):  # fmt: skip
            own = types.SimpleNamespace(xs=[2, 1], ys=[3])
            assert (
                _order(source, h=handle, self=own, other=own, f=lambda *a, k=None: _order_seen.append("f") or [])
                == seen
            )


_order_seen = []


def test_compiled_tests_have_no_future_of_ours():
    names = {}
    exec(compile_tests("def f(x: int): pass", "x"), names)
    assert names["f"].__annotations__ == {"x": int}
    assert compile_tests(ast.parse("x = 1"), "name").co_filename == "name"
    for wrong in ("def f(", "x = \0"):
        with pytest.raises((SyntaxError, ValueError)):
            compile_tests(wrong, "x")


BODIES = """with m:
    f()
    assert f(
        1
    )
    g()
with m:
    f()
with m:
    if f():
        t.assertTrue(
            1)
    g()
async def a():
    async with m:
        f()
        assert g()
def h():
    f()
with m: f(); assert g()
"""


def _raised_at(check, line, name="tests"):
    try:
        exec(compile("\n" * (line - 1) + "1 / 0", name, "exec"))
    except ZeroDivisionError as error:
        return check(error)


def test_an_error_that_keeps_an_assertion_from_running():
    check = make_check({"tests": ast.parse(BODIES), "other": ast.parse("with m:\n    assert 1")})
    skips = [line for line in range(1, 21) if _raised_at(check, line)]
    assert skips == [1, 2, 3, 4, 5, 9, 10, 11, 12, 15, 16, 17, 20]
    assert [line for line in range(1, 4) if _raised_at(check, line, "other")] == [1, 2]
    assert not _raised_at(check, 2, "elsewhere")
    assert make_check({})(KeyError()) is False


def test_an_error_that_comes_from_deeper_counts_where_it_came_through():
    source = "def deep():\n    1 / 0\nclass M:\n    def __enter__(s): pass\n    def __exit__(s, k, e, t):\n        seen.append(check(e))\n        return True\n"
    source += "with M():\n    deep()\n    assert 1\nwith M():\n    assert 1\n    deep()\n"
    seen = []
    names = {"seen": seen, "check": make_check({"tests": ast.parse(source)})}
    exec(compile(source, "tests", "exec"), names)
    assert seen == [True, False]
