"""pytest-style tests: a result for each, and what they may and may not rely on."""

import pytest

from rlvr.sandbox import Outcome, PytestTests, StdinTests
from rlvr.sandbox.rows import judge_rows

PROGRAM = """
LIMIT = 5
class EmptyError(Exception): pass
def add(a, b): return a + b
def head(items):
    if not items: raise EmptyError("nothing")
    return items[0]
def shout(text): print(text.upper())
def read(path): return open(path).read()
def limited(n): return min(n, LIMIT)
def each(f, items): return [f(x) for x in items]
"""
RIGHT = {
    "plain": "from solution import add\ndef test_a(): assert add(1, 2) == 3",
    "the module": "import solution as s\ndef test_a(): assert s.add(1, 2) == 3 and s.LIMIT == 5",
    "everything": "from solution import *\ndef test_a(): assert add(1, 2) == 3",
    "own errors": "import pytest\nfrom solution import head, EmptyError\ndef test_a():\n"
    "    with pytest.raises(EmptyError, match='noth'): head([])",
    "approx": "import pytest\nfrom solution import add\ndef test_a(): assert add(0.1, 0.2) == pytest.approx(0.3)",
    "output": "from solution import shout\ndef test_a(capsys):\n    shout('a')\n"
    "    assert capsys.readouterr().out == 'A\\n'",
    "files": "from solution import read\ndef test_a(tmp_path):\n    (tmp_path / 'x').write_text('7')\n"
    "    assert read(str(tmp_path / 'x')) == '7'",
    "patches": "import solution\ndef test_a(monkeypatch):\n    monkeypatch.setattr(solution, 'LIMIT', 3)\n"
    "    assert solution.limited(9) == 3\ndef test_b(): assert solution.limited(9) == 5",
    "mocks": "from unittest.mock import Mock\nfrom solution import each\ndef test_a():\n    f = Mock(return_value=1)\n"
    "    assert each(f, [5, 6]) == [1, 1]\n    f.assert_called_with(6)\n    assert f.call_count == 2",
    "unittest": "import unittest\nfrom solution import add\nclass TestA(unittest.TestCase):\n"
    "    def setUp(self): self.x = 2\n    def test_a(self): self.assertEqual(add(self.x, 1), 3)",
    "fixtures of a module": "import pytest\nfrom solution import add\n@pytest.fixture(scope='module', params=[1, 2])\n"
    "def n(request): return request.param\ndef test_a(n): assert add(n, 0) == n",
}
WRONG = {
    "import pytest\nfrom solution import add\n@pytest.mark.skip\ndef test_a(): assert add(1, 2) == 3": "wrong_answer",
    "import pytest\nfrom solution import add\n@pytest.mark.xfail\ndef test_a(): assert add(1, 2) == 4": "wrong_answer",
    "from solution import add\ndef test_a(): assert add(1, 2) == 4": "wrong_answer",
    "from solution import nothing\ndef test_a(): assert nothing(1)": "runtime_error",
    "from solution import add\ndef test_a(fixture_that_is_not): assert add(1, 2) == 3": "runtime_error",
    "import no_such_module\nfrom solution import add\ndef test_a(): assert add(1, 2) == 3": "sandbox_error",
    "def test_a(:": "sandbox_error",
    "from solution import add\ndef check_a(): assert add(1, 2) == 3": "sandbox_error",
    "import solution\ndef test_a(): assert True": "sandbox_error",
}


@pytest.mark.parametrize("what", RIGHT)
def test_what_works(pool, what):
    found = pool.judge(PROGRAM, PytestTests(RIGHT[what]))
    assert found.outcome is Outcome.ACCEPTED, found.explanation


@pytest.mark.parametrize("what", ["plain", "own errors", "output", "mocks", "unittest"])
def test_and_can_fail(pool, what):
    broken = PROGRAM + "\nadd = shout = head = lambda *a: None\ndef each(f, items): return [1, 1]\n"
    assert pool.judge(broken, PytestTests(RIGHT[what])).outcome is Outcome.WRONG_ANSWER


@pytest.mark.parametrize("code", WRONG)
def test_what_is_no_pass(pool, code):
    found = pool.judge(PROGRAM, PytestTests(code))
    assert found.outcome == WRONG[code], found.explanation


def test_a_result_for_each_test_with_its_name(pool):
    code = "import pytest\nfrom solution import add\n@pytest.mark.parametrize('n', [1, 2])\n"
    code += "def test_a(n): assert add(n, 0) == 1\nclass TestB:\n    def test_c(self): assert add(1, 1) == 2\n"
    row = {"id": "r", "kind": "pytest", "program": PROGRAM, "tests": {"code": code}}
    (found,) = judge_rows(pool, [row], stop=False)
    assert [(one["name"], one["verdict"]) for one in found["tests"]] == [
        ("test_a[1]", "accepted"),
        ("test_a[2]", "wrong_answer"),
        ("TestB::test_c", "accepted"),
    ]
    assert (found["verdict"], found["passed"], found["total"]) == ("wrong_answer", 2, 3)
    (found,) = judge_rows(pool, [row])
    assert (len(found["tests"]), found["total"]) == (2, 3)


def test_the_tests_are_nowhere_on_the_disk(pool):
    key = "KEY-" + "OF-TESTS"
    program = (
        "import os\ndef look():\n    found = []\n    for folder, _, files in os.walk('/w'):\n"
        "        found += [open(os.path.join(folder, f), errors='replace').read() for f in files]\n"
        "    return any('KEY-' + str('OF-TESTS') in one for one in found) or os.listdir('/w')\n"
    )
    code = f"from solution import look\n# {key}\ndef test_a(): assert look() == []"
    assert pool.judge(program, PytestTests(code)).outcome is Outcome.ACCEPTED
    assert pool.judge("print(1)", StdinTests([("", "1")])).outcome is Outcome.ACCEPTED
