"""No program chooses to be unscored: what it provokes is wrong, and only what is ours is an error."""

import os
import signal
import threading

import pytest

from rlvr.sandbox import (
    AssertTests,
    HostFaultError,
    Job,
    Lane,
    LaneLostError,
    Limits,
    Outcome,
    PytestTests,
    SandboxPool,
    StdinTests,
    memory_files,
)
from rlvr.sandbox.judges import control
from rlvr.sandbox.judges.control import settle, stub_for
from rlvr.sandbox.outcome import CaseResult, Judgement

UNREADABLE = "def check(given, output, expected):\n    a, b = map(int, output.split())\n    return a + b == 5\n"
BROKEN = "def check(given, output, expected):\n    return no_such_name\n"


@pytest.mark.parametrize(
    ("program", "checker", "outcome"),
    [
        ("print(1, 4)", UNREADABLE, Outcome.ACCEPTED),
        ("print(1, 5)", UNREADABLE, Outcome.WRONG_ANSWER),
        ("pass", UNREADABLE, Outcome.WRONG_ANSWER),
        ("print('x' * 9)", UNREADABLE, Outcome.WRONG_ANSWER),
        ("print(1, 4)", BROKEN, Outcome.SANDBOX_ERROR),
        ("print(1, 4)", "def check(:", Outcome.SANDBOX_ERROR),
        ("print(1, 4)", "def check(i, o, e): return 'yes'", Outcome.SANDBOX_ERROR),
        ("print('x')", "def check(i, o, e): return o == e or 'no'", Outcome.WRONG_ANSWER),
    ],
)
def test_a_checker_that_fails_is_tried_on_the_expected_output(pool, program, checker, outcome):
    assert pool.judge(program, StdinTests([("", "2 3")], checker=checker)).outcome is outcome


def test_a_checker_without_an_expected_output_is_tried_on_others(pool):
    numbers = "def check(given, output, expected):\n    return int(output) > 5\n"
    assert pool.judge("print('x')", StdinTests([("1", "")], checker=numbers)).outcome is Outcome.WRONG_ANSWER
    assert pool.judge("print(6)", StdinTests([("1", "")], checker=numbers)).outcome is Outcome.ACCEPTED
    seven = "def check(i, o, e):\n    a, b, c, d, e, f, g = map(int, o.split())\n    return a < g\n"
    rare = StdinTests([("1", "")], checker=seven)
    assert pool.judge("print('x')", rare).outcome is Outcome.SANDBOX_ERROR  # nothing shows that it works
    assert pool.judge("print('x')", rare, solution="print(*range(7))").outcome is Outcome.WRONG_ANSWER


def test_an_output_that_a_checker_evaluates_is_data(pool):
    checker = "def check(given, output, expected):\n    return eval(output) == 24\n"
    tests = StdinTests([("4 6", "")], checker=checker)
    assert pool.judge("print('4 * 6')", tests).outcome is Outcome.ACCEPTED
    assert pool.judge("print('4 + 6')", tests).outcome is Outcome.WRONG_ANSWER
    for text in ("__import__('os')._exit(0)", "(lambda: 24)()", "open", "[24 for _ in (1,)][0]", "check.__code__"):
        assert pool.judge(f"print({text!r})", tests).outcome is Outcome.WRONG_ANSWER, text


PROVOKED = {
    "leaving while tests are collected": ("import os, threading\nthreading.Timer(0.02, os._exit, [0]).start()\n"
        "def g():\n    import time; time.sleep(0.1)\n    return [1]\ndef f(x): return 0"),
    "no list of parameters": "def g(): return None\ndef f(x): return 0",
    "an object for parameters": "class A: pass\ndef g(): return A()\ndef f(x): return 0",
    "an error while parameters are made": "def g(): raise ModuleNotFoundError('no')\ndef f(x): return 0",
    "leaving while parameters are made": "import os\ndef g(): os._exit(0)\ndef f(x): return 0",
    "no such names": "x = 1",
    "a module that raises": "def __getattr__(name): raise ModuleNotFoundError('no')",
    "a module that leaves": "import os\ndef __getattr__(name): os._exit(0)",
    "a program that is none": "def f(:",
}  # fmt: skip
PARAMETERS = """
import pytest
from solution import f, g
@pytest.mark.parametrize('x', g())
def test_a(x):
    assert f(x) == 1
"""


@pytest.mark.parametrize("what", PROVOKED)
def test_what_a_program_does_to_the_collection_is_its_failure(pool, what):
    found = pool.judge(PROVOKED[what], PytestTests(PARAMETERS), Limits(cpu=1.0))
    assert found.outcome not in (Outcome.ACCEPTED, Outcome.SANDBOX_ERROR), found
    assert found.explanation


def test_parameters_of_a_right_program_are_collected(pool):
    program = "def g(): return [1, 2]\ndef f(x): return 1"
    assert pool.judge(program, PytestTests(PARAMETERS)).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    "error", ["KeyboardInterrupt", "SystemExit", "GeneratorExit", "StopIteration", "BaseException"]
)
def test_names_that_raise_when_they_are_looked_up_are_failures(pool, error):
    program = f"def __getattr__(name): raise {error}"
    found = pool.judge(program, AssertTests("assert Stack().x == 5", ["Stack"]))
    assert found.outcome is Outcome.RUNTIME_ERROR, found


def test_tests_that_nobody_gets_a_verdict_from_are_our_error(pool):
    for tests in (
        AssertTests("assert f(", ["f"]),
        AssertTests("assert True", ["f"]),
        PytestTests("import no_such_module\nfrom solution import f\ndef test_a(): assert f(1) == 1"),
        PytestTests("def test_a(:"),
    ):
        assert pool.judge("def f(x): return x", tests).outcome is Outcome.SANDBOX_ERROR, tests
        assert pool.judge("def f(x): return x", tests, solution="def f(x): return x").outcome is Outcome.SANDBOX_ERROR


def test_a_solution_shows_that_the_program_is_at_fault(pool):
    """Only where the program's answer is odd do these tests hand over what cannot cross."""
    tests = AssertTests("import sys\nassert f(sys if f(1) == 0 else 2) == 3", ["f"])
    alone = pool.judge("def f(x): return 0", tests)
    assert (alone.outcome, "sys" in alone.explanation or "module" in alone.explanation) == (Outcome.SANDBOX_ERROR, True)
    right = "def f(x): return x + 1"
    assert pool.judge(right, tests, solution=right).outcome is Outcome.ACCEPTED
    found = pool.judge("def f(x): return 0", tests, solution=right)
    assert (found.outcome, "reference solution" in found.explanation) == (Outcome.RUNTIME_ERROR, True)


def test_what_the_tests_cannot_hand_over_is_named(pool):
    tests = AssertTests("import sys\nassert f(sys) == 3", ["f"])
    found = pool.judge("def f(x): return 3", tests, solution="def f(x): return 3")
    assert found.outcome is Outcome.SANDBOX_ERROR
    assert "builtins.module" in found.explanation


def test_what_a_program_cannot_hand_over_is_wrong(pool):
    deep = "def f(x):\n    r = []\n    for _ in range(5000): r = [r]\n    return r"
    for tests in (
        AssertTests("assert f(1) == [[]]", ["f"]),
        PytestTests("from solution import f\ndef test_a(): assert f(1) == 1"),
    ):
        found = pool.judge(deep, tests)
        assert found.outcome in (Outcome.RUNTIME_ERROR, Outcome.WRONG_ANSWER), found
        assert "nested too deeply" in found.explanation


def unscored(**changes):
    return Judgement(
        Outcome.SANDBOX_ERROR, (CaseResult(Outcome.SANDBOX_ERROR),), 1, explanation="test 1: no", **changes
    )


def test_a_control_is_asked_once_for_the_same_tests():
    control._works.clear()
    asked = []

    def try_control(source):
        asked.append(source)
        return Judgement(Outcome.WRONG_ANSWER)

    tests = AssertTests("assert f(1) == 2", ["f"])
    for _ in range(3):
        assert settle(unscored(), tests, "", try_control).outcome is Outcome.RUNTIME_ERROR
    assert asked == [stub_for(tests)]
    settle(unscored(), tests, "def f(x): return 2", try_control)
    settle(unscored(), AssertTests("assert f(1) == 3", ["f"]), "", try_control)
    assert len(asked) == 3


def test_a_control_without_a_verdict_leaves_the_error():
    control._works.clear()
    tests = AssertTests("assert f(1) == 4", ["f"])
    assert settle(unscored(), tests, "", lambda _: unscored()) == unscored()


def test_a_lane_lost_over_one_program_alone_is_its_failure(lane, monkeypatch):
    control._works.clear()
    run = Lane.run

    def lost(self, source, *given, **named):
        if "boom" in source:
            raise LaneLostError("The lane ended.")
        return run(self, source, *given, **named)

    monkeypatch.setattr(Lane, "run", lost)
    with SandboxPool(1, packages=()) as pool:
        found = pool.judge("print(1)  # boom", StdinTests([("", "1")]))
        assert (found.outcome, "3 lanes" in found.explanation) == (Outcome.RUNTIME_ERROR, True)
        assert pool.judge("print(1)", StdinTests([("", "1")])).outcome is Outcome.ACCEPTED


def test_what_this_side_has_seen_fail_is_our_error(lane, monkeypatch):
    def refuse():
        raise OSError(28, "No space left on device")

    with SandboxPool(1, packages=()) as pool:
        monkeypatch.setattr(memory_files, "fresh", refuse)
        found = pool.judge("print(1)", StdinTests([("", "1")]))
        assert (found.outcome, "No space left" in found.explanation) == (Outcome.SANDBOX_ERROR, True)
        monkeypatch.undo()
        assert pool.judge("print(1)", StdinTests([("", "1")])).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("which", ["outside", "inside"])
def test_a_fork_server_that_is_killed_from_outside_is_known_by_it(lane, which):
    with Lane() as mine:
        pid = mine.pid
        if which == "inside":
            pid = int(open(f"/proc/{pid}/task/{pid}/children").read().split()[0])  # noqa: PTH123, SIM115
        threading.Timer(0.2, os.kill, [pid, signal.SIGKILL]).start()
        with pytest.raises(HostFaultError):
            mine.run("while True: pass", limits=Limits(cpu=5.0))


RIGHTS = {
    "mode": "os.chmod('.', 0)",
    "mode of another name": "os.chmod('/tmp', 0o111)",
    "a descriptor": "os.fchmod(os.open('.', os.O_RDONLY), 0)",
    "attributes": "os.setxattr('.', 'user.mark', b'x')",
    "an access list": "os.setxattr('.', 'system.posix_acl_access', bytes.fromhex("
    "'0200000001000000ffffffff04000000ffffffff20000000ffffffff'))",
    "files": "os.mkdir('a'); os.mkdir('a/b'); os.chmod('a/b', 0); os.chmod('a', 0); os.chmod('.', 0)",
    "times": "os.utime('.', (9, 9))",
    "group": "os.chmod('.', 0o2700)",
}
TRACES = (
    "import os\ns = os.stat('.')\ntry: marks = os.listxattr('.')\nexcept OSError: marks = []\n"
    "print(oct(s.st_mode), int(s.st_mtime), os.listdir('.'), marks)"
)


@pytest.mark.parametrize("what", RIGHTS)
def test_no_program_takes_the_folder_or_leaves_a_trace_in_it(lane, what):
    before = lane.run(TRACES).stdout
    run = lane.run(f"import os\ntry: {RIGHTS[what]}\nexcept OSError: pass\nprint(2)")
    assert (run.ending, run.stdout, lane.dirty) == (None, b"2\n", False)
    assert lane.run(TRACES).stdout == before == b"0o40700 0 ['solution.py'] []\n"  # its own


def test_a_program_too_large_for_its_memory_has_used_it_up(lane):
    run = lane.run("x = 1\n" * (8 << 20), limits=Limits(memory=16))
    assert run.ending is Outcome.MEMORY_LIMIT


def test_the_folder_is_no_obstacle_to_the_next_job(pool):
    jobs = [Job("import os\nos.chmod('.', 0)\nprint(2)", StdinTests([("", "2"), ("", "2")])) for _ in range(8)]
    assert {one.outcome for one in pool.judge_all(jobs)} == {Outcome.ACCEPTED}


def test_what_a_program_says_can_be_written_down(pool):
    program = "def f(x): raise ValueError('\\ud800')"
    in_pytest = PytestTests("from solution import f\ndef test_a(): assert f(1) == 1")
    for tests in (AssertTests("assert f(1) == 1", ["f"]), in_pytest):
        found = pool.judge(program, tests)
        assert found.outcome is Outcome.RUNTIME_ERROR
        assert "\\ud800" in found.explanation.encode().decode()
