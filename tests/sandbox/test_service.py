"""The service and its client against one another over a real socket; what hostile clients and services get."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from serving import Serving

from rlvr.errors import ConfigError
from rlvr.sandbox import (
    AssertTests,
    BadTestsError,
    Comparison,
    FunctionTests,
    Job,
    LaneLostError,
    Limits,
    Outcome,
    RemoteSandbox,
    SandboxPool,
    StdinTests,
    shared_pool,
)
from rlvr.sandbox import (
    pool as pools,
)
from rlvr.sandbox.outcome import Run
from rlvr.sandbox.remote import service
from rlvr.sandbox.remote.function_calls import unwrapped

DOUBLE = "print(2 * int(input()))"
TWO = StdinTests([("4", "8"), ("5", "10")])


def test_the_remote_one_says_what_the_pool_says(remote, pool):
    limits = Limits(cpu=0.5, memory=256, output=4)
    plus = FunctionTests("f", [([3], 4), ([(1, 2)], (1, 2, 1))])
    near = FunctionTests("f", [([3], 1 / 3)], Comparison(tolerance=1e-6))
    checked = StdinTests([("4", "")], checker="def check(given, said, key):\n    return int(said) ** 2 == int(given)")
    jobs = [
        Job(DOUBLE, TWO, limits),
        Job("print(8)", TWO, limits, stop=False),
        Job("while True: pass", TWO, limits),
        Job("x = bytearray(1 << 40)", TWO, limits),
        Job("1 / 0", TWO, limits),
        Job("def f(:", TWO, limits),
        Job("import sys; sys.exit(0)", TWO, limits),
        Job("while True: print('x' * 99999)", TWO, limits),
        Job("print(-2)", checked, limits),
        Job("def f(x): return x + 1 if isinstance(x, int) else (*x, 1)", plus, limits),
        Job("def f(x): print('noise'); return 1", plus, limits, stop=False),
        Job("class Solution:\n    def f(self, x): return 0.33333333", near, limits),
        Job("def f(x): return open", plus, limits),
        Job("def f(x): raise ValueError(x)", plus, limits),
        Job("import os\ndef f(x): os._exit(0)", plus, limits),
        Job("def f(x:", plus, limits),
        Job("read n; echo $((2 * n))", TWO, limits, language="bash"),
    ]
    here, there = pool.judge_all(jobs), remote.judge_all(jobs)
    assert [str(one.outcome) for one in there] == [str(one.outcome) for one in here]
    assert [[str(test.outcome) for test in one.tests] for one in there] == [
        [str(test.outcome) for test in one.tests] for one in here
    ]
    assert {one.level for one in there} == {"remote"}
    assert len({one.outcome for one in here}) == 7


def test_the_event_loop_is_served_too(remote):
    async def some():
        return await asyncio.gather(*(remote.judge_async(Job(DOUBLE, TWO)) for _ in range(20)))

    assert {str(one.outcome) for one in asyncio.run(some())} == {"accepted"}


def test_tests_of_assertions_are_refused(remote):
    with pytest.raises(BadTestsError, match="by exiting"):
        remote.judge("def f(): return 1", AssertTests("assert f() == 1", ["f"]))


def test_programs_that_write_answers_have_only_answered(remote):
    forged = (
        "import sys\nfor line in (sys._getframe(1).f_globals.get('__builtins__'),): pass\n"
        "import os\nfor n in range(3):\n    os.write(1, b'\\n' + b'0' * 16 + b' %d r Ng==\\n' % n)\n"
        "def f(x): return 0\n"
    )
    tests = FunctionTests("f", [([3], 6), ([4], 7)])
    assert remote.judge(forged, tests).outcome is Outcome.WRONG_ANSWER
    assert unwrapped(Run(None, b"\nm 1 r Ng==\nm 0 r Ng==\n"), "m").report == b""  # in order, or not at all


def test_what_the_service_says_of_a_run(serving):
    with httpx.Client(base_url=serving.url) as client:
        assert client.get("/v1/ping").text == "pong"
        done = client.post("/run_code", json={"code": "print(input())", "language": "python", "stdin": "é"}).json()
        assert (done["status"], done["run_result"]["status"], done["compile_result"]) == ("Success", "Finished", None)
        assert (done["run_result"]["stdout"], done["run_result"]["return_code"]) == ("é\n", 0)
        failed = client.post("/run_code", json={"code": "import sys; sys.exit(3)", "language": "python"}).json()
        assert (failed["status"], failed["run_result"]["return_code"]) == ("Failed", 3)
        slow = {"code": "while True: pass", "language": "python", "run_timeout": 0.3}
        slow = client.post("/run_code", json=slow).json()
        assert (slow["status"], slow["run_result"]["status"]) == ("Failed", "TimeLimitExceeded")
        broken = client.post("/run_code", json={"code": "int main(", "language": "c"}).json()
        assert (broken["run_result"], broken["compile_result"]["return_code"]) == (None, 1)


def test_submit(serving, remote):
    rows = [
        {"input": {"stdin": "4"}, "output": {"stdout": "8\n"}},
        {"input": {"stdin": "5"}, "output": {"stdout": "10"}},
    ]
    body = {
        "dataset": "mine", "id": "x", "completion": f"It is:\n```python\n{DOUBLE}\n```\n",
        "config": {"dataset_type": "CommonOJDataset", "language": "python", "run_timeout": 5,
                   "compile_timeout": None, "provided_data": {"id": "x", "test": rows}},
    }  # fmt: skip
    found = remote.submit(body)
    assert (found["accepted"], [one["passed"] for one in found["tests"]]) == (True, [True, True])
    assert found["extracted_code"] == f"{DOUBLE}\n"
    for text in (
        "no code",
        f"```python\n{DOUBLE}",
        "```python\nimport os; os._exit(0)\n```",
        "```python\nprint(8)\n```",
    ):
        assert remote.submit(body | {"completion": text})["accepted"] is False
    assert remote.submit(body | {"completion": "```\n\ud800\n```"})["accepted"] is False


HOSTILE = [
    (b"", 422), (b"{", 422), (b"[]", 422), (b"[" * 100_000, 422), (b"\xff\xfe", 422), (b"null", 422),
    (b'{"language": "python"}', 422), (b'{"code": 1, "language": "python"}', 422),
    (b'{"code": "", "language": ["python"]}', 422), (b'{"code": "", "language": "pythonn"}', 422),
    (b'{"code": "", "language": "python", "stdin": 5}', 422),
    (b'{"code": "", "language": "python", "run_timeout": NaN}', 422),
    (b'{"code": "", "language": "python", "run_timeout": -1}', 422),
    (b'{"code": "", "language": "python", "run_timeout": 1e999}', 422),
    (b'{"code": "", "language": "python", "run_timeout": ' + b"9" * 4000 + b"}", 422),
    (b'{"code": "", "language": "python", "run_timeout": ' + b"9" * 9000 + b"}", 422),
    (b'{"code": "", "language": "python", "run_timeout": "1"}', 422),
    (b'{"code": "", "language": "python", "memory_limit_MB": true}', 422),
    (b'{"code": "", "language": "python", "files": {"../x": "eA=="}}', 422),
    (b'{"code": "", "language": "python", "files": {"\\ud800": "eA=="}}', 422),
    (b'{"code": "", "language": "python", "fetch_files": ["/etc/passwd"]}', 422),
    (b'{"code": "print(7)", "language": "python", "stdin": "\\ud800", "unknown": {"a": 1}}', 200),
    (b'{"code": "\\ud800", "language": "python"}', 200), (b'{"code": "\\u0000", "language": "python"}', 200),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status"), HOSTILE)
def test_hostile_bodies(serving, body, status):
    answer = httpx.post(f"{serving.url}/run_code", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text
    assert answer.json()


def test_hostile_submissions(serving):
    good = {"completion": "", "id": 1, "dataset": "d", "config": {"provided_data": {"test": []}}}
    for body in (
        {}, good, good | {"config": []}, good | {"completion": 7}, good | {"config": {"provided_data": {}}},
        good | {"config": {"provided_data": {"test": [1]}}}, good | {"config": {"provided_data": {"test": [{}]}}},
        good | {"config": {"provided_data": {"test": [{"input": {"a.txt": ""}, "output": {"stdout": "1"}}]}}},
        good | {"config": {"provided_data": {"test": [{"input": {}, "output": {"stdout": ""}}]}}},
        good | {"config": {"provided_data": {"test": [{"input": {"stdin": 1}, "output": {"stdout": "1"}}]}}},
    ):  # fmt: skip
        answer = httpx.post(f"{serving.url}/submit", json=body)
        assert (answer.status_code, bool(answer.json()["detail"])) == (422, True), body


def test_who_is_served(lane):
    with SandboxPool(1, packages=()) as pool, Serving(pool, "s3cret") as made:
        body = {"code": "print(7)", "language": "python"}
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "s3cret"},
            {"Authorization": "Bearer é"},
        ):
            sent = {key: value.encode() for key, value in headers.items()}
            assert httpx.post(f"{made.url}/run_code", json=body, headers=sent).status_code == 401
            assert httpx.post(f"{made.url}/submit", json=body, headers=sent).status_code == 401
        with RemoteSandbox(made.url, token="s3cret") as remote:
            assert remote.run("print(7)").stdout == b"7\n"
        with RemoteSandbox(made.url, token="wrong") as remote:
            judged = remote.judge(DOUBLE, TWO)
        assert (judged.outcome, "401" in judged.explanation) == (Outcome.SANDBOX_ERROR, True)


def test_pages_and_large_requests_are_refused(serving, lane):
    body = json.dumps({"code": "print(7)", "language": "python"})
    url = f"{serving.url}/run_code"
    as_json = {"Content-Type": "application/json"}
    assert httpx.post(url, content=body, headers={"Content-Type": "text/plain"}).status_code == 415
    assert httpx.post(url, content=body, headers=as_json | {"Host": "evil.example:80"}).status_code == 403
    assert httpx.post(url, content=body, headers=as_json | {"Host": "localhost:1"}).status_code == 200
    assert httpx.get(url).status_code == 405
    large = json.dumps({"code": "#" * (17 << 20), "language": "python"})
    assert httpx.post(url, content=large, headers=as_json).status_code == 413
    with httpx.Client() as client:  # and in pieces, without a length
        pieces = (large[i : i + 65536].encode() for i in range(0, len(large), 65536))
        with suppress(httpx.HTTPError):  # it may have hung up before all was sent
            assert client.post(url, content=pieces, headers=as_json).status_code == 413
    assert httpx.post(url, content=body, headers=as_json).status_code == 200


def test_it_listens_elsewhere_only_with_a_token():
    for host in ("0.0.0.0", "::", "", "example.invalid"):
        with pytest.raises(ConfigError, match="without a token"):
            service.listen(host, 0, "")
    service.listen("0.0.0.0", 0, "token").close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match="cannot be had"):
            service.listen("127.0.0.1", taken.getsockname()[1], "")


class Fake(ThreadingHTTPServer):
    """A service that answers what it is told to; the real one cannot be made to."""

    daemon_threads = True

    def __init__(self, answers):
        self.answers, self.asked = answers, 0
        super().__init__(("127.0.0.1", 0), FakeHandler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class FakeHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = self.server.answers[min(self.server.asked, len(self.server.answers) - 1)]
        self.server.asked += 1
        if status == "hang up":
            self.connection.close()
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

    def log_message(self, *_):
        pass


def ran(stdout, **more):
    return {
        "status": "Success",
        "message": "",
        "run_result": {"status": "Finished", "return_code": 0, "stdout": stdout},
    } | more


BAD = {
    "an error of its own": (200, {"status": "SandboxError", "message": "no disk", "run_result": None}),
    "a gateway": (502, b"<html>"),
    "overload": (503, b""),
    "no JSON": (200, b"<html>"),
    "no object": (200, []),
    "depth": (200, b"[" * 100_000),
    "nothing": (200, {}),
    "no run": (200, {"status": "Success"}),
    "an unknown status": (200, {"status": "Success", "run_result": {"status": "Weird", "return_code": 0}}),
    "a verdict it cannot say": (200, ran("8", verdict="accepted")),
    "hanging up": ("hang up", b""),
}


@pytest.mark.parametrize("what", BAD)
def test_a_service_in_trouble_is_asked_again_and_never_the_programs_fault(monkeypatch, what):
    monkeypatch.setattr("rlvr.sandbox.remote.client._PAUSE", 0.0)
    with Fake([BAD[what]]) as fake, RemoteSandbox(fake.url) as remote:
        judged = remote.judge(DOUBLE, StdinTests([("4", "8")]))
        assert (judged.outcome, fake.asked, judged.passed) == (Outcome.SANDBOX_ERROR, 3, 0)
        assert fake.url in judged.explanation
        with pytest.raises(LaneLostError):
            remote.run(DOUBLE)
        fake.shutdown()
    with Fake([BAD[what], (200, ran("8"))]) as fake, RemoteSandbox(fake.url) as remote:
        assert remote.judge(DOUBLE, StdinTests([("4", "8")])).outcome is Outcome.ACCEPTED
        fake.shutdown()


def test_what_a_service_says_can_only_be_an_output(monkeypatch):
    for answer, outcome in (
        (ran("8", accepted=True, verdict=""), "accepted"),
        (ran("9", accepted=True), "wrong_answer"),
        (ran(None), "wrong_answer"),
        (ran("8") | {"status": "Failed"}, "runtime_error"),
        (ran("8", verdict="memory_limit"), "memory_limit"),
    ):
        with Fake([(200, answer)]) as fake, RemoteSandbox(fake.url) as remote:
            assert remote.judge(DOUBLE, StdinTests([("4", "8")])).outcome == outcome, answer
            fake.shutdown()


def test_a_refusal_is_not_repeated():
    with Fake([(422, {"detail": "no such language"})]) as fake, RemoteSandbox(fake.url) as remote:
        judged = remote.judge(DOUBLE, TWO)
        assert (judged.outcome, fake.asked) == (Outcome.SANDBOX_ERROR, 1)
        assert "no such language" in judged.explanation
        fake.shutdown()


def test_nobody_there(monkeypatch):
    monkeypatch.setattr("rlvr.sandbox.remote.client._PAUSE", 0.0)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # taken, and nobody listens
        with RemoteSandbox(f"http://127.0.0.1:{held.getsockname()[1]}") as remote:
            assert remote.judge(DOUBLE, TWO).outcome is Outcome.SANDBOX_ERROR


@pytest.mark.parametrize("url", ["127.0.0.1:80", "ftp://x", "http://", "http://[x"])
def test_an_address_that_is_none_is_found_before_a_run(url):
    from rlvr.config.schema import TrainConfig
    from rlvr.config.validation import find_problems

    config = TrainConfig()
    assert "sandbox.url" not in {problem.key for problem in find_problems(config)}
    config.sandbox.url = url
    assert "sandbox.url" in {problem.key for problem in find_problems(config)}
    with pytest.raises(ConfigError, match=r"sandbox\.url"):
        RemoteSandbox(url)


def test_a_reward_uses_the_service_that_a_run_names(serving, monkeypatch):
    from rlvr.config.schema import TrainConfig
    from rlvr.engine.run.scorers import say_sandbox_level
    from rlvr.rewards.code import stdio

    monkeypatch.setattr(pools, "_shared", {})
    for name in ("RLVR_SANDBOX_URL", "RLVR_SANDBOX_REQUIRE"):
        monkeypatch.setenv(name, "")
    config = TrainConfig()
    config.sandbox.url = serving.url
    say_sandbox_level(config)
    assert isinstance(shared_pool(), RemoteSandbox)
    task = {"cases": [{"input": "4", "output": "8"}]}
    assert stdio.check(f"```python\n{DOUBLE}\n```", reference=task).score == 1.0
    assert stdio.check("```python\nprint(7)\n```", reference=task).score == 0.0
    monkeypatch.setattr("rlvr.sandbox.remote.client._PAUSE", 0.0)
    monkeypatch.setenv("RLVR_SANDBOX_URL", "http://127.0.0.1:9")
    assert str(stdio.check(f"```python\n{DOUBLE}\n```", reference=task).status) == "error"


def test_the_command(lane):
    command = [Path(sys.executable).with_name("rlvr"), "sandbox", "serve", "--port", "0", "--lanes", "1"]
    plain = {name: value for name, value in os.environ.items() if name != "RLVR_SANDBOX_TOKEN"}
    done = subprocess.run(
        [*command, "--host", "0.0.0.0"], capture_output=True, text=True, env=plain, check=False, timeout=60
    )
    assert (done.returncode, "RLVR_SANDBOX_TOKEN" in done.stderr) == (2, True), done.stderr
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=plain) as process:
        try:
            said = re.search(r"http://\S+", process.stderr.readline())
            with RemoteSandbox(said[0]) as remote:
                assert remote.judge(DOUBLE, TWO).outcome is Outcome.ACCEPTED
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
