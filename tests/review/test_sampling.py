"""Curation over endpoints: who is asked what, what is kept when it is killed, and how it goes on."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from rlvr.errors import DataError
from rlvr.evaluation.endpoint import Endpoint
from rlvr.review.sampling import Sampled, sample_answers
from rlvr.sample import Task
from rlvr.tasks.candidates import Candidates
from tests.endpoints import completion, endpoints

RUN = [sys.executable, "-c", "import sys; from rlvr.cli import main; main()", "curate"]


@pytest.fixture
def endpoint():
    """Endpoints of a model that answers a sum, rightly or not as its seed says; `slow` seconds after it is asked."""
    with endpoints() as start:

        def serve(slow=0.0, broken=lambda asked: False):
            def answer(asked):
                time.sleep(slow)
                number = int(asked["messages"][-1]["content"].split()[-1])
                body = completion(str(number + asked["seed"] % 3))
                return (400 if broken(asked) else 200), body, {}

            return start(answer)

        yield serve


def prompts(count):
    return [
        Candidates(Task(f"Repeat {i}", reference=str(i), id=str(i)), {"prompt": f"Repeat {i}"}, ())
        for i in range(count)
    ]


def test_every_model_answers_every_prompt_with_its_own_seeds(endpoint, tmp_path):
    first, second = endpoint(), endpoint()
    asked = [Endpoint(first.url, "one"), Endpoint(second.url, "two")]
    found = list(sample_answers(prompts(5), asked, Sampled(each=3, temperature=0.7), tmp_path / "kept.jsonl"))
    assert [len(one.answers) for one in found] == [6] * 5
    assert [len(server.seen) for server in (first, second)] == [15, 15]
    assert {request["model"] for request in first.seen} == {"one"}
    assert {request["temperature"] for request in first.seen} == {0.7}
    assert len({request["seed"] for server in (first, second) for request in server.seen}) == 30


def test_what_is_known_is_not_asked_again_and_a_line_that_was_cut_off_is(endpoint, tmp_path):
    server, kept = endpoint(), tmp_path / "kept.jsonl"
    asked = [Endpoint(server.url, "one", concurrency=1)]
    whole = list(sample_answers(prompts(6), asked, Sampled(each=2), kept))
    lines = kept.read_bytes().splitlines(keepends=True)
    assert len(lines) == 13
    kept.write_bytes(b"".join(lines[:8]) + lines[8][:-9])
    before = len(server.seen)
    assert list(sample_answers(prompts(6), asked, Sampled(each=2), kept)) == whole
    assert len(server.seen) - before == 5


def test_answers_of_other_prompts_are_never_taken_for_these(endpoint, tmp_path):
    server, kept = endpoint(), tmp_path / "kept.jsonl"
    asked = [Endpoint(server.url, "one")]
    list(sample_answers(prompts(2), asked, Sampled(), kept))
    for others in ((prompts(3), asked, Sampled()), (prompts(2), asked, Sampled(seed=1))):
        with pytest.raises(DataError, match="holds the answers of other prompts, models or settings"):
            list(sample_answers(*others, kept))


def test_what_one_model_cannot_answer_is_left_out_and_nothing_at_all_is_an_error(endpoint, tmp_path):
    good, bad = endpoint(), endpoint(broken=lambda asked: True)
    both = [Endpoint(good.url, "good"), Endpoint(bad.url, "bad")]
    found = list(sample_answers(prompts(3), both, Sampled(), tmp_path / "both.jsonl"))
    assert [len(one.answers) for one in found] == [1, 1, 1]
    with pytest.raises(DataError, match="No model gave an answer; the first said: bad: HTTP 400"):
        list(sample_answers(prompts(3), both[1:], Sampled(), tmp_path / "bad.jsonl"))


def test_a_curation_that_is_killed_goes_on_to_the_same_result(endpoint, tmp_path):
    first, second = endpoint(slow=0.05), endpoint(slow=0.05)
    rows = [{"prompt": f"Repeat the number {i}", "reference": str(i)} for i in range(24)]
    rows += [
        {"prompt": "repeat the number 3", "reference": "3"},
        {"prompt": "In a test: Name the river of 7", "reference": "7"},
    ]
    (tmp_path / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "test.jsonl").write_text(json.dumps({"question": "In a test: Name the river of 7"}) + "\n")
    words = ["prompts.jsonl", "--each", "3", "--near", "0.9", "--against", "test.jsonl", "--workers", "1"]
    words += ["--reward", "math.final_number", "--min-score", "1"]
    for server, name in ((first, "one"), (second, "two")):
        words += ["--ask", f"{server.url}#{name}"]

    def curated(target):
        done = subprocess.run(
            [*RUN, *words, "--to", target, "--json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return json.loads(done.stdout), (tmp_path / target).read_text()

    tally, whole = curated("whole.jsonl")
    assert tally["dropped"] | {"best below 1": 0} == {"duplicate": 1, "in an evaluation": 1, "best below 1": 0}
    assert tally["candidates"] == 24 * 6
    assert all(json.loads(line)["demonstration"] == json.loads(line)["reference"] for line in whole.splitlines())

    before = len(first.seen) + len(second.seen)
    process = subprocess.Popen([*RUN, *words, "--to", "killed.jsonl"], cwd=tmp_path, stderr=subprocess.DEVNULL)
    kept = tmp_path / "killed.answers.jsonl"
    while not kept.is_file() or kept.read_bytes().count(b"\n") < 40:
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed.jsonl").exists()
    assert curated("killed.jsonl") == (tally, whole)
    # Those under way when it was killed, 16 at most, were asked for twice.
    assert len(first.seen) + len(second.seen) - before <= 24 * 6 + 16
