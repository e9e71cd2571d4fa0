"""What becomes of programs, in every word there is; and that nothing of one reaches the next."""

import os
import signal
import threading
import time

import pytest

from rlvr.sandbox import (
    AssertTests,
    BadTestsError,
    Comparison,
    FunctionTests,
    Lane,
    LaneLostError,
    Level,
    Limits,
    Outcome,
    StdinTests,
    read_tests,
)
from rlvr.sandbox.confine.limits import LimitsError
from rlvr.sandbox.judges.judging import judge

ENDINGS = {
    "print(1)": None,
    "while True: pass": Outcome.TIME_LIMIT,
    "import time; time.sleep(9)": Outcome.TIME_LIMIT,
    "x = bytearray(1 << 31)": Outcome.MEMORY_LIMIT,
    "while True: print('x' * 99999)": Outcome.OUTPUT_LIMIT,
    "1 / 0": Outcome.RUNTIME_ERROR,
    "import sys; sys.exit(3)": Outcome.RUNTIME_ERROR,
    "import ctypes; ctypes.string_at(0)": Outcome.RUNTIME_ERROR,
    "def f(:": Outcome.COMPILE_ERROR,
    "\0": Outcome.COMPILE_ERROR,
    "import sys; sys.exit(0)": None,
    "raise SystemExit": None,
}


@pytest.mark.parametrize("program", ENDINGS)
def test_endings(lane, program):
    run = lane.run(program, limits=Limits(cpu=0.4, wall=1.0, output=4))
    assert run.ending == ENDINGS[program], run


def test_judgements(lane):
    two = StdinTests([("1", "2"), ("2", "3")])
    assert judge(lane, "print(int(input()) + 1)", two).outcome is Outcome.ACCEPTED
    wrong = judge(lane, "print(2)", two, stop=False)
    assert (wrong.outcome, wrong.passed, wrong.total) == (Outcome.WRONG_ANSWER, 1, 2)
    assert "2 of 2" in wrong.explanation
    assert "3" not in wrong.explanation.removeprefix("test 2 of 2")  # the key is told to nobody
    checked = StdinTests([("4", "")], checker="def check(given, said, key):\n    return int(said) ** 2 == int(given)")
    assert judge(lane, "print(-2)", checked).outcome is Outcome.ACCEPTED
    assert judge(lane, "print(3)", checked).outcome is Outcome.WRONG_ANSWER
    broken = StdinTests([("4", "")], checker="def check(given, said, key):\n    return 'yes'")
    assert judge(lane, "print(3)", broken).outcome is Outcome.SANDBOX_ERROR
    parts = AssertTests(["assert f(1) == 1", "assert f(2) == 3", "assert f(3) == 3"], ["f"])
    found = judge(lane, "def f(x): return x", parts, stop=False)
    assert [str(one.outcome) for one in found.tests] == ["accepted", "wrong_answer", "accepted"]
    assert judge(lane, "def f(x): return x", AssertTests("assert True", ["f"])).outcome is Outcome.SANDBOX_ERROR
    assert judge(lane, "def f(x): return x", AssertTests("assert f(", ["f"])).outcome is Outcome.SANDBOX_ERROR
    assert judge(lane, "def f(:", FunctionTests("f", [([1], 1)])).outcome is Outcome.COMPILE_ERROR
    assert judge(lane, "def f(x):\n while 1: pass", AssertTests("f(1)", ["f"]), Limits(cpu=0.3)).outcome == "time_limit"
    near = FunctionTests("f", [([3], 1 / 3)], Comparison(tolerance=1e-6))
    assert judge(lane, "def f(x): return 0.3333333", near).outcome is Outcome.ACCEPTED


def test_what_a_program_may_rely_on(lane):
    for program, said in {
        "import sys; sys.setrecursionlimit(10**6)\nfrom functools import lru_cache\n"
        "@lru_cache(None)\ndef f(n): return n and f(n - 1) + 1\nprint(f(50000))": b"50000\n",
        "import asyncio\nasync def f(): await asyncio.sleep(0); print(7)\nasyncio.run(f())": b"7\n",
        "import threading\nt = threading.Thread(target=lambda: print(7)); t.start()": b"7\n",
        "import atexit\natexit.register(print, 7)": b"7\n",
        "import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'7'); print(7)": b"7\n",
        "import multiprocessing.dummy as m\nprint(sum(m.Pool(3).map(int, '124')))": b"7\n",
        "if __name__ == '__main__': print(7)": b"7\n",
        "print(open(0).read())": b"7\n",
        "import random\nprint(random.random())": b"0.8444218515250481\n",
    }.items():
        run = lane.run(program, b"7", Limits(cpu=3.0))
        assert (run.ending, run.stdout) == (None, said), (program, run)


def test_several_processes_where_they_are_allowed(lane):
    program = (
        "import multiprocessing as m\nif __name__ == '__main__':\n  with m.Pool(2) as p: print(p.map(abs, [-1, -2]))"
    )
    assert lane.run(program, limits=Limits(processes=16)).stdout == b"[1, 2]\n"
    assert lane.run(program).ending is not None


LEAVES = (
    "import builtins, json, os, sys, time, random\nTOKEN = 'left' + 'over' * 3\n"
    "open('left', 'w').write(TOKEN); os.mkdir('d'); os.symlink('/', 'd/root')\n"
    "builtins.len = lambda x: 0; json.dumps = None; sys.modules['math'] = None; sys.path.append('/evil')\n"
    "os.environ['LEFT'] = '1'; os.umask(0o777); os.chdir('/'); random.seed(5)\n"
    "sys.setrecursionlimit(99); sys.stdin = None\n"
)
LOOKS = """
import ctypes, json, math, os, sys
mask = os.umask(0)
print(os.listdir('.'), len('ab'), json.dumps(1), math.pi > 3, '/evil' in sys.path, os.environ.get('LEFT'), mask)
print(os.getcwd(), sys.getrecursionlimit())
secret, own = bytes(reversed(b'REHTONA-FO-TERCES')), bytes(reversed(b'NWO-YM-FO-GNIHTEMOS'))
found = control = 0
for line in open('/proc/self/maps'):
    span, rights = line.split()[:2]
    if 'rw' not in rights:
        continue
    low, high = (int(one, 16) for one in span.split('-'))
    there = ctypes.string_at(low, high - low)
    found += there.count(secret) - (low <= id(secret) < high)
    control += there.count(own)
print(found > 0, control > 0)
"""


def test_nothing_of_a_program_reaches_the_next(lane):
    fresh = lane.run(LOOKS)
    assert fresh.ending is None, fresh
    assert fresh.stdout.endswith(b"False True\n")
    lane.run(f"{LEAVES}\nTHIS = 'SECRET-OF-ANOTHER'\n", b"SECRET-OF-ANOTHER")
    assert lane.run(LOOKS).stdout == fresh.stdout
    judge(lane, "def f(x): return x", AssertTests("SECRET = 'SECRET-OF-ANOTHER'\nassert f(1) == 1", ["f"]))
    judge(lane, "def f(x): return x", FunctionTests("f", [(["SECRET-OF-ANOTHER"], "SECRET-OF-ANOTHER")]))
    assert lane.run(LOOKS).stdout == fresh.stdout


def test_a_program_sees_no_other_process_and_little_of_the_host(lane):
    run = lane.run("import os\nprint(sorted(p for p in os.listdir('/proc') if p.isdigit()) == [str(os.getpid())])")
    assert run.stdout in (b"True\n", b"False\n")
    assert lane.run("import os\nprint(len([p for p in os.listdir('/proc') if p.isdigit()]) <= 2)").stdout == b"True\n"
    assert lane.run("print(open('/proc/1/environ').read())").ending is Outcome.RUNTIME_ERROR
    assert b"RLVR" not in lane.run("import os\nprint(os.environ)").stdout
    for path in ("/etc/shadow", "/etc/hostname", "/root/.ssh", "/home", __file__):
        assert lane.run(f"open({path!r})").ending is Outcome.RUNTIME_ERROR


def test_lanes_cannot_meet(lane):
    with Lane() as other:
        lane.run("open('/tmp/meet', 'w').write('x')\nopen('/dev/shm/meet', 'w').write('x')")
        spread = "import os, time\nopen('/tmp/now', 'w').write('x')\ntime.sleep(0.5)"
        thread = threading.Thread(target=lane.run, args=(spread,))
        thread.start()
        time.sleep(0.2)
        seen = other.run("import os\nprint(os.listdir('/tmp'), os.listdir('/dev/shm'))").stdout
        thread.join()
    assert seen == b"['solution.py'] ['solution.py']\n"  # its own


def test_a_lane_that_is_killed_says_so():
    lane = Lane(Level.NONE)
    os.kill(lane.pid, signal.SIGKILL)
    with pytest.raises(LaneLostError):
        lane.run("print(1)")


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("stdin", {"cases": []}),
        ("stdin", {"cases": [{"input": "1"}]}),
        ("stdin", {"cases": [{"input": "1", "output": ""}]}),
        ("stdin", {}),
        ("function", {"fn_name": "a b", "cases": [{"args": [], "expected": 1}]}),
        ("function", {"fn_name": "f", "cases": []}),
        ("assert", {"code": "", "entry": ["f"]}),
        ("assert", {"code": "assert f()", "entry": []}),
        ("stdio", {}),
    ],
)
def test_tests_that_judge_nothing_are_refused(kind, row):
    with pytest.raises(BadTestsError):
        read_tests(kind, row)


def test_limits_that_are_none():
    for wrong in ({"cpu": 0}, {"memory": -1}, {"cpu": float("nan")}, {"time": 1}):
        with pytest.raises(LimitsError):
            Limits.of(wrong)
