# ruff: noqa: E501 - tables, a case after the other
"""Tests are compiled so that the program moves nothing that it is compared with; an assertion that did not run shows nothing."""

import ast
import builtins
import types

import pytest
from bridged import scripted

from rlvr.sandbox.bridge.handles import Whole, is_same
from rlvr.sandbox.judges.tests_side.evaluation_order import _PURE, compile_tests
from rlvr.sandbox.judges.tests_side.own_code import (
    FORMAT_NAMES,
    IS_NAME,
    OURS_NAME,
    RefusedTextError,
    format_mapping,
    format_text,
    is_ours,
)
from rlvr.sandbox.judges.tests_side.skipped_assertions import bodies_of, make_check


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
    check = make_check({"tests": bodies_of(ast.parse(BODIES)), "other": bodies_of(ast.parse("with m:\n    assert 1"))})
    skips = [line for line in range(1, 21) if _raised_at(check, line)]
    assert skips == [1, 2, 3, 4, 5, 9, 10, 11, 12, 15, 16, 17, 20]
    assert [line for line in range(1, 4) if _raised_at(check, line, "other")] == [1, 2]
    assert not _raised_at(check, 2, "elsewhere")
    assert make_check({})(KeyError()) is False


def test_an_error_that_comes_from_deeper_counts_where_it_came_through():
    source = "def deep():\n    1 / 0\nclass M:\n    def __enter__(s): pass\n    def __exit__(s, k, e, t):\n        seen.append(check(e))\n        return True\n"
    source += "with M():\n    deep()\n    assert 1\nwith M():\n    assert 1\n    deep()\n"
    seen = []
    names = {"seen": seen, "check": make_check({"tests": bodies_of(ast.parse(source))})}
    exec(compile(source, "tests", "exec"), names)
    assert seen == [True, False]


def test_the_class_of_an_object_is_asked_for_where_type_is_the_built_in_one():
    for source, asked in (
        ("x = type(y)", True),
        ("def f(type): return type(3)", False),
        ("x = type('K', (), {})", False),
    ):
        names = compile_tests(source, "tests")
        assert ("@type" in str(names.co_names) + str([getattr(c, "co_names", ()) for c in names.co_consts])) is asked
