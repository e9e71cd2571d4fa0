"""No attack is rewarded, the next program is unharmed, nothing stays behind; as root and as a plain user."""

import json
import secrets
import socket
from itertools import islice
from pathlib import Path

import pytest
from sandbox_attacks import ASSERT, FUNCTION, PYTEST, RESOURCES, STDIN, wrong_functions, wrong_programs

from rlvr.sandbox import Lane, Limits, Outcome, checks
from rlvr.sandbox.checks import read_tests
from rlvr.sandbox.judges.judging import judge
from rlvr.sandbox.rows import judge_rows

RIGHT = "def tri(n): return n * (n + 1) // 2\n"
TIGHT = Limits(cpu=0.4, wall=1.5, memory=256, output=4)


def check_unharmed(lane):
    found = judge(lane, RIGHT, read_tests("function", FUNCTION["tests"]))
    assert found.outcome is Outcome.ACCEPTED, found


@pytest.fixture(scope="module")
def pytest_lane(lane):
    with Lane(preload=checks.PYTEST[:1], packages=checks.PYTEST[1:]) as found:
        yield found


@pytest.mark.parametrize("form", [FUNCTION, ASSERT, PYTEST], ids=["function", "assert", "pytest"])
def test_wrong_functions_earn_nothing(lane, pytest_lane, form):
    lane = pytest_lane if form is PYTEST else lane
    tests = read_tests(form["kind"], form["tests"])
    rewarded, ours = [], []
    for name, program in islice(wrong_functions(), 0, None, 5 if form is PYTEST else 1):
        found = judge(lane, program, tests, TIGHT)
        if found.outcome is Outcome.ACCEPTED:
            rewarded.append(name)
        if found.outcome is Outcome.SANDBOX_ERROR:
            ours.append((name, found.explanation))
        assert found.passed <= 1, name  # a constant may be the answer of one test
    assert rewarded == []
    assert ours == []
    check_unharmed(lane)
    assert judge(lane, RIGHT, tests).outcome is Outcome.ACCEPTED


def test_wrong_programs_earn_nothing(lane):
    tests = read_tests("stdin", STDIN["tests"])
    for name, program in wrong_programs():
        found = judge(lane, program, tests, TIGHT, stop=False)
        assert found.outcome not in (Outcome.ACCEPTED, Outcome.SANDBOX_ERROR), (name, found)
        assert found.passed <= 1, name  # a constant may be the answer of one test
    check_unharmed(lane)


@pytest.mark.parametrize("what", RESOURCES)
def test_exhaustion_ends_the_program_alone(lane, what):
    run = lane.run(RESOURCES[what], limits=TIGHT)
    assert run.ending is not None
    assert run.wall < 3
    assert len(run.stdout) <= 4 << 20
    assert not lane.dirty
    check_unharmed(lane)


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """What the rows of the data file want of the host, and what they are told of it."""
    token = secrets.token_hex(16)
    secret = tmp_path / "secret"
    secret.write_text(token)
    secret.chmod(0o600)
    monkeypatch.setenv("SECRET_TOKEN", token)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"\0{token}")
        listening.listen()
        words = {"@FILE@": secret, "@TOKEN@": token, "@SINK@": tmp_path / "sink", "@DIR@": tmp_path, "@ABS@": token}
        yield tmp_path, {word: str(one) for word, one in words.items()}


def rows_of(file, words):
    for line in file.read_text().splitlines():
        for word, one in words.items():
            line = line.replace(word, one)  # noqa: PLW2901
        yield json.loads(line)


def test_the_attack_sample(pool, data, planted):
    folder, words = planted
    before = set(Path("/dev/shm").iterdir())
    rows = list(rows_of(data / "attacks_sample.jsonl", words))
    for row in rows:
        if "pre" in row:
            pool.run(row["pre"])
    found = list(judge_rows(pool, rows))
    initials = {row["id"]: Outcome(row["verdict"]).initials for row in found}
    assert {
        row["id"]: initials[row["id"]] for row in rows if initials[row["id"]] not in row["expected"].split("|")
    } == {}
    assert [one.name for one in folder.iterdir()] == ["secret"]
    assert set(Path("/dev/shm").iterdir()) == before


def test_the_legit_sample(pool, data, planted):
    found = list(judge_rows(pool, rows_of(data / "legit_sample.jsonl", planted[1])))
    assert [(row["id"], row["explanation"]) for row in found if row["verdict"] != "accepted"] == []
    assert len(found) == 21


PLAIN = """
import json, sys
sys.path.insert(0, {here!r})
from sandbox_attacks import ASSERT, FUNCTION, STDIN, wrong_functions, wrong_programs
from rlvr.sandbox import Limits, SandboxPool
from rlvr.sandbox.rows import judge_rows
rows = [form | {{"id": name, "program": text, "limits": {{"cpu": 0.4, "wall": 1.5, "memory": 256}}}}
        for form in (FUNCTION, ASSERT) for name, text in wrong_functions()]
rows = rows[::3] + [STDIN | {{"id": name, "program": text, "limits": {{"cpu": 0.4, "wall": 1.5}}}}
                    for name, text in wrong_programs()]
rows.append(FUNCTION | {{"id": "right", "program": {right!r}}})
with SandboxPool(2) as pool:
    print(json.dumps([[row["id"], row["verdict"], row["level"]] for row in judge_rows(pool, rows)]))
"""


def test_a_plain_user_is_as_safe(lane, elsewhere, tmp_path):
    here = Path(__file__).parent
    found = elsewhere(PLAIN.format(here=str(here), right=RIGHT), uid=12345)
    assert found[-1][:2] == ["right", "accepted"]
    assert [row for row in found[:-1] if row[1] in ("accepted", "sandbox_error")] == []
    assert {row[2] for row in found} == {"strict"}


STANDARD = """
import json, os, socket, sys, threading, time
sys.path.insert(0, {here!r})
from sandbox_attacks import ASSERT, FUNCTION, PYTEST, RESOURCES, STDIN, wrong_functions, wrong_programs
from rlvr.errors import RlvrError
from rlvr.sandbox import Level, Limits, SandboxPool
from rlvr.sandbox.rows import judge_rows
open({file!r}, "w").write({token!r})
os.environ["SECRET_TOKEN"] = {token!r}
listening = socket.socket(socket.AF_UNIX)
listening.bind("\\0" + {token!r})
listening.listen()
threads, cpus = threading.active_count(), os.sched_getaffinity(0)
limits = {{"cpu": 0.4, "wall": 1.5, "memory": 256, "output": 4}}
rows = [form | {{"id": name, "program": text, "limits": limits}}
        for form in (FUNCTION, ASSERT) for name, text in wrong_functions()][::8]
rows += [STDIN | {{"id": name, "program": text, "limits": limits}} for name, text in wrong_programs()]
rows += [STDIN | {{"id": name, "program": text, "limits": limits}} for name, text in RESOURCES.items()]
rows += [STDIN | {{"id": name, "program": text, "limits": limits}} for name, text in {host}.items()]
rows.append(FUNCTION | {{"id": "right", "program": {right!r}}})
try:
    with SandboxPool(2, Level.STANDARD, packages=()) as pool:
        found = [[row["id"], row["verdict"], row["level"], row["passed"], row["explanation"]]
                 for row in judge_rows(pool, rows, stop=False)]
except RlvrError as error:
    print(json.dumps({{"refused": str(error)}}))
    sys.exit()
mine = []
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if open("/proc/%s/stat" % pid).read().rpartition(")")[2].split()[1] == str(os.getpid()):
            mine.append(open("/proc/%s/cmdline" % pid).read())
    except OSError:
        pass
print(json.dumps({{"found": found, "file": open({file!r}).read(), "mine": mine, "cpus": os.sched_getaffinity(0) == cpus,
                  "priority": os.getpriority(os.PRIO_PROCESS, 0)}}))
"""
HOST = {
    "a file of the host": "print(open('@FILE@').read() and 6)",
    "writing to it": "open('@FILE@', 'w').write('x'); print(6)",
    "removing it": "import os; os.remove('@FILE@'); print(6)",
    "the environment": "import os; print(6 if os.environ['SECRET_TOKEN'] else 6)",
    "an abstract socket": "import socket; s = socket.socket(socket.AF_UNIX); s.connect('\\0@TOKEN@'); print(6)",
    "the parent": "import os; os.kill(os.getppid(), 9); os.kill(os.getppid(), 19); print(6)",
    "all others": "import os\nfor p in range(2, 99999):\n"
    " if p != os.getpid():\n  try: os.kill(p, 9); print(6)\n  except OSError: pass",
    "their memory": "import os\nfor p in range(1, 99999):\n"
    " if p != os.getpid():\n  try: open(f'/proc/{p}/mem', 'rb'); print(6)\n  except OSError: pass",
    "the network": "import socket; socket.create_connection(('127.0.0.1', 22)); print(6)",
    "a process": "import subprocess; print(subprocess.check_output(['echo', '6']))",
    "shared memory": "import multiprocessing.shared_memory as m; m.SharedMemory('x' * 9, True, 99); print(6)",
}


@pytest.mark.parametrize("container", ["docker", "no-user-namespaces"])
@pytest.mark.parametrize("uid", [0, 12345])
def test_a_container_without_namespaces_is_as_safe(elsewhere, uid, container):
    token = secrets.token_hex(8)
    file = f"/tmp/rlvr-canary-{token}"
    host = repr({name: text.replace("@FILE@", file).replace("@TOKEN@", token) for name, text in HOST.items()})
    here = str(Path(__file__).parent)
    try:
        said = elsewhere(
            STANDARD.format(here=here, right=RIGHT, file=file, token=token, host=host),
            uid=uid,
            container=container,
            timeout=280,
        )
    finally:
        Path(file).unlink(missing_ok=True)
    if "refused" in said:
        pytest.skip(f"no Landlock from ABI 6 on: {said['refused']}")
    *attacks, right = said["found"]
    assert right[:3] == ["right", "accepted", "standard"]
    assert [row for row in attacks if row[1] in ("accepted", "sandbox_error")] == []
    assert [row for row in attacks if row[0] in HOST and row[3]] == []
    assert {row[2] for row in attacks} == {"standard"}
    assert (said["file"], said["cpus"], said["priority"], said["mine"]) == (token, True, 0, [])
