# ruff: noqa: E501 - tables, a case after the other
"""What each way in which a test of pytest may end is called, and whose fault it is."""

import ast

import pytest

from rlvr.sandbox import AssertTests, Lane, Limits, PytestTests
from rlvr.sandbox.judges.held_tests import judge_held
from rlvr.sandbox.judges.judging import judge
from rlvr.sandbox.judges.place import Spent
from rlvr.sandbox.judges.preparing import star_names

PROGRAM = """
import os, sys
def add(a, b): return a + b
def leave(*a): os._exit(0)
def fail(*a): raise ValueError("mine")
def none(*a): return None
def shout(text): print(text)
def test_me(): assert False
class TestMe:
    def test_x(self): assert False
class Unimportable:
    def __getattr__(self, name): raise RuntimeError("no")
"""
USE = "from solution import add\n"


@pytest.fixture(scope="module")
def lane(lane):
    """One whose processes have pytest."""
    with Lane(preload=PytestTests.needs[:1], packages=PytestTests.needs[1:]) as found:
        yield found


CASES = {
    "passes": (USE + "def test_a(): assert add(1, 2) == 3", [("test_a", "accepted", "")]),
    "the program's own tests are none": (
        "from solution import add, test_me, TestMe\ndef test_a(): assert add(1, 2) == 3", [("test_a", "accepted", "")],
    ),
    "static methods and classes": (
        USE + "class TestA:\n    @staticmethod\n    def test_s(): assert add(1, 1) == 2\n    def test_m(self): assert add(1, 1) == 2\nclass NoTests:\n    def test_x(self): assert 0",
        [("TestA::test_s", "accepted", ""), ("TestA::test_m", "accepted", "")],
    ),
    "fails": (USE + "def test_a(): assert add(1, 2) == 4", [("test_a", "wrong_answer", "an assertion failed")]),
    "fails in words": (USE + "def test_a(): assert add(1, 2) == 4, 'no: x'", [("test_a", "wrong_answer", "no: x")]),
    "is said to fail": (USE + "import pytest\ndef test_a():\n    add(1, 2)\n    pytest.fail('said')", [("test_a", "wrong_answer", "said")]),
    "raises": ("from solution import fail\ndef test_a(): fail()", [("test_a", "runtime_error", "ValueError: mine")]),
    "raises in setup": (
        USE + "import pytest\n@pytest.fixture\ndef x(): add(1, 'a')\ndef test_a(x): assert add(1, 2) == 3",
        [("test_a", "runtime_error", "setup: TypeError: unsupported operand type(s) for +: 'int' and 'str'")],
    ),
    "raises in teardown": (
        USE + "import pytest\n@pytest.fixture\ndef x():\n    yield 1\n    raise KeyError('late')\ndef test_a(x): assert add(1, 2) == 3",
        [("test_a", "runtime_error", "teardown: KeyError: 'late'")],
    ),
    "is skipped": (USE + "import pytest\ndef test_a():\n    add(1, 2)\n    pytest.skip('x')", [("test_a", "wrong_answer", "skipped, or expected to fail: it shows nothing")]),
    "is expected to fail": (
        USE + "import pytest\n@pytest.mark.xfail\ndef test_a(): assert add(1, 2) == 3", [("test_a", "wrong_answer", "skipped, or expected to fail: it shows nothing")],
    ),
    "the program ends": (
        "from solution import add, leave\ndef test_a(): assert add(1, 2) == 3\ndef test_b(): leave()\ndef test_c(): assert add(1, 2) == 3",
        [("test_a", "accepted", ""), ("test_b", "runtime_error", "it ended before the tests did")],
    ),
    "the program ends and a test hides that": (
        "from solution import leave\ndef test_a():\n    try: leave()\n    except BaseException: pass",
        [("test_a", "runtime_error", "it ended before the tests did")],
    ),
    "the program ends while tests are imported": (
        "from solution import leave\nleave()\ndef test_a(): pass", [("", "runtime_error", "it ended before the tests did")],
    ),
    "the program ends while tests are imported, hidden": (
        "from solution import leave\ntry: leave()\nexcept BaseException: pass\ndef test_a(): pass", [("", "runtime_error", "it ended before the tests did")],
    ),
    "each has its result": (
        USE + "def test_a(): assert add(1, 2) == 4\ndef test_b(): assert add(1, 2) == 3\ndef test_c(): assert add(1, 2) == 5",
        [("test_a", "wrong_answer", "an assertion failed"), ("test_b", "accepted", ""), ("test_c", "wrong_answer", "an assertion failed")],
    ),
    "no tests, after the program was used": (USE + "x = add(1, 2)", [("", "runtime_error", "there are no tests in it")]),
    "no tests": ("import solution", [("", "sandbox_error", "there are no tests in it")]),
    "parameters from the program": (
        "import pytest\nfrom solution import none\n@pytest.mark.parametrize('x', none())\ndef test_a(x): pass", "runtime_error",
    ),
    "a name that is not there": ("from solution import missing\ndef test_a(): missing()", "runtime_error"),
    "another library": ("import no_such_library\nfrom solution import add\ndef test_a(): add(1, 2)", "sandbox_error"),
    "raises when imported": ("1 / 0\nfrom solution import add\ndef test_a(): add(1, 2)", "sandbox_error"),
    "raises when imported, for the program": ("from solution import fail\nfail()\ndef test_a(): fail()", "runtime_error"),
    "raises when imported, after the program was used": (USE + "add(1, 2)\n1 / 0\ndef test_a(): add(1, 2)", "runtime_error"),
    "never asked": ("import solution\ndef test_a(): assert True", [("test_a", "sandbox_error", "the tests passed without a call of the program")]),
    "no program": ("def test_a(:", "sandbox_error"),
    "what is printed": ("from solution import shout\ndef test_a(capsys):\n    shout('a')\n    shout('é')\n    assert capsys.readouterr().out == 'a\\né\\n'", [("test_a", "accepted", "")]),
    "everything": ("from solution import *\ndef test_a(): assert add(1, 2) == 3 and abs(-1) == 1", [("test_a", "accepted", "")]),
    "a need": ("from solution import none\nimport sys\ndef test_a(): none(sys)\ndef test_b(): assert none(1) is None", "sandbox_error"),
}  # fmt: skip


def _found(lane, tests):
    """What the tests' process says, before a control is tried."""
    return list(judge_held(lane, PROGRAM, tests, Limits(), Spent(tests.total), stop=False))


@pytest.mark.parametrize("what", CASES)
def test_ends(lane, what):
    code, expected = CASES[what]
    found = _found(lane, PytestTests(code))
    if isinstance(expected, str):
        assert str(found[0].outcome) == expected, found
    else:
        assert [(one.name, str(one.outcome), one.explanation) for one in found] == expected


def test_a_failure_ends_it_where_that_is_asked(lane):
    code = (
        USE
        + "def test_a(): assert add(1, 2) == 3\ndef test_b(): assert add(1, 2) == 4\ndef test_c(): assert add(1, 2) == 3"
    )
    found = judge(lane, PROGRAM, PytestTests(code))
    assert [str(one.outcome) for one in found.tests] == ["accepted", "wrong_answer"]
    assert (found.total, found.explanation) == (3, "test_b: an assertion failed")


@pytest.mark.parametrize("module", ["solution", "package.part", "a.b.c"])
def test_a_program_has_the_name_by_which_it_is_imported(lane, module):
    top = module.partition(".")[0]
    code = f"from {module} import add\nimport {module}\ndef test_a(): assert add(1, 2) == 3 and {module}.add(1, 1) == 2"
    assert str(judge(lane, PROGRAM, PytestTests(code, module=module)).outcome) == "accepted"
    missing = f"from {module}x import add\ndef test_a(): add(1, 2)"
    right = "sandbox_error" if module == top else "runtime_error"
    assert str(_found(lane, PytestTests(missing, module=module))[0].outcome) == right


def test_operators_where_the_tests_allow_them(lane):
    program = "class V:\n    def __init__(s, x): s.x = x\n    def __mul__(s, k): return V(s.x * k)\n"
    code = "from solution import V\ndef test_a(): assert (V(2) * 3).x == 6"
    assert str(judge(lane, program, PytestTests(code, operators=True)).outcome) == "accepted"
    assert "operators" in judge(lane, program, PytestTests(code)).explanation
    lines = AssertTests("assert (V(2) * 3).x == 6", ["V"], operators=True)
    assert str(judge(lane, program, lines).outcome) == "accepted"


def test_pieces_of_assertions_are_judged_apart(lane):
    tests = AssertTests(
        ["assert add(1, 2) == 3", "assert add(1, 2) == 4, 'no'", "fail()", "assert add(2, 2) == two + two"],
        ["add", "fail"],
        "two = 2",
    )
    found = judge(lane, PROGRAM, tests, stop=False)
    assert [(str(one.outcome), one.explanation) for one in found.tests] == [
        ("accepted", ""), ("wrong_answer", "assertion failed: no"), ("runtime_error", "ValueError: mine"), ("accepted", ""),
    ]  # fmt: skip
    assert len(judge(lane, PROGRAM, tests).tests) == 2
    (broken,) = _found(lane, AssertTests(["assert add(", "assert add(1, 2) == 3"], ["add"]))
    assert broken.explanation.startswith("the tests are no program: SyntaxError: ")
    assert str(broken.outcome) == "sandbox_error"
    silent = judge(lane, PROGRAM, AssertTests(["assert True", "assert add(1, 2) == 3"], ["add"]), stop=False)
    assert [str(one.outcome) for one in silent.tests] == ["accepted", "accepted"]


def test_pieces_that_pass_do_not_end_it(lane):
    tests = AssertTests(["assert add(1, 2) == 3", "assert add(1, 1) == 2", "assert add(2, 2) == 4"], ["add", "fail"])
    assert str(judge(lane, PROGRAM, tests).outcome) == "accepted"
    for bad in ("fail()", "assert add(1, 2) == 4"):
        tests = AssertTests(["assert add(1, 2) == 3", bad, "assert add(2, 2) == 4"], ["add", "fail"])
        told = list(judge_held(lane, PROGRAM, tests, Limits(), Spent(3), stop=True))
        assert [one.explanation for one in told][2:] == ["the tests did not end"]  # the third was not run


def test_a_program_that_ends_has_not_passed(lane):
    for tests in (
        ["leave()", "assert add(1, 2) == 3"],
        ["try: leave()\nexcept BaseException: pass", "assert add(1, 2) == 3"],
    ):
        found = judge(lane, PROGRAM, AssertTests(tests, ["add", "leave"]), stop=False)
        assert [(str(one.outcome), one.explanation) for one in found.tests] == [
            ("runtime_error", "it ended before the tests did")
        ]
    found = judge(lane, "import os\nos._exit(0)", AssertTests("assert f() == 1", ["f"]))
    assert str(found.outcome) == "runtime_error"


def test_swallowed_errors_keep_no_assertion_from_running(lane):
    program = "class M:\n    def __enter__(s): return s\n    def __exit__(s, *a): return True\n    def bad(s): raise KeyError(1)\n    def good(s): return 1\n"
    for tests, outcome in (
        ("with M() as m:\n    m.bad()\n    assert m.good() == 2", "runtime_error"), ("with M() as m:\n    assert m.good() == 1\n    m.bad()", "accepted"),
        ("with M() as m:\n    assert m.good() == 2", "wrong_answer"),
    ):  # fmt: skip
        assert str(judge(lane, program, AssertTests(tests, ["M"])).outcome) == outcome
        module = "from solution import M\ndef test_a():\n" + "".join(f"    {line}\n" for line in tests.split("\n"))
        assert str(judge(lane, program, PytestTests(module)).outcome) == outcome


def test_texts_of_the_program_are_run_over_there(lane):
    program = "class P:\n    def __init__(s, x): s.x = x\n    def __eq__(s, o): return s.x == o.x\n    def __repr__(s): return f'P({s.x})'\ndef code(): return '__import__(\"os\").getpid()'\ndef pid(): return __import__('os').getpid()\n"
    for test in ("assert eval(repr(P(3))) == P(3)", "assert eval(code()) == pid()"):
        assert str(judge(lane, program, AssertTests(test, ["P", "code", "pid"])).outcome) == "accepted"
        module = "from solution import P, code, pid\ndef test_a():\n    " + test
        assert str(judge(lane, program, PytestTests(module)).outcome) == "accepted"


def test_a_star_gives_what_the_program_has(lane):
    program = "def add(a, b): return a + b\ndef __getattr__(name): raise RuntimeError(name)\n"
    code = "from solution import *\ndef test_a(): assert add(1, 2) == 3\ndef unused(): return missing"
    assert str(judge(lane, program, PytestTests(code)).outcome) == "accepted"


def test_names_that_a_star_gives():
    for source, names in {
        "import math as m\nfrom solution import *\nx = f(m.pi) + x": ["f"], "import a.b\na.b(g)": ["g"], "def f(x, *y, z=w, **k): return x + y + z + k + q": ["q", "w"],
        "async def f(): pass\nclass C(B): pass\nf(C)": ["B"], "lambda x: x + y": ["y"], "for i in items: print(i)": ["items"], "from m import a as b\na + b": ["a"],
        "def test_a(): return abs(len(open(h)))": ["h"], "": [],
    }.items():  # fmt: skip
        assert star_names(ast.parse(source)) == names
