"""What the service is asked for: batches that come at once, files, tests in a text; what it does not offer is named."""

import asyncio
import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from serving import Serving

from rlvr.sandbox import LaneLostError, SandboxPool
from rlvr.sandbox.errors import BadFilesError
from rlvr.sandbox.files import Files
from rlvr.sandbox.interface import RunJob
from rlvr.sandbox.remote import service

DOUBLE = "print(2 * int(input()))"


def ask_together(url, bodies, timeout=60):
    async def many():
        async with httpx.AsyncClient(timeout=timeout, limits=httpx.Limits(max_connections=None)) as client:
            return await asyncio.gather(*(client.post(f"{url}/run_code", json=body) for body in bodies))

    return asyncio.run(many())


def test_who_finds_no_room_waits_for_it(lane):
    body = {"code": "import time; time.sleep(0.05); print(7)", "language": "python"}
    with SandboxPool(1, packages=()) as pool, Serving(pool, requests=4) as made:
        assert [one.status_code for one in ask_together(made.url, [body] * 40)] == [200] * 40
    size = len(json.dumps(body))
    for mib, served in ((0, 40), (1, 40)):  # a request that is larger than all room goes in alone
        with SandboxPool(1, packages=()) as pool, Serving(pool, requests=4, waiting_mib=mib) as made:
            found = ask_together(made.url, [body | {"stdin": "x" * size}] * 40)
            assert [one.status_code for one in found].count(200) == served


def test_who_waits_too_long_is_told_to_ask_again_and_finds_the_answer(lane, monkeypatch):
    monkeypatch.setattr(service, "_BEYOND", 0.1)
    slow = "import time; time.sleep(1.2)"
    body = {"code": slow, "language": "python", "compile_timeout": 0.05, "run_timeout": 0.05}
    with SandboxPool(1, packages=()) as pool, Serving(pool) as made:
        runs, run_job = [], pool.run_job
        monkeypatch.setattr(pool, "run_job", lambda job, **more: runs.append(job.stdin) or run_job(job, **more))
        found = ask_together(made.url, [body, body | {"stdin": "another"}])
        assert [one.status_code for one in found] == [504, 504]
        assert "Retry-After" in found[0].headers
        asked = time.time()
        while (again := httpx.post(f"{made.url}/run_code", json=body)).status_code == 504 and time.time() < asked + 30:
            time.sleep(0.1)
        assert again.status_code == 200
        assert sorted(runs) == [b"", b"another"]  # it was run once, however often it was asked for
        assert httpx.post(f"{made.url}/run_code", json=body).status_code == 504
        assert len(runs) == 3  # and its answer was given once


def test_without_room_for_long_it_is_504(lane, monkeypatch):
    monkeypatch.setattr(service, "_ROOM_PATIENCE", 0.2)
    body = {"code": "import time; time.sleep(0.6)", "language": "python"}
    with SandboxPool(1, packages=()) as pool, Serving(pool, requests=1) as made:
        found = sorted(one.status_code for one in ask_together(made.url, [body] * 3))
    assert found == [200, 504, 504]


def test_a_client_that_leaves_gives_its_place_up(lane):
    slow = {"code": "import time; time.sleep(0.5)", "language": "python"}
    with SandboxPool(1, packages=()) as pool, Serving(pool, requests=2) as made:
        with pytest.raises(httpx.ReadTimeout):
            ask_together(made.url, [slow] * 2, timeout=0.2)
        assert httpx.post(f"{made.url}/run_code", json=slow | {"stdin": "x"}, timeout=30).status_code == 200


@pytest.mark.slow
def test_a_batch_of_verls_own_client_is_judged_whole(lane):
    from verl.utils.reward_score.sandbox_fusion import compute_score

    right = "```python\nimport time\ntime.sleep(0.1)\nprint(2 * int(input()))\n```"
    wrong = right.replace("2 *", "3 *")
    tests = {"inputs": ["4\n"], "outputs": ["8\n"]}
    with (
        SandboxPool(2, packages=()) as pool,
        Serving(pool, requests=64) as made,
        ThreadPoolExecutor(128) as threads,
    ):
        url = f"{made.url}/run_code"
        asked = [threads.submit(compute_score, url, None, 1024, (right, wrong)[i % 2], tests) for i in range(128)]
        found = [one.result() for one in asked]
    assert [score for score, _ in found] == [1.0, 0.0] * 64
    assert {row["status"] for _, rows in found for row in rows} == {"success", "wrong_answer"}


FILES = {
    "a file": ({"a.txt": "42"}, [], "print(open('a.txt').read())", {}),
    "in a folder": ({"d/e/a.txt": "42"}, [], "print(open('d/e/a.txt').read())", {}),
    "a module": ({"helper.py": "def f(): return 42"}, [], "import helper\nprint(helper.f())", {}),
    "what it writes": ({}, ["out.txt"], "open('out.txt', 'w').write('7')\nprint(42)", {"out.txt": "7"}),
    "written as ./": ({"./a": "42"}, ["./a"], "print(open('a').read())", {"./a": "42"}),
    "changed": ({"a": "4"}, ["a", "none"], "open('a', 'a').write('2')\nprint(open('a').read())", {"a": "42"}),
    "of a folder": ({}, ["d/x"], "import os\nos.mkdir('d')\nopen('d/x', 'w').write('7')\nprint(42)", {"d/x": "7"}),
    "no file": ({}, ["d", "s"], "import os\nos.mkdir('d')\nos.symlink('/etc', 's')\nprint(42)", {}),
    "past a link": ({}, ["s/environ", "s/status"], "import os\nos.symlink('/proc/self', 's')\nprint(42)", {}),
    "its own text": ({}, ["solution.py"], "print(42)", {"solution.py": "print(42)"}),
    "instead of its own": ({"solution.py": "x = 42"}, [], "from solution import x\nprint(x)", {}),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_files_go_there_and_come_back(serving, remote, what):
    given, wanted, code, expected = FILES[what]
    files = {name: base64.b64encode(text.encode()).decode() for name, text in given.items()}
    body = {"code": code, "language": "python", "files": files, "fetch_files": wanted}
    answer = httpx.post(f"{serving.url}/run_code", json=body).json()
    assert answer["run_result"]["stdout"] == "42\n", answer
    assert {name: base64.b64decode(text).decode() for name, text in answer["files"].items()} == expected


def test_files_in_other_languages_and_over_the_client(serving, remote):
    files = Files((("n.h", b"#define N 42\n"), ("in.txt", b"1")), ("out.txt",))
    code = '#include "n.h"\n#include <stdio.h>\nint main(){FILE*o=fopen("out.txt","w");fprintf(o,"%d",N);}'
    run = remote.run_job(RunJob(code, language="c", files=files))
    assert (run.ending, run.files) == (None, (("out.txt", b"42"),))
    run = remote.run_job(RunJob("cat in.txt", language="bash", files=files))
    assert (run.stdout, run.files) == (b"1", ())
    for name in ("main.sh", "/etc/x", "../x", "a/../b", "a//b", "", "a\0b", "x" * 300):
        with pytest.raises((BadFilesError, LaneLostError)):
            remote.run_job(RunJob("echo 1", language="bash", files=Files(((name, b""),))))


def test_more_files_than_there_may_be():
    for given in (
        tuple((f"f{i}", b"") for i in range(600)),
        (("a", b""), ("a/b", b"")),
        (("a", b""), ("a", b"")),
        (("a", bytes(33 << 20)),),
        tuple((f"{i}" + "x" * 200, b"") for i in range(100)),
    ):
        with pytest.raises(BadFilesError):
            Files(given)


def test_what_is_not_served_is_named(serving):
    run = {"code": "print(7)", "language": "python"}
    row = {"input": {"stdin": "1"}, "output": {"stdout": "1"}}
    submit = {"dataset": "d", "id": 1, "completion": "", "config": {"provided_data": {"test": [row]}}}
    for path, body, named in (
        ("run_code", run | {"args": ["-v"]}, "args"),
        ("run_code", run | {"language": "lean"}, "lean"),
        ("run_code", run | {"language": "pytest"}, "pytest"),
        ("run_code", run | {"files": {"a": "no base64!"}}, "a"),
        ("run_code", run | {"files": {"../a": ""}}, "../a"),
        ("run_code", run | {"files": ["a"]}, "files"),
        ("run_code", run | {"fetch_files": "a"}, "fetch_files"),
        ("run_jupyter", {"cells": []}, "/run_jupyter"),
        ("get_prompts", {}, "/get_prompts"),
        ("submit", submit | {"config": {"provided_data": {}}}, "provided_data.test"),
        ("submit", submit | {"config": {"provided_data": {"test": "[1"}}}, "test"),
        ("submit", submit | {"config": submit["config"] | {"custom_extract_logic": "x"}}, "custom_extract_logic"),
    ):
        answer = httpx.post(f"{serving.url}/{path}", json=body)
        assert 400 <= answer.status_code < 500, body
        assert named in answer.json()["detail"], answer.json()


@pytest.mark.parametrize("form", ["a list", "a text", "a data set"])
def test_the_tests_of_a_submission(serving, form):
    rows = [{"input": {"stdin": "4"}, "output": {"stdout": "8"}}, {"input": {"stdin": "5"}, "output": {"stdout": "10"}}]
    given = {"id": 7, "test": rows if form == "a list" else json.dumps(rows)}
    given = [{"id": 3, "test": []}, given] if form == "a data set" else given
    body = {"dataset": "d", "id": "7", "config": {"language": "python", "provided_data": given}}
    for text, accepted in ((DOUBLE, True), ("print(8)", False)):
        answer = httpx.post(f"{serving.url}/submit", json=body | {"completion": f"```python\n{text}\n```"})
        assert (answer.status_code, answer.json()["accepted"]) == (200, accepted)
