"""Routes that a reader of the sandbox's own code found: each wrong program earns nothing, each right one its reward."""

import pytest

from rlvr.sandbox import Limits, Outcome
from rlvr.sandbox.checks import AssertTests, PytestTests, StdinTests
from rlvr.sandbox.judges.control import settle
from rlvr.sandbox.judges.tests_side.own_code import _is_annotation, _may_unpickle
from rlvr.sandbox.outcome import CaseResult, Judgement

LIMITS = Limits(cpu=2, wall=6)


def check(pool, tests, wrong, right):
    found = pool.judge(wrong, tests, LIMITS)
    assert found.outcome not in (Outcome.ACCEPTED, Outcome.SANDBOX_ERROR), found
    found = pool.judge(right, tests, LIMITS)
    assert found.outcome is Outcome.ACCEPTED, found


@pytest.mark.parametrize(
    "code",
    [
        "import unittest\nfrom solution import f\nclass T(unittest.TestCase):\n    def test_a(self):\n"
        "        for n in (1, 2, 1):\n            with self.subTest(n=n):\n"
        "                self.assertEqual(f(n), n * n)\n",
        "from solution import f\ndef test_a(subtests):\n    for n in (1, 2, 1):\n        with subtests.test(n=n):\n"
        "            assert f(n) == n * n\n",
    ],
    ids=["unittest", "fixture"],
)
def test_a_failed_subtest_fails_its_test(pool, code):
    check(pool, PytestTests(code), "def f(n): return 1\n", "def f(n): return n * n\n")


PICKLED = (
    "import pickle\nfrom solution import f\nEXPECTED = [987654321]\n"
    "def test_a():\n    assert pickle.loads(f(3)) == EXPECTED\n"
)


@pytest.mark.parametrize("text", [r"ctests\nEXPECTED\n.", r"\x80\x04\x8c\x07pathlib\x8c\x09os.getpid\x93)R."])
def test_what_is_unpickled_names_classes_alone(pool, text):
    wrong = f"def f(x): return b'{text}'\n"
    check(pool, PytestTests(PICKLED), wrong, "import pickle\ndef f(x): return pickle.dumps([987654321])\n")


def test_dotted_names_lead_nowhere():
    for module, name in [
        ("pathlib", "os.system"),
        ("collections", "_sys.exit"),
        ("decimal", "os"),
        ("builtins", "len"),
    ]:
        assert not _may_unpickle(module, name)
    for module, name in [("copy_reg", "_reconstructor"), ("datetime", "date"), ("collections", "OrderedDict")]:
        assert _may_unpickle(module, name)


def test_annotations_hold_names_alone():
    assert _is_annotation("list[Node | None]")
    assert not _is_annotation("__import__('os').getpid()")
    assert not _is_annotation("[x for x in y]")


@pytest.mark.parametrize(
    "test",
    [
        "pytest.raises(ZeroDivisionError, eval, f(3))",
        "unittest.TestCase().assertRaises(ZeroDivisionError, eval, f(3))",
        "assert Mock(side_effect=eval)(f(3) and f('')) == 2",
    ],
)
def test_no_library_runs_a_text_of_the_program_s_for_the_tests(pool, test):
    code = (
        f"import pytest, unittest\nfrom unittest.mock import Mock\nfrom solution import f\ndef test_a():\n    {test}\n"
    )
    change = "__import__('sys').modules['tests'].__dict__.clear()"
    wrong = f'def f(x): return "[{change}, 1 / 0][0] or 2"\n'
    check(pool, PytestTests(code), wrong, "def f(x): return '1 / 0' if x else '1 + 1'\n")


def test_a_condition_to_skip_is_no_text_of_the_program_s(pool):
    code = (
        "import pytest, solution\nEXPECTED = 987654321\n"
        "@pytest.mark.skipif(solution.SKIP, reason='')\ndef test_a():\n    assert solution.f(3) == EXPECTED\n"
    )
    wrong = "SKIP = \"__import__('sys').modules['tests'].__dict__.update(EXPECTED=0)\"\ndef f(x): return 0\n"
    check(pool, PytestTests(code), wrong, "SKIP = False\ndef f(x): return 987654321\n")


@pytest.mark.parametrize(
    "call",
    ["f(3).format(*[P()])", "f(3).format(*(P(),), **{})", "str.format(f(3), P())", "f(4).format_map({'p': P()})"],
)
def test_formats_show_nothing_private(pool, call):
    code = (
        "class P:\n    def area(self): return 3\n    def __str__(self): return '987654321'\n"
        f"EXPECTED = '987654321'\nassert {call} == EXPECTED"
    )
    wrong = "def f(x): return '{%s.__class__.area.__globals__[EXPECTED]}' % ('p' if x == 4 else 0)\n"
    check(pool, AssertTests(code, ["f"]), wrong, "def f(x): return '{p}' if x == 4 else '{}'\n")


OPAQUE = """
class Calc:
    def __init__(self, *given): self.x = 1
    @property
    def value(self): return self
    def result(self): return self
    def __getitem__(self, i): return self
    def __iter__(self): yield self
    def __sub__(self, other): return self
    def __abs__(self): return 0.0 if KEPT.append(1) or len(KEPT) > 1 else self
    def __lt__(self, other): return True
    __gt__ = __lt__
    def __contains__(self, one): return True
KEPT = []
def f(calc): return [calc]
"""
ANSWERS = """
class Calc:
    def __init__(self, x): self.value = 12.5
    def result(self): return 12.5
    def __getitem__(self, i): return 12.5
    def __iter__(self): yield 12.5
    def __abs__(self): return 12.5
def f(calc): return [12.5]
"""


@pytest.mark.parametrize(
    "answer", ["c.value", "c.result()", "c[0]", "next(iter(c))", "f(c)[0]", "list(c)[0]", "abs(c)"]
)
def test_an_object_of_the_tests_is_no_answer(pool, answer):
    """What they made themselves has operators; the same object does not where a value is to come from the program."""
    code = f"c = Calc(3)\nassert abs({answer} - 12.5) < 1e-6"
    check(pool, AssertTests(code, ["Calc", "f"], operators=True), OPAQUE, ANSWERS)
    code = f"c = Calc(3)\nassert 12 < {answer} < 13"
    check(pool, AssertTests(code, ["Calc", "f"], operators=True), OPAQUE, ANSWERS)


def test_an_object_that_methods_return_is_still_itself(pool):
    right = (
        "class L:\n    def __init__(self): self.v = []\n    def add(self, x): self.v.append(x); return self\n"
        "    def __contains__(self, x): return x in self.v\n    def __neg__(self):\n        n = L()\n"
        "        n.v = [-x for x in self.v]\n        return n\n    def __mul__(self, k): return self\n"
    )
    code = (
        "l = L()\nl.add(1).add(2)\nassert 2 in l and 3 not in l\nassert l.add(3) is l and l.add(4) == l\n"
        "assert L() is not l\nassert -1 in -l * 2"
    )
    tests = AssertTests(code, ["L"], operators=True)
    check(pool, tests, right.replace("return x in self.v", "return True"), right)


ACCOUNT = """
class Account:
    def __init__(self, balance): self.balance = balance
    def __len__(self): return self.balance
    def pay(self, n):
        self.balance += n
        return self.balance
    def move(self, other, n):
        self.balance -= n
        return other.pay(n)
def drain(xs, counter=None):
    xs.clear()
    return []
"""


def test_what_a_call_does_to_an_object_is_what_a_test_looks_at(pool):
    code = (
        "a, b = Account(5), Account(7)\nassert a.pay(1) == a.balance\nassert a.pay(1) == len(a)\n"
        "assert a.move(b, 2) == b.balance\nxs = [1, 2]\nassert xs.pop() == len(xs) + 1"
    )
    check(
        pool,
        AssertTests(code, ["Account"]),
        ACCOUNT.replace("return self.balance\n    def move", "return 0\n    def move"),
        ACCOUNT,
    )
    code = (
        "import unittest\nfrom solution import Account\nclass T(unittest.TestCase):\n    def test_a(self):\n"
        "        self.a = Account(5)\n        self.assertEqual(self.a.pay(1), self.a.balance)\n"
        "        self.assertEqual(Account(3).move(self.a, 1), self.a.balance)\n"
        "        self.assertEqual(self.a.balance, 7)\n"
    )
    check(
        pool, PytestTests(code), ACCOUNT.replace("return self.balance\n    def move", "return 0\n    def move"), ACCOUNT
    )


@pytest.mark.parametrize("call", ["drain(xs)", "drain(xs=xs)", "drain(xs, counter)"])
def test_what_a_call_does_to_the_tests_data_is_not(pool, call):
    code = f"xs, counter = [2, 1], Counter()\nassert {call} == sorted(xs)"
    right = "class Counter: pass\ndef drain(xs, counter=None): return sorted(xs)\n"
    check(pool, AssertTests(code, ["drain", "Counter"]), ACCOUNT + "class Counter: pass\n", right)


@pytest.mark.parametrize(
    ("callback", "wrong"),
    [
        (
            "lambda x: x",
            'import os\nos.write(3, b\'["?",1,"call",["y",1],[["o","x"]],null]\\n\')\ndef f(g): return 5\n',
        ),
        ("lambda g: g(2)", "class E(Exception): pass\ndef f(g): return 5 if g(E) else 5\n"),
        ("lambda x: type(x)", "class E: pass\ndef f(g): return 5 if g(E()) else 5\n"),
        ("lambda x: memoryview(b'a')", "def f(g): return 5 if g(1) else 5\n"),
    ],
)
def test_a_program_does_not_choose_what_the_tests_need(pool, callback, wrong):
    """What a callback of the tests returns is asked for by the program."""
    check(pool, AssertTests(f"assert f({callback}) == 7", ["f"]), wrong, "def f(g): return 7\n")


SUITES = {
    "slices": (
        "class L:\n    def __init__(self, x): self.x = list(x)\n    def __getitem__(self, i): return self.x[i]\n"
        "    def __setitem__(self, i, v): self.x[i] = v\n    def __delitem__(self, i): del self.x[i]\n",
        "from solution import L\ndef test_a():\n    l = L([1, 2, 3, 4])\n"
        "    assert l[1:3] == [2, 3] and l[::-1] == [4, 3, 2, 1]\n"
        "    l[1:3] = [9]\n    del l[:1]\n    assert l.x == [9, 4]\n",
    ),
    "matches": (
        "def keep(p, xs): return [x for x in xs if p(x)]\ndef first(p, x): return p(x).group(1)\n",
        "import re\nfrom solution import first, keep\ndef test_a():\n"
        "    assert keep(lambda s: re.match('a', s), ['ab', 'b']) == ['ab']\n"
        "    assert keep(re.compile('a').match, ['ab']) == ['ab'] and first(re.compile('a(.)').match, 'ab') == 'b'\n",
    ),
    "streams": (
        "def log(s): s.write('x\\n')\ndef show(s): print('y', file=s)\ndef lines(s): return [s.readline(), *s]\n",
        "import io\nfrom solution import lines, log, show\ndef test_a():\n    s = io.StringIO()\n    log(s)\n"
        "    show(s)\n"
        "    assert s.getvalue() == 'x\\ny\\n'\n    assert lines(io.StringIO('a\\nb\\n')) == ['a\\n', 'b\\n']\n",
    ),
    "mocks": (
        "def get(): return 1\ndef f(): return get() + 1\nclass S:\n    def __init__(self, repo): self.repo = repo\n"
        "    def run(self, k):\n        with self.repo.lock: return self.repo.get(k) + 1\n",
        "from unittest.mock import MagicMock, patch\nimport solution\ndef test_a():\n    repo = MagicMock()\n"
        "    repo.get.return_value = 5\n    assert solution.S(repo).run(3) == 6\n"
        "    repo.get.assert_called_once_with(3)\n"
        "    repo.lock.__enter__.assert_called_once()\ndef test_b():\n"
        "    with patch('solution.get', return_value=41) as g:\n"
        "        assert solution.f() == 42\n    g.assert_called_once_with()\n    assert solution.f() == 2\n",
    ),
    "errors": (
        "class Low(Exception):\n    def __init__(self, have, want):\n        super().__init__(have, want)\n"
        "        self.have, self.want = have, want\n    def __str__(self): return f'{self.have} < {self.want}'\n"
        "class Lower(Low): pass\nclass Key(KeyError): pass\ndef f(x): raise Lower(x, 5)\ndef g(): raise Key('no')\n"
        "def say(e): return type(e).__name__ + ' ' + str(e)\n",
        "import pytest\nfrom solution import Key, Low, Lower, f, g, say\ndef test_a():\n"
        "    with pytest.raises(Low, match='1 < 5') as e: f(1)\n"
        "    assert e.type is Lower and e.value.args == (1, 5) and say(e.value) == 'Lower 1 < 5'\n"
        "    assert issubclass(Lower, Low) and not issubclass(Low, Lower)\n"
        "def test_b():\n    e = Low(2, want=3)\n    assert e.want == 3 and str(e) == '2 < 3'\n"
        "    assert say(e) == 'Low 2 < 3'\n    with pytest.raises(Low): raise e\n"
        "    with pytest.raises(TypeError): Low()\n"
        "def test_c():\n    with pytest.raises(KeyError) as e: g()\n"
        "    assert str(e.value) == \"'no'\" and e.type is Key\n",
    ),
}


@pytest.mark.parametrize("name", SUITES)
def test_suites_of_usual_style_pass(pool, name):
    right, code = SUITES[name]
    found = pool.judge(right, PytestTests(code), LIMITS)
    assert found.outcome is Outcome.ACCEPTED, found


def test_a_mock_shows_the_program_nothing_of_what_is_expected(pool):
    code = (
        "from unittest.mock import Mock\nfrom solution import f\ndef test_a():\n    m = Mock()\n"
        "    m.get.return_value = 987654321\n    assert f(m) == 987654321\n    m.get.assert_called_once_with(3)\n"
    )
    check(pool, PytestTests(code), "def f(m): return m.get.return_value\n", "def f(m): return m.get(3)\n")
    check(
        pool, PytestTests(code), "def f(m): m.get(3); m.reset_mock(); return m.get(3)\n", "def f(m): return m.get(3)\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "EXPECTED = 5\\ndef area(r): return 5",
        "def abs(x): return 0.0\\ndef area(r): return 5",
        "globals()['__builtins__'] = {'abs': lambda x: 0.0}\\ndef area(r): return 5",
    ],
)
def test_a_text_of_the_program_s_replaces_no_name_of_the_tests(pool, text):
    code = "EXPECTED = 12.5\nexec(f(3))\ndef t(): assert abs(area(2) - EXPECTED) < 1e-6\nt()"
    right = "def f(x): return 'def area(r): return 12.5'\n"
    check(pool, AssertTests(code, ["f"]), f'def f(x): return "{text}"\n', right)


@pytest.mark.parametrize(
    ("use", "wrong", "right"),
    [
        ("class Mine(solution.AppError): pass", "AppError = 5", "class AppError(Exception): pass"),
        ("N = solution.N + 1", "class One: pass\nN = One()", "N = 1"),
    ],
)
def test_what_a_program_has_in_place_of_something_is_no_fault_of_the_tests(pool, use, wrong, right):
    code = f"import solution\n{use}\ndef test_a():\n    assert solution.f(3) == 4\n"
    check(pool, PytestTests(code), f"{wrong}\ndef f(x): return 4\n", f"{right}\ndef f(x): return 4\n")


def test_errors_derive_from_what_theirs_do_and_come_back_as_they_were(pool):
    right = (
        "class App(Exception): pass\nclass Parse(App, ValueError): pass\nclass Net(App, OSError): pass\n"
        "def f(): raise Parse('p')\ndef g(): raise Net(2, 'no')\n"
        "def retry(do):\n    try: return do()\n    except Exception as e: last = e\n    raise last\n"
    )
    code = (
        "import pytest\nfrom solution import App, Net, Parse, f, g, retry\nclass Own(Exception):\n"
        "    def __init__(self, x, y):\n        super().__init__(x, y)\n        self.x = x\n"
        "def fail(): raise Own(1, 2)\ndef test_a():\n    for kind in (App, Parse, ValueError):\n"
        "        with pytest.raises(kind): f()\n    for kind in (App, Net, OSError):\n"
        "        with pytest.raises(kind) as e: g()\n        assert e.value.errno == 2\n"
        "    assert not issubclass(Parse, OSError)\ndef test_b():\n    with pytest.raises(Own) as e: retry(fail)\n"
        "    assert e.value.x == 1\n    with pytest.raises(Net) as e: retry(g)\n    assert e.value.args == (2, 'no')\n"
    )
    check(pool, PytestTests(code), right.replace("(App, ValueError)", "(App)"), right)


def test_a_checker_is_tried_on_outputs_of_several_shapes(pool):
    checker = "def check(i, o, e):\n    a, b = map(int, o.split())\n    return a + b == 3\n"
    tests = StdinTests([("3\n", "")], checker=checker)
    check(pool, tests, "print('ddd')", "print(1, 2)")


def test_a_control_whose_lane_was_lost_shows_nothing_of_the_tests():
    tests = AssertTests("assert f(1) == 'a control whose lane was lost'", ["f"])
    nothing = Judgement(Outcome.SANDBOX_ERROR, (CaseResult(Outcome.SANDBOX_ERROR),), 1)
    lost = Judgement(Outcome.SANDBOX_ERROR, total=1)
    assert settle(nothing, tests, "", lambda stub: lost).outcome is Outcome.SANDBOX_ERROR
    found = settle(nothing, tests, "", lambda stub: Judgement(Outcome.WRONG_ANSWER))
    assert found.outcome is Outcome.RUNTIME_ERROR
