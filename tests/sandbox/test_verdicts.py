# ruff: noqa: E501 - tables, a case after the other
"""From runs and reports to verdicts: what is accepted, and what each other end is called."""

import json
from dataclasses import replace
from types import ModuleType

import pytest

from rlvr.sandbox import AssertTests, Comparison, FunctionTests, Outcome, PytestTests, StdinTests
from rlvr.sandbox.bridge.codec import decode, dumps, encode, loads
from rlvr.sandbox.bridge.frames import NO_DATA, OUT_OF_MEMORY, RAISED, RETURNED, packed
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.judges import control
from rlvr.sandbox.judges.control import is_unscored, settle, stub_for
from rlvr.sandbox.judges.judging import judge
from rlvr.sandbox.judges.preparing import prepare
from rlvr.sandbox.judges.stdio import _NEUTRAL
from rlvr.sandbox.judges.verdict_lines import line_writer
from rlvr.sandbox.outcome import CaseResult, Judgement, Run


class Reported:
    """A place where what processes report is known beforehand."""

    level = "none"

    def __init__(self, *runs, holds_tests=True):
        self.runs, self.asked, self.holds_tests = list(runs), [], holds_tests

    def _next(self, *asked):
        self.asked.append(asked)
        return self.runs.pop(0)

    def run(self, source, stdin=b"", limits=None):
        return self._next(source, stdin)

    def call(self, source, calls, limits=None):
        return self._next(source, calls)

    def check(self, source, tests, limits=None):
        """A report of the lines of the run, under the key that the tests bring."""
        run = self._next(source, json.loads(tests))
        lines = run.report if isinstance(run.report, list) else []
        return replace(run, report=_report(lines, json.loads(tests)["key"]))


def _report(lines, key):
    written = bytearray()
    tell = line_writer(-1, key)
    cells = {name: cell for name, cell in zip(tell.__code__.co_freevars, tell.__closure__, strict=True)}
    cells["write"].cell_contents = lambda _, data: written.extend(data) or len(data)
    for line in lines:
        tell(line)
    return bytes(written)


def _said(judgement):
    """Outcomes and explanations; a process that several tests shared is put down to none of them."""
    assert all(one.cpu == 0.0 for one in judgement.tests) or judgement.cpu == sum(one.cpu for one in judgement.tests)
    return [(str(one.outcome), one.explanation) for one in judgement.tests]


def run_of(*, ending=None, **named):
    return Run(ending, **named)


# Programs that read and write.

SUM = StdinTests([("1", "2"), ("2", "3")])


def test_outputs():
    place = Reported(
        run_of(stdout=b"2\n", cpu=0.25, wall=1.0, memory=5), run_of(stdout=b"3", cpu=0.5, wall=2.0, memory=3)
    )
    found = judge(place, "program", SUM)
    assert (found.outcome, found.passed, found.total, found.explanation) == (
        Outcome.ACCEPTED,
        2,
        2,
        "all 2 tests passed",
    )
    assert (found.cpu, found.wall, found.memory, found.level) == (0.75, 3.0, 5, "none")
    assert [one.cpu for one in found.tests] == [0.25, 0.5]
    assert place.asked == [("program", b"1"), ("program", b"2")]
    for stop, tests, explanation in ((True, 1, "test 1 of 2: it wrote '7'"), (False, 2, "test 1 of 2: it wrote '7'")):
        found = judge(Reported(run_of(stdout=b"7"), run_of(stdout=b"3")), "", SUM, stop=stop)
        assert (found.outcome, len(found.tests), found.total, found.explanation) == (
            Outcome.WRONG_ANSWER,
            tests,
            2,
            explanation,
        )
    found = judge(Reported(run_of(stdout=b"2"), run_of(stdout=b"7")), "", SUM)
    assert (found.outcome, found.passed, found.explanation) == (Outcome.WRONG_ANSWER, 1, "test 2 of 2: it wrote '7'")


def test_outputs_that_ended_otherwise():
    run = run_of(ending=Outcome.MEMORY_LIMIT, stdout=b"2", stderr="a\nlast", explanation="more than 1 s", cpu=1.0)
    found = judge(Reported(run, run), "", SUM, stop=False)
    assert _said(found) == [("memory_limit", "more than 1 s: last")] * 2
    assert found.tests[0].cpu == 1.0
    found = judge(
        Reported(run_of(ending=Outcome.COMPILE_ERROR, explanation="line 1: what", stderr="x")), "", SUM, stop=False
    )
    assert (_said(found), found.outcome) == ([("compile_error", "line 1: what")], Outcome.COMPILE_ERROR)
    found = judge(
        Reported(run_of(ending=Outcome.COMPILE_ERROR, explanation="no program", stderr="x")), "", SUM, stop=False
    )
    assert _said(found) == [("compile_error", "no program: x")]
    found = judge(
        Reported(run_of(ending=Outcome.RUNTIME_ERROR, explanation="status 1: x", stderr="y"), run_of(stdout=b"3")),
        "",
        SUM,
        stop=False,
    )
    assert _said(found) == [("runtime_error", "status 1: x: y"), ("accepted", "")]


CHECKED = StdinTests([("4", "2")], checker="def check(given, said, key): return True")


def _checked(lines, *more, tests=CHECKED, **named):
    place = Reported(run_of(stdout=b"-2"), run_of(report=lines), *more)
    return judge(place, "p", tests, **named), place


def test_checkers():
    found, place = _checked([["passed", "", ""]])
    assert found.outcome is Outcome.ACCEPTED
    assert place.asked[1][0] == ""
    asked = place.asked[1][1]
    assert (asked["style"], asked["arguments"]) == ("checker", ["4", "-2", "2"])
    assert asked["code"] == prepare((("<tests>", CHECKED.checker),))["code"]
    found, _ = _checked([["failed", "", ""]])
    assert _said(found) == [("wrong_answer", "the checker refused '-2'")]
    found, place = _checked([["raised", "why", ""]], run_of(report=[["failed", "", ""]]))
    assert _said(found) == [("wrong_answer", "the checker cannot read '-2'")]
    assert place.asked[2][1]["arguments"] == ["4", "2", "2"]  # tried on the expected output
    found, _ = _checked([["raised", "why", ""]], run_of(report=[["raised", "other", ""]]))
    assert _said(found) == [("sandbox_error", "the checker failed: why")]
    found, _ = _checked([], run_of(report=[]))
    assert _said(found) == [("sandbox_error", "the checker failed: it did not end")]
    place = Reported(run_of(stdout=b"-2"), run_of(ending=Outcome.MEMORY_LIMIT, explanation="slow"), run_of(report=[]))
    assert _said(judge(place, "p", CHECKED)) == [("sandbox_error", "the checker failed: slow")]
    found = judge(Reported(run_of(stdout=b"\xff")), "p", CHECKED)
    assert _said(found) == [("wrong_answer", "its output is no UTF-8")]


def test_what_a_checker_that_fails_is_tried_on():
    no_key = StdinTests([("4", " ")], checker="c")
    failed, passed = run_of(report=[["raised", "why", ""]]), run_of(report=[["passed", "", ""]])
    found, place = _checked([["raised", "why", ""]], *[failed] * 10, tests=no_key)
    assert found.outcome is Outcome.SANDBOX_ERROR
    assert [one[1]["arguments"][1] for one in place.asked[2:]] == [*_NEUTRAL, "4"]
    found, place = _checked([["raised", "why", ""]], failed, passed, tests=no_key)
    assert (found.outcome, len(place.asked)) == (Outcome.WRONG_ANSWER, 4)
    found, place = _checked([["raised", "why", ""]], run_of(stdout=b"right"), passed, tests=no_key, solution="s")
    assert found.outcome is Outcome.WRONG_ANSWER
    assert place.asked[2] == ("s", b"4")
    assert place.asked[3][1]["arguments"][1] == "right"
    ran = []
    found, place = _checked(
        [["raised", "why", ""]],
        passed,
        solution="s",
        start_solution=lambda given: ran.append(given) or run_of(stdout=b"\xff"),
    )
    assert ran == [b"4"]
    assert place.asked[2][1]["arguments"][1] == "�"


def test_checkers_where_no_process_holds_tests():
    def ask(*runs, stdout=b"-2"):
        place = Reported(run_of(stdout=stdout), *runs, holds_tests=False)
        return judge(place, "p", CHECKED).tests[0], place

    found, place = ask(run_of(report=packed(RETURNED, b"true")))
    assert found.outcome is Outcome.ACCEPTED
    assert place.asked[1][0] == CHECKED.checker
    assert decode(loads(place.asked[1][1])) == ["check", [["4", "-2", "2"]]]
    assert ask(run_of(report=packed(RETURNED, b"false")))[0].outcome is Outcome.WRONG_ANSWER
    works = run_of(report=packed(RETURNED, b"true"))
    for run, why in (
        (run_of(report=packed(RETURNED, b"1")), "1"), (run_of(report=packed(RAISED, b"E" * 301)), "E" * 300), (run_of(report=packed(RAISED, b"true")), "true"),
        (run_of(report=b""), ""), (run_of(ending=Outcome.MEMORY_LIMIT, report=packed(RETURNED, b"true"), explanation="slow"), "slow"),
        (run_of(stderr="e" * 301), "e" * 300), (run_of(stderr="x", explanation="y"), "x"),
    ):  # fmt: skip
        assert ask(run, works)[0].explanation == "the checker cannot read '-2'"
        assert ask(run, run)[0].explanation == f"the checker failed: {why}"


# Functions that return.

CALLS = FunctionTests("f", [([1], 2), ([2], [3])])


def _returned(*values):
    return b"".join(packed(RETURNED, dumps(encode(value))) for value in values)


def test_returns():
    place = Reported(run_of(report=_returned(2, [3]), cpu=0.5))
    found = judge(place, "p", CALLS)
    assert (found.outcome, found.passed, found.total, found.cpu) == (Outcome.ACCEPTED, 2, 2, 0.5)
    assert decode(loads(place.asked[0][1])) == ("f", [[1], [2]])
    found = judge(Reported(run_of(report=_returned(2, [4]))), "p", CALLS)
    assert (found.outcome, found.passed, found.explanation) == (
        Outcome.WRONG_ANSWER,
        1,
        """test 2 of 2: it returned '["l",4]'""",
    )
    assert _said(found) == [("accepted", ""), ("wrong_answer", """it returned '["l",4]'""")]
    found = judge(
        Reported(run_of(report=_returned(1.75, [3]))), "p", FunctionTests("f", [([1], 2.0)], Comparison(tolerance=0.25))
    )
    assert found.outcome is Outcome.ACCEPTED
    limits = Limits(memory=77)
    for status, payload, outcome, why in (
        (RETURNED, b"{", "wrong_answer", "it returned what is no data: malformed"), (RETURNED, b'["i","zz"]', "wrong_answer", "it returned what is no data: malformed"),
        (OUT_OF_MEMORY, b"", "memory_limit", "more than 77 MiB"), (NO_DATA, b"too large", "wrong_answer", "it returned what is no data: 'too large'"), (RAISED, b"E: x", "runtime_error", "'E: x'"), (b"?", b"", "runtime_error", "''"), (b"s", b"2", "runtime_error", "'2'"),
    ):  # fmt: skip
        found = judge(Reported(run_of(report=packed(status, payload) + _returned([3]))), "p", CALLS, limits, stop=False)
        assert _said(found) == [(outcome, why), ("accepted", "")]


def test_what_was_not_answered_ended_with_the_process():
    run = run_of(ending=Outcome.MEMORY_LIMIT, report=_returned(2), explanation="slow", stderr="at x")
    found = judge(Reported(run), "p", CALLS, stop=False)
    assert _said(found) == [("accepted", ""), ("memory_limit", "slow: at x")]
    found = judge(Reported(run_of()), "p", CALLS, stop=False)
    assert _said(found) == [("runtime_error", "it ended without an answer")] * 2
    found = judge(Reported(run_of(ending=Outcome.COMPILE_ERROR, explanation="no")), "p", CALLS, stop=False)
    assert _said(found) == [("compile_error", "no")]
    found = judge(Reported(run_of(report=_returned(2, [3], 4))), "p", CALLS, stop=False)
    assert (found.outcome, len(found.tests)) == (Outcome.ACCEPTED, 2)


# Tests that assert.

ASSERTS = AssertTests(["assert f(1) == 1", "assert f(2) == 2"], ["f", "g"], prompt="import os")
CALLED, PASSED = {"called": True}, ["passed", "", ""]


def _held(lines, tests=ASSERTS, **named):
    kind = {name: named.pop(name) for name in ("stop", "solution") if name in named}
    return judge(Reported(run_of(report=lines, **named), *[run_of()] * 3), "p", tests, **kind)


def test_tests_that_assert():
    place = Reported(run_of(report=[CALLED, PASSED, PASSED]))
    assert judge(place, "p", ASSERTS, stop=False).outcome is Outcome.ACCEPTED
    asked = place.asked[0][1]
    assert len(asked.pop("key")) == 64
    texts = ["import os", *ASSERTS.pieces]
    prepared = prepare(tuple((f"<tests {number}>", text) for number, text in enumerate(texts)))
    assert asked == {
        "operators": False,
        "own_equality": False,
        "stop": False,
        "entry": ["f", "g"],
        **json.loads(json.dumps(prepared)),
    }
    assert len(prepared["code"]) == 1 + len(ASSERTS.pieces)
    place = Reported(run_of(report=[CALLED, PASSED, PASSED]))
    judge(place, "p", replace(ASSERTS, operators=True))
    assert (place.asked[0][1]["operators"], place.asked[0][1]["stop"]) == (True, True)
    found = _held([CALLED, PASSED, ["failed", "why", ""]])
    assert (found.outcome, found.passed, found.total, found.explanation) == (
        Outcome.WRONG_ANSWER,
        1,
        2,
        "test 2 of 2: why",
    )
    found = _held([["failed", "why", ""]])
    assert (_said(found), found.outcome) == ([("wrong_answer", "why")], Outcome.WRONG_ANSWER)
    found = _held([CALLED, ["raised", "E", ""], PASSED], stop=False)
    assert _said(found) == [("runtime_error", "E"), ("accepted", "")]
    found = _held([CALLED, ["died", "", ""]], stop=False)
    assert _said(found) == [("runtime_error", "it ended before the tests did")]
    found = _held([CALLED, ["died", "", ""]], stop=False, ending=Outcome.MEMORY_LIMIT, explanation="slow", cpu=2.0)
    assert (_said(found), found.tests[0].cpu) == ([("memory_limit", "slow")], 2.0)
    found = _held([CALLED, PASSED], stop=False)
    assert _said(found) == [("accepted", ""), ("runtime_error", "the tests did not end")]
    found = _held([CALLED, PASSED], stop=False, ending=Outcome.MEMORY_LIMIT, stderr="x", explanation="slow")
    assert _said(found) == [("accepted", ""), ("memory_limit", "slow: x")]
    assert _said(_held([], stop=False)) == [("runtime_error", "the tests did not end")]


@pytest.fixture
def fresh(monkeypatch):
    monkeypatch.setattr(control, "_works", type(control._works)())


def test_what_is_no_verdict_is_tried_with_a_control(fresh):
    def held(lines, *runs, solution="", tests=ASSERTS):
        place = Reported(run_of(report=lines), *runs)
        return judge(place, "p", tests, stop=False, solution=solution), place

    works, broken = run_of(report=[CALLED, ["failed", "", ""], PASSED]), run_of(report=[["broken", "theirs", ""]])
    found, place = held([["broken", "why", ""], PASSED], works)
    assert _said(found) == [("runtime_error", "why")]
    assert (found.outcome, found.explanation) == (
        Outcome.RUNTIME_ERROR,
        "test 1 of 2: why; a stub gets a verdict from these tests",
    )
    assert place.asked[1][0] == stub_for(ASSERTS)
    found, place = held([["broken", "why", ""]])
    assert (found.outcome, len(place.asked)) == (Outcome.RUNTIME_ERROR, 1)  # known already
    found, place = held([["broken", "why", ""]], works, solution="right")
    assert found.explanation == "test 1 of 2: why; the reference solution gets a verdict from these tests"
    assert place.asked[1][0] == "right"
    other = AssertTests("assert f(1) == 7", ["f"])
    found, _ = held([["broken", "why", ""]], broken, tests=other)
    assert (found.outcome, found.explanation) == (Outcome.SANDBOX_ERROR, "test 1 of 1: why")
    assert _said(held([PASSED, PASSED])[0]) == [("runtime_error", "the tests passed without a call of the program")] * 2


def test_needs_of_the_tests_are_settled_by_a_solution_alone(fresh):
    def held(lines, *runs, solution=""):
        return judge(Reported(run_of(report=lines), *runs), "p", ASSERTS, stop=False, solution=solution)

    works = run_of(report=[CALLED, PASSED, PASSED])
    found = held([CALLED, ["need", "why", ""], PASSED])
    assert (_said(found), found.outcome) == ([("sandbox_error", "why"), ("accepted", "")], Outcome.SANDBOX_ERROR)
    found = held([CALLED, PASSED, ["need", "why", ""]], works, solution="s")
    assert (_said(found), found.outcome) == ([("accepted", ""), ("runtime_error", "why")], Outcome.RUNTIME_ERROR)
    found = held([CALLED, ["failed", "x", ""], ["need", "why", ""]], solution="s")
    assert _said(found) == [("wrong_answer", "x"), ("runtime_error", "why")]
    assert found.outcome is Outcome.WRONG_ANSWER


def test_controls_that_are_known(fresh, monkeypatch):
    nothing = Judgement(Outcome.SANDBOX_ERROR, (CaseResult(Outcome.SANDBOX_ERROR),), 1, explanation="x")
    tried = []

    def attempt(name, right=True):
        def run(_):
            tried.append(name)
            return Judgement(Outcome.WRONG_ANSWER) if right else nothing

        return settle(nothing, AssertTests(f"assert f() == {name}", ["f"]), "", run)

    for number in range(256):
        attempt(number, right=number != 0)
    assert attempt(0, right=True).outcome is Outcome.SANDBOX_ERROR  # what was found first holds
    assert len(tried) == 256
    attempt(256)
    assert len(tried) == 257
    assert attempt(1).outcome is Outcome.RUNTIME_ERROR
    assert len(tried) == 257
    attempt(0)  # the oldest was forgotten
    assert len(tried) == 258
    assert control._KEPT == 256


def test_judgements_without_a_verdict():
    accepted, failed, error = (
        CaseResult(one) for one in (Outcome.ACCEPTED, Outcome.WRONG_ANSWER, Outcome.SANDBOX_ERROR)
    )
    for outcome, tests, unscored in (
        (Outcome.SANDBOX_ERROR, (), True), (Outcome.ACCEPTED, (accepted,), False), (Outcome.WRONG_ANSWER, (failed, error), True), (Outcome.WRONG_ANSWER, (failed,), False),
    ):  # fmt: skip
        assert is_unscored(Judgement(outcome, tests)) is unscored


def test_stubs_have_what_the_tests_ask_for():
    for tests, names in (
        (FunctionTests("solve", [([1], 1)]), ["solve"]), (AssertTests("x", ["f", "Stack"]), ["f", "Stack"]),
        (PytestTests("from solution import add, Queue as Q\nfrom other import no\nfrom solution import *\nimport os", module="solution"), ["add", "Queue"]),
        (PytestTests("from a.b import c", module="a.b"), ["c"]), (PytestTests("def f(:"), []), (PytestTests("x = '\0'"), []),
    ):  # fmt: skip
        found = {}
        exec(stub_for(tests), found)
        assert [name for name in found if name not in ("__builtins__", "Nothing", "__getattr__")] == names
        for name in names:
            assert (isinstance(found[name], type), found[name](1, k=2) is None) == (name[0].isupper(),) * 1 + (
                not name[0].isupper(),
            )
            if name[0].isupper():
                assert found[name](1).push(2, k=3) is None
                with pytest.raises(AttributeError):
                    found[name]().__call__  # noqa: B018
        module = ModuleType("m")
        module.__dict__.update(found)
        assert module.anything(1) is None
        assert module.Other(1).x() is None
        assert not hasattr(module, "__path__")
    assert stub_for(SUM) == ""


PYTESTS = PytestTests("from solution import f\ndef test_a(): assert f() == 1", module="solution", operators=True)


def test_tests_of_pytest():
    place = Reported(run_of(report=[{"names": ["a", "b"]}, CALLED, ["passed", "", "a"], ["passed", "", "b"]]))
    found = judge(place, "p", PYTESTS)
    assert (found.outcome, found.total, [one.name for one in found.tests]) == (Outcome.ACCEPTED, 2, ["a", "b"])
    asked = place.asked[0][1]
    asked.pop("key")
    prepared = json.loads(json.dumps(prepare((("/tests.py", PYTESTS.code),))))
    assert asked == {
        "operators": True,
        "own_equality": False,
        "stop": True,
        "style": "pytest",
        "module": "solution",
        **prepared,
    }


def test_tests_that_are_no_program_are_not_run():
    for tests in (
        AssertTests("assert f(", ["f"]),
        AssertTests("assert f()", ["f"], prompt="def ("),
        PytestTests("def f(:"),
    ):
        place = Reported()
        found = judge(place, "p", tests)
        assert (found.outcome, "the tests are no program: SyntaxError" in found.explanation) == (
            Outcome.SANDBOX_ERROR,
            True,
        )
        assert place.asked == []


def test_tests_are_prepared_once():
    source = (("<tests 0>", "x = 1  # of this test alone"),)
    assert prepare(source) is prepare(source)
    large = (("<tests 0>", "#" * (1 << 18)),)
    assert prepare(large) is prepare(large)
    larger = (("<tests 0>", "#" * ((1 << 18) + 1)),)
    assert prepare(larger) is not prepare(larger)


def test_more_of_pytest():
    found = judge(
        Reported(run_of(report=[{"names": ["a", "b", "c"]}, CALLED, ["passed", "", "a"]])), "p", PYTESTS, stop=False
    )
    assert [(one.name, str(one.outcome)) for one in found.tests] == [
        ("a", "accepted"),
        ("b", "runtime_error"),
        ("c", "runtime_error"),
    ]
    assert (found.total, found.explanation) == (3, "b: the tests did not end")
    found = judge(Reported(run_of(report=[{"names": ["a", "b"]}, CALLED, ["died", "", "a"]])), "p", PYTESTS, stop=False)
    assert (len(found.tests), found.total, found.outcome) == (1, 2, Outcome.RUNTIME_ERROR)
    found = judge(Reported(run_of(report=[{"names": ["a", "b"]}, CALLED, ["passed", "", "a"]])), "p", PYTESTS)
    assert (found.outcome, found.passed) == (Outcome.RUNTIME_ERROR, 1)
