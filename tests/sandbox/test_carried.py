# ruff: noqa: E501 - programs and messages on one line
"""What is carried between tests and program beside values: that it works is in `suites`, that it is no way in is here."""

import ast

import pytest
from bridged import bridged, called, scripted

from rlvr.sandbox import AssertTests, Limits, Outcome, PytestTests
from rlvr.sandbox.bridge.handles import ForgedError
from rlvr.sandbox.bridge.outlines import signature_of
from rlvr.sandbox.bridge.peer import PeerLostError
from rlvr.sandbox.judges.tests_side.identity import is_same, own_type
from rlvr.sandbox.judges.tests_side.mentions import mentions_of

LIMITS = Limits(cpu=3, wall=9)
YES = "class E:\n    __eq__ = __lt__ = __gt__ = __contains__ = lambda s, o: True\n    __hash__ = lambda s: hash(6)\n"


def verdict(pool, tests, program):
    return pool.judge(program, tests, LIMITS).outcome


@pytest.mark.parametrize(
    "key",
    [
        "f(3) == 6",
        "6 == f(3)",
        "[f(3)] == [6]",
        "f(3) in (6, 7)",
        "f(3) in {6}",
        "{6: 1}.get(f(3))",
        "f(3) == E2()",
        "{f(3)} == {6}",
    ],
)
def test_own_equality_makes_no_object_a_value_of_the_tests(pool, key):
    code = f"class E2:\n    pass\nassert {key}"
    tests = AssertTests(code, ["f"], own_equality=True)
    assert verdict(pool, tests, f"{YES}def f(n): return E()\n") not in (Outcome.ACCEPTED, Outcome.SANDBOX_ERROR)


def test_own_equality_is_the_program_s_between_its_own_objects(pool):
    program = (
        "class S:\n    def __init__(s, *x): s.x = list(x)\n    def __eq__(s, o): return sorted(s.x) == sorted(o.x)\n"
    )
    code = "assert S(1, 2) == S(2, 1) and S(1) != S(2)"
    assert verdict(pool, AssertTests(code, ["S"], own_equality=True), program) is Outcome.ACCEPTED
    assert verdict(pool, AssertTests(code, ["S"]), program) is Outcome.WRONG_ANSWER


@pytest.mark.parametrize(
    "told",
    [
        7, ["", ""], ["", "", 5, [], -1], ["", "", [[None, "AssertionError", "no", None]], [], -1], ["", "", [[None, "KeyError", "no", None]], [], -1],
        ["", "", [], [["x", "10", "text", False]], -1], ["", "", [], [[5, 10, "text", False]], -1], ["", "", [], [["x", 10, "text"]], -1], {"a": 1},
    ],
)  # fmt: skip
def test_what_is_told_and_is_no_such_thing_ends_the_conversation(told):
    with scripted() as (end, script):
        script.say(["=", 1, 5, None, told])
        with pytest.raises(PeerLostError):
            called(end)()


def test_only_what_is_equal_is_the_argument_that_came_back():
    with scripted() as (end, script):
        given = [1, 2]
        script.say(["=", 1, ["l", 1, 2], None, ["", "", [], [], 0]], ["=", 2, ["l", 1, 3], None, ["", "", [], [], 0]])
        same = called(end)(given)
        assert is_same(same, given)
        assert same is not given  # a copy all the same
        assert not is_same(called(end)(given), given)


@pytest.mark.parametrize("made", [5, ["n", "int"], ["h", 1, "o", "X", "", 0], ["l", 1]])
def test_a_class_of_the_tests_is_made_over_there_or_not_at_all(made):
    with scripted() as (end, script):
        base = end.decode(["h", 9, "c", "type", "Base", 0])
        script.say(["=", 1, made, None, ""])
        with pytest.raises(ForgedError):
            exec("class Mine(base): pass", {"base": base, "__name__": "tests"})


@pytest.mark.parametrize("kind", [["n", "int"], 5, ["h", 4, "f", "function", "int", 0]])
def test_the_class_of_an_object_is_no_type_of_the_tests(kind):
    with scripted() as (end, script):
        value = end.decode(["h", 9, "o", "X", "", 0])
        script.say(["=", 1, kind, None, ""])
        assert own_type(value) is type(value)


@pytest.mark.parametrize(
    "outline", [5, [], [["x", 1, [], []]], [("x", 9, (), ()), ()], [("1x", 1, (), ()), ()], [5, ()]]
)
def test_a_signature_is_one_or_an_error(outline):
    if outline == [["x", 1, [], []]]:
        outline = [*outline, 5]
    with pytest.raises(AttributeError):
        signature_of(outline)


def test_signatures_of_the_tests_functions_show_no_values():
    program = "import inspect\ndef f(g): return str(inspect.signature(g)), g.__code__.co_argcount, g.__annotations__\n"
    names = {"__name__": "tests"}
    exec("def g(a: int, b: 987654321 = 987654321, *, c=5): 'secret'", names)
    with bridged(program) as (_, named):
        assert named("f")(names["g"]) == ("(a: int, b=None, *, c=None)", 2, {"a": int})


def test_a_docstring_can_be_passed_on_and_not_read():
    program = "def f(g): return g.__doc__\ndef h(g): return str(g.__doc__) + g.__doc__.upper()\n"
    names = {"__name__": "tests"}
    exec("def g(): 'secret'", names)
    with bridged(program) as (_, named):
        assert named("f")(names["g"]) == "secret"
        with pytest.raises((TypeError, AttributeError)):
            named("h")(names["g"])


def test_of_a_class_of_the_tests_only_what_needs_no_object():
    names = {"__name__": "tests"}
    exec("class K:\n    key = 5\n    def m(self): pass\n    @classmethod\n    def now(cls): return 7\n", names)
    with bridged("def f(k, name): return getattr(k, name)()\ndef g(k): return k.key\n") as (_, named):
        assert named("f")(names["K"], "now") == 7
        for call in (
            lambda: named("g")(names["K"]),
            lambda: named("f")(names["K"], "m"),
            lambda: named("f")(names["K"], "mro"),
        ):
            with pytest.raises(AttributeError):
                call()


def test_of_a_file_of_the_tests_nothing_that_lies_below(tmp_path):
    (tmp_path / "a").write_text("hi")
    with (
        bridged("def f(fh): return fh.read()\ndef g(fh, name): return getattr(fh, name)\n") as (_, named),
        (tmp_path / "a").open() as file,
    ):
        assert named("f")(file) == "hi"
        for name in ("buffer", "detach", "reconfigure", "_CHUNK_SIZE"):
            with pytest.raises(AttributeError):
                named("g")(file, name)


SKIPS = "import os, sys\nimport pytest, solution\n{0}\n@pytest.mark.skipif({1}, reason='x')\ndef test_a(): assert solution.f(3) == 987654321\ndef test_b(): assert solution.g() == 1\n"


@pytest.mark.parametrize(
    ("before", "condition"),
    [
        ("", "solution.SKIP"), ("", "'solution.SKIP'"), ("X = solution.SKIP", "X"), ("X = sys.platform == 'win32'\nX = solution.SKIP", "X"),
        ("", "os.path.exists('mark')"), ("from solution import sys", "sys.platform == 'x'"), ("import solution as os", "os.name == 'x'"), ("", "bool(solution.SKIP)"),
        ("", "len(sys.modules) > 3"),
    ],
)  # fmt: skip
def test_a_program_has_no_part_in_what_is_skipped(pool, before, condition):
    program = "SKIP = True\nname = 'x'\nclass sys:\n    platform = 'x'\nopen('mark', 'w').close()\ndef f(x): return 0\ndef g(): return 1\n"
    assert verdict(pool, PytestTests(SKIPS.format(before, condition)), program) is not Outcome.ACCEPTED


def test_what_is_skipped_by_the_machine():
    code = (
        "import sys, os, platform, pytest, unittest\nOLD = sys.version_info < (3, 9)\n@pytest.mark.skipif(OLD, reason='x')\ndef test_a(): pass\n"
        "@pytest.mark.skip\ndef test_b(): pass\n@unittest.skip('x')\nclass T:\n    @unittest.skipIf(platform.system() == 'Windows' or os.name == 'nt', 'x')\n    def test_c(self): pass\n"
        "@pytest.mark.skipif('sys.platform.startswith(\"win\")')\ndef test_d(): pass\n@pytest.mark.skipif(f(), reason='x')\ndef test_e(): pass\n"
        "@pytest.mark.skipif(open('x'), reason='x')\ndef test_f(): pass\ndef test_g(): pass\n"
    )
    assert mentions_of([ast.parse(code)])["skips"] == ["T", "T.test_c", "test_a", "test_b", "test_d"]


def test_what_the_tests_replace_is_replaced_for_the_program_and_put_back(pool):
    program = "import random, os\ndef f(): return random.random()\ndef g(): return os.environ.get('KEY')\n"
    code = (
        "import random\nfrom solution import f, g\ndef test_a(monkeypatch):\n    monkeypatch.setattr(random, 'random', lambda: 7)\n    assert f() == 7\n"
        "    monkeypatch.setenv('KEY', 'v')\n    assert g() == 'v'\ndef test_b():\n    assert f() < 1\n    assert g() is None\n"
    )
    assert verdict(pool, PytestTests(code), program) is Outcome.ACCEPTED
    assert verdict(pool, PytestTests(code), program.replace("random.random()", "0.5")) is Outcome.WRONG_ANSWER


def test_nothing_of_what_is_mirrored_shows_that_the_program_was_asked(pool):
    code = "import random\ndef test_a(monkeypatch):\n    monkeypatch.setattr(random, 'random', lambda: 7)\n    random.seed(3)\n    assert True\n"
    assert verdict(pool, PytestTests(code), "x = 1") is Outcome.SANDBOX_ERROR


def test_a_program_that_leaves_has_not_passed(pool):
    tests = PytestTests("from solution import f\ndef test_a():\n    f(3)\n    assert f(4) == 987654321\n")
    for leaving in ("raise SystemExit", "raise SystemExit(0)", "import sys; sys.exit(0)", "import os; os._exit(0)"):
        assert verdict(pool, tests, f"def f(x):\n    {leaving}\n") is Outcome.RUNTIME_ERROR
